import Datasets
import Distributions
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

  /// Holds data against what a likelihood takes.
  ///
  /// - Throws: `SupportError` at the first number that does not lie in the support.
  public func validate(_ data: DataSet, in support: Support, for likelihood: String) throws(SupportError) {
    func scaled(_ value: Double) -> Double { (value - range.lowerBound) / (range.upperBound - range.lowerBound) }
    guard binarization == .none else { return try support.validate([0, 1], for: likelihood) }
    // What every byte may be need not be looked for among the data.
    if data.images.type == .uint8, (0...255).allSatisfy({ support.contains(scaled(Double($0))) }) { return }
    try support.validate(data.images.numbers().lazy.map(scaled), for: likelihood)
  }

  /// The mean of each element over a data set, of the probabilities where bits are drawn.
  func means(of data: DataSet, on backend: any Backend) throws -> [Double] {
    let grey = Pixels(binarization == .dynamic ? .none : binarization, range: range)
    return try grey(data.rows(), RandomKey(seed: 0, domain: .binarization)).mean(axis: 0).scalars(on: backend)
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
  /// The elements as Double.
  func numbers() -> [Double] {
    switch type {
    case .uint8: elements(as: UInt8.self).map(Double.init)
    case .int32: elements(as: Int32.self).map(Double.init)
    case .uint32: elements(as: UInt32.self).map(Double.init)
    case .int64: elements(as: Int64.self).map(Double.init)
    case .float32: elements(as: Float.self).map(Double.init)
    case .float64: elements(as: Double.self)
    }
  }
}

extension DataSet {
  /// The pictures as rows, (n, data): bytes stay bytes, everything else becomes float32.
  func rows(_ range: Range<Int>? = nil) -> Tensor {
    let images = range.map { self.images[$0] } ?? images
    let shape: Shape = [images.rowCount, datumSize]
    return switch images.type {
    case .uint8: Tensor(bytes: images.bytes, shape: shape, type: .uint8)
    case .float32: Tensor(bytes: images.bytes, shape: shape, type: .float32)
    case .float64: Tensor(images.elements(as: Double.self).map(Float.init), shape: shape)
    case .int32: Tensor(images.elements(as: Int32.self).map(Float.init), shape: shape)
    case .uint32: Tensor(images.elements(as: UInt32.self).map(Float.init), shape: shape)
    case .int64: Tensor(images.elements(as: Int64.self).map(Float.init), shape: shape)
    }
  }
}
