/// What a drawn picture was drawn from: one class of every factor for every datum.
public struct FactorTable: Hashable, Sendable {
  /// The factors' names, f of them.
  public let names: [String]
  /// How many classes each factor has, f of them.
  public let classCounts: [Int]
  /// The classes, n x f in row-major order, each from 0 to one below its factor's count.
  public let values: [Int32]

  /// Traps where the parts do not fit together.
  public init(names: [String], classCounts: [Int], values: [Int32]) {
    precondition(
      !names.isEmpty && names.count == classCounts.count && values.count.isMultiple(of: names.count),
      "[FactorTable] \(names.count) names, \(classCounts.count) counts, \(values.count) values")
    self.names = names
    self.classCounts = classCounts
    self.values = values
  }

  /// How many data the table describes.
  public var count: Int { values.count / names.count }

  /// The classes of one datum, f of them.
  public subscript(datum: Int) -> [Int] {
    values[datum * names.count..<(datum + 1) * names.count].map(Int.init)
  }

  /// The rows of some of the data, in order.
  public subscript(data: Range<Int>) -> FactorTable {
    FactorTable(
      names: names, classCounts: classCounts,
      values: Array(values[data.lowerBound * names.count..<data.upperBound * names.count]))
  }

  /// The classes of one factor for all data (n), or nil where no factor has that name.
  public func column(_ name: String) -> [Int32]? {
    guard let index = names.firstIndex(of: name) else { return nil }
    return stride(from: index, to: values.count, by: names.count).map { values[$0] }
  }
}
