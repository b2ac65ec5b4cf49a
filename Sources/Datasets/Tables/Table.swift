/// A small table of numbers that is built in: named columns, a row for each datum.
public struct Table: Hashable, Sendable {
  public let name: String
  public let columns: [String]
  /// Names of the classes that `labels` number; none without labels.
  public let classNames: [String]
  /// The class of each row, where there are classes.
  public let labels: [Int32]?
  /// rows x columns, row by row.
  public let values: [Double]

  init(name: String, columns: [String], classNames: [String] = [], labels: [Int32]? = nil, values: [Double]) {
    (self.name, self.columns, self.classNames) = (name, columns, classNames)
    (self.labels, self.values) = (labels, values)
  }

  /// The tables there are.
  public static let all: [Table] = [geyser, iris]

  /// How many rows there are.
  public var count: Int { values.count / columns.count }

  /// One column by its name; nil where there is none.
  public func column(_ name: String) -> [Double]? {
    columns.firstIndex(of: name).map { stride(from: $0, to: values.count, by: columns.count).map { values[$0] } }
  }

  /// The table as data to learn from, float64: as images of one dimension, which from the smallest to the largest number
  /// go from black to white. Numbers that are missing are NaN.
  public var dataSet: DataSet {
    let known = values.lazy.filter { !$0.isNaN }
    let (low, high) = (known.min() ?? 0, known.max() ?? 1)
    return DataSet(
      name: name, rows: DataRows(DataArray(values, shape: [count, columns.count])), labels: labels,
      classCount: labels == nil ? nil : classNames.count, columns: columns, classNames: classNames,
      valueRange: low...(high > low ? high : low + 1), isIncomplete: values.contains { $0.isNaN })
  }
}
