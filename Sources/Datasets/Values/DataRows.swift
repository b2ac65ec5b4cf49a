/// The elements of data, a row for each datum: in memory, or in a file that they are read from when they are needed.
public struct DataRows: Sendable {
  private enum Content: Sendable {
    case memory(DataArray)
    case file(ArraySection)
  }

  private let content: Content
  /// Which of a file's rows.
  private let range: Range<Int>
  /// n and the shape of one datum.
  public let shape: [Int]
  public let type: DataArray.ElementType

  /// Rows in memory; the first extent counts them.
  public init(_ array: DataArray) {
    content = .memory(array)
    range = 0..<array.rowCount
    (shape, type) = (array.shape, array.type)
  }

  init(_ section: ArraySection) { self.init(section, 0..<section.rowCount) }

  private init(_ section: ArraySection, _ range: Range<Int>) {
    content = .file(section)
    self.range = range
    (shape, type) = ([range.count] + section.datumShape, section.type)
  }

  public var count: Int { shape[0] }

  /// All rows, where they are in memory.
  public var inMemory: DataArray? {
    if case .memory(let array) = content { array } else { nil }
  }

  /// How many bytes all rows take.
  public var byteCount: Int { shape.reduce(type.byteCount, *) }

  /// Some of the rows, in order.
  public subscript(rows: Range<Int>) -> DataRows {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "[DataRows] rows \(rows) of \(count)")
    switch content {
    case .memory(let array): return DataRows(array[rows])
    case .file(let section):
      return DataRows(section, range.lowerBound + rows.lowerBound..<range.lowerBound + rows.upperBound)
    }
  }

  /// Neighbouring rows.
  ///
  /// - Throws: `DataError` where a file is no longer what it was, and where numbers are missing in it.
  public func read(_ rows: Range<Int>) throws(DataError) -> DataArray {
    if case .memory(let array) = content { return array[rows] }
    return try read(Array(rows))
  }

  /// Rows in the order asked for, each as often as it is asked for.
  ///
  /// - Throws: `DataError` where a file is no longer what it was, and where numbers are missing in it.
  public func read(_ rows: [Int]) throws(DataError) -> DataArray {
    switch content {
    case .memory(let array): return array.gathered(rows)
    case .file(let section):
      let first = range.lowerBound
      return try section.read(rows.map { $0 + first })
    }
  }
}

extension DataRows: Hashable {
  /// Whether they are the same elements, or the same rows of the same file.
  public static func == (first: DataRows, second: DataRows) -> Bool {
    switch (first.content, second.content) {
    case (.memory(let first), .memory(let second)): first == second
    case (.file(let one), .file(let other)): ArraySection.isSame(one, other) && first.range == second.range
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    hasher.combine(type)
    hasher.combine(inMemory)
  }
}

extension DataArray {
  /// Rows in the order asked for, each as often as it is asked for.
  func gathered(_ rows: [Int]) -> DataArray {
    guard !rows.elementsEqual(0..<rowCount) else { return self }
    let size = rowByteCount
    let gathered = [UInt8](unsafeUninitializedCapacity: rows.count * size) { result, filled in
      bytes.withUnsafeBufferPointer { source in
        for (place, row) in rows.enumerated() {
          _ = UnsafeMutableBufferPointer(rebasing: result[place * size..<(place + 1) * size])
            .update(fromContentsOf: source[row * size..<(row + 1) * size])
        }
      }
      filled = rows.count * size
    }
    return DataArray(bytes: gathered, type: type, shape: [rows.count] + shape.dropFirst())
  }

  /// Whether numbers are missing: NaN among real ones.
  var hasMissing: Bool {
    switch type {
    case .float32: elements(as: Float.self).contains { $0.isNaN }
    case .float64: elements(as: Double.self).contains { $0.isNaN }
    default: false
    }
  }

  /// The elements as Double.
  package func numbers() -> [Double] {
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
