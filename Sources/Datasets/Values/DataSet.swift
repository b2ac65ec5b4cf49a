/// Data to learn from: n pictures, and what is known about each.
public struct DataSet: Hashable, Sendable {
  public let name: String
  /// n x the shape of one datum: (n, height, width) in grey, (n, channels, height, width) in colour. Bytes stay bytes.
  public let rows: DataRows
  /// The class of each datum (n), from 0 to one below `classCount`, or -1 where it is not known; nil where none is.
  public let labels: [Int32]?
  /// How many classes the labels tell apart; 0 without labels.
  public let classCount: Int
  /// Numbers that a conditional model is told of each datum beside its class, float32 (n, size); nil where there are none.
  public let conditions: DataArray?
  /// What the elements of a datum are called, where they have names.
  public let columns: [String]
  /// What the classes are called, where they have names.
  public let classNames: [String]
  /// What each datum was drawn from, where it was drawn.
  public let factors: FactorTable?
  /// What an element may be: from black to white, 0 to 255 for bytes.
  public let valueRange: ClosedRange<Double>
  /// Whether numbers may be missing: then they are NaN.
  public let isIncomplete: Bool

  /// Takes data in memory. Traps where the parts do not belong together: readers of files check that first, and throw.
  ///
  /// - Parameter classCount: how many classes there are; one more than the largest label where it is not given.
  public init(
    name: String, images: DataArray, labels: [Int32]? = nil, classCount: Int? = nil, factors: FactorTable? = nil,
    columns: [String] = [], classNames: [String] = [], valueRange: ClosedRange<Double> = 0...255
  ) {
    self.init(
      name: name, rows: DataRows(images), labels: labels, classCount: classCount, factors: factors, columns: columns,
      classNames: classNames, valueRange: valueRange)
  }

  /// Takes data in memory or in a file; traps as the other does.
  public init(
    name: String, rows: DataRows, labels: [Int32]? = nil, classCount: Int? = nil, factors: FactorTable? = nil,
    columns: [String] = [], classNames: [String] = [], valueRange: ClosedRange<Double> = 0...255,
    isIncomplete: Bool = false, conditions: DataArray? = nil
  ) {
    let classes = classCount ?? labels.map { Int($0.max() ?? -1) + 1 } ?? 0
    precondition(rows.shape.count > 1, "[DataSet] pictures of shape \(rows.shape); the first extent counts them")
    precondition(
      labels.map { $0.count == rows.count && $0.allSatisfy { -1 <= $0 && $0 < classes } } ?? true,
      "[DataSet] \(rows.count) pictures with \(labels?.count ?? 0) labels of \(classes) classes")
    precondition(
      factors.map { $0.count == rows.count } ?? true,
      "[DataSet] \(rows.count) pictures with the factors of \(factors?.count ?? 0)")
    precondition(
      conditions.map { $0.shape.count == 2 && $0.shape[0] == rows.count && $0.type == .float32 } ?? true,
      "[DataSet] \(rows.count) pictures with conditions of shape \(conditions?.shape ?? [])")
    self.name = name
    self.rows = rows
    self.conditions = conditions
    self.labels = labels
    self.classCount = classes
    self.factors = factors
    (self.columns, self.classNames) = (columns, classNames)
    self.valueRange = valueRange
    self.isIncomplete = isIncomplete
  }

  /// All data, of a set that is in memory; traps where they are in a file, of which `rows` reads some.
  public var images: DataArray {
    guard let images = rows.inMemory else {
      preconditionFailure("[DataSet] \(name) is in a file: read some of its rows")
    }
    return images
  }

  /// How many data there are.
  public var count: Int { rows.count }

  /// The shape of one datum.
  public var datumShape: [Int] { Array(rows.shape.dropFirst()) }

  /// How many elements one datum has.
  public var datumSize: Int { datumShape.reduce(1, *) }

  /// Numbers of one condition; 0 where there are none.
  public var conditionSize: Int { conditions?.shape[1] ?? 0 }

  /// How many data have no label, of those where others have one.
  public var unlabeledCount: Int { labels?.count { $0 < 0 } ?? 0 }

  /// The data that have a label; nil where none has.
  ///
  /// - Parameter most: no more than so many, the first.
  /// - Throws: `DataError` where they stand in a file that is no longer what it was.
  public func labeled(first most: Int = .max) throws(DataError) -> DataSet? {
    guard let labels, labels.contains(where: { $0 >= 0 }) else { return nil }
    guard unlabeledCount > 0 else { return self }
    let known = Array(labels.indices.lazy.filter { labels[$0] >= 0 }.prefix(most))
    return DataSet(
      name: name, rows: DataRows(try rows.read(known)), labels: known.map { labels[$0] }, classCount: classCount,
      columns: columns, classNames: classNames, valueRange: valueRange, isIncomplete: isIncomplete,
      conditions: conditions?.gathered(known))
  }

  /// Some of the data, in order.
  public subscript(data: Range<Int>) -> DataSet {
    DataSet(
      name: name, rows: rows[data], labels: labels.map { Array($0[data]) }, classCount: classCount,
      factors: factors.map { $0[data] }, columns: columns, classNames: classNames, valueRange: valueRange,
      isIncomplete: isIncomplete, conditions: conditions.map { $0[data] })
  }
}
