import Datasets
import Distributions
import Models
import Runtime
import Tensors

/// How stored pictures become the numbers that a model sees.
///
/// The data set stays on the device as it is stored, a byte a pixel where it is bytes; what is made of it is part of
/// each step.
public struct Pixels: Hashable, Sendable {
  public var binarization: Binarization
  /// What becomes 0 and what becomes 1.
  public var range: ClosedRange<Double>

  public init(_ binarization: Binarization = .none, range: ClosedRange<Double> = 0...255) {
    precondition(range.lowerBound < range.upperBound, "[Pixels] a range of \(range)")
    self.binarization = binarization
    self.range = range
  }

  /// How a data set's pictures become numbers from 0 to 1, or stay as they are where they are counts.
  public init(_ binarization: Binarization, of data: DataSet, areCounts: Bool = false) {
    self.init(binarization, range: areCounts ? 0...1 : data.valueRange)
  }

  /// Holds data against what a likelihood takes: all of those in memory, and of those in a file some from all over it.
  /// The others are held against it as they are read.
  ///
  /// - Throws: `SupportError` at the first number that does not lie in the support, and what reading throws.
  public func validate(_ data: DataSet, in support: Support, for likelihood: String) throws {
    guard binarization == .none else { return try support.validate([0, 1], for: likelihood) }
    guard needsLook(data.rows.type, in: support) else { return }
    let share = data.rows.inMemory == nil ? Self.mostLookedAt : .max
    try data.forEachPiece(of: share) { rows, array throws in
      try validate(array, from: rows.lowerBound * data.datumSize, in: support, for: likelihood)
    }
  }

  /// Whether numbers of a type may lie outside of a support: what every byte may be need not be looked for in data.
  private func needsLook(_ type: DataArray.ElementType, in support: Support) -> Bool {
    type != .uint8 || !(0...255).allSatisfy { support.contains(scaled(Double($0))) }
  }

  private func scaled(_ value: Double) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// Holds some data that were read against what a likelihood takes.
  func validate(_ array: DataArray, for head: any LikelihoodHead) throws(SupportError) {
    guard binarization == .none, needsLook(array.type, in: head.support) else { return }
    try validate(array, from: 0, in: head.support, for: head.name)
  }

  /// The same of data that begin at an element; those that are missing are left out.
  private func validate(
    _ array: DataArray, from start: Int, in support: Support, for likelihood: String
  ) throws(SupportError) {
    let numbers = array.numbers()
    let known = numbers.contains { $0.isNaN } ? numbers.map { $0.isNaN ? range.lowerBound : $0 } : numbers
    // What float32 does not hold becomes infinite on the device.
    try support.validate(
      known.lazy.map { Float($0).isFinite ? scaled($0) : $0 * .infinity }, from: start, for: likelihood)
  }

  /// Elements of data that are looked at before training: about a second's work.
  private static let mostLookedAt = 1 << 22
  /// Elements of which means are taken.
  private static let mostAveraged = 1 << 27

  /// The mean of each element over a data set, or over data from all over a large one; of the probabilities where bits
  /// are drawn.
  func means(of data: DataSet, on backend: any Backend) throws -> [Double] {
    let grey = Pixels(binarization == .dynamic ? .none : binarization, range: range)
    var sums = [Double](repeating: 0, count: data.datumSize)
    var count = 0
    try data.forEachPiece(of: Self.mostAveraged) { rows, array throws in
      let x = grey(array.tensor, RandomKey(seed: 0, domain: .binarization))
      for (index, sum) in try x.sum(axis: 0).scalars(on: backend).enumerated() { sums[index] += sum }
      count += rows.count
    }
    return sums.map { $0 / Double(count) }
  }

  /// Stored pictures of a batch (batch, data) as float32 from 0 to 1.
  ///
  /// - Parameter key: what bits are drawn from, where they are drawn.
  func callAsFunction(_ stored: Tensor, _ key: RandomKey) -> Tensor {
    var x = stored.cast(to: .float32)
    if range.lowerBound != 0 { x = x - range.lowerBound }
    if range.upperBound - range.lowerBound != 1 { x = x / (range.upperBound - range.lowerBound) }
    return switch binarization {
    case .none: x
    case .threshold: (x .>= 0.5).cast(to: .float32)
    case .dynamic: key.bernoulli(x)
    }
  }
}

extension DataArray {
  /// Rows of elements as a step takes them, (n, data): bytes stay bytes, everything else becomes float32, and what is
  /// missing is 0.
  var tensor: Tensor {
    let shape: Shape = [rowCount, count / max(rowCount, 1)]
    return type == .uint8
      ? Tensor(bytes: bytes, shape: shape, type: .uint8) : Tensor(bytes: fieldBytes, shape: shape, type: .float32)
  }

  /// The bytes of `tensor`.
  var fieldBytes: [UInt8] {
    func floats<Element: DataElement>(_: Element.Type, _ convert: (Element) -> Float) -> [UInt8] {
      elements(as: Element.self).map(convert).withUnsafeBytes { [UInt8]($0) }
    }
    return switch type {
    case .uint8: bytes
    case .float32: floats(Float.self) { $0.isNaN ? 0 : $0 }
    case .float64: floats(Double.self) { $0.isNaN ? 0 : Float($0) }
    case .int32: floats(Int32.self, Float.init)
    case .uint32: floats(UInt32.self, Float.init)
    case .int64: floats(Int64.self, Float.init)
    }
  }

  /// 1 where an element is known, 0 where it is missing: a byte for each.
  var known: [UInt8] { numbers().map { $0.isNaN ? 0 : 1 } }
}

extension DataSet {
  /// Neighbouring data, or all, as a step takes them.
  func tensor(_ range: Range<Int>? = nil) throws(DataError) -> Tensor {
    guard range != nil || rows.inMemory == nil else { return images.tensor }
    return try rows.read(range ?? 0..<count).tensor
  }

  /// Numbers of a datum that are known, in the mean.
  var knownSize: Double {
    guard isIncomplete else { return Double(datumSize) }
    return Double(images.known.count { $0 == 1 }) / Double(count)
  }

  /// Calls `body` with pieces of about a million elements, one after the other: of all data, or of pieces from all over
  /// where there are more elements than `most`.
  func forEachPiece(of most: Int, _ body: (Range<Int>, DataArray) throws -> Void) throws {
    let length = max(1, (1 << 20) / datumSize)
    let pieces = (count + length - 1) / length
    let taken = min(pieces, max(1, most / (length * datumSize)))
    for piece in 0..<taken {
      let start = piece * pieces / taken * length
      let range = start..<min(start + length, count)
      try body(range, rows.read(range))
    }
  }
}
