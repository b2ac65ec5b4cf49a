import LinearAlgebra

/// Data of the classical models: a row for each datum, float64, NaN where a number is missing.
///
/// It is a reference, so that a model can know data again that it has looked at.
public final class DataMatrix: Sendable {
  public let values: Matrix
  /// Whether any number is missing.
  public let hasMissing: Bool

  public init(_ values: Matrix) {
    self.values = values
    hasMissing = values.elements.contains { $0.isNaN }
  }

  /// How many data there are.
  public var count: Int { values.rows }
  /// Numbers of a datum.
  public var size: Int { values.columns }

  /// The mean of each column, over what is there.
  public var means: [Double] { columnSums { $0 }.map { $0.sum / Double(max($0.count, 1)) } }

  /// The mean square of each column's distance from its mean.
  public var variances: [Double] {
    let means = means
    return (0..<size).map { column in
      let present = values.column(column).filter { !$0.isNaN }
      return present.reduce(0) { $0 + ($1 - means[column]) * ($1 - means[column]) } / Double(max(present.count, 1))
    }
  }

  /// The covariance of the columns, by the number of data; of data without missing numbers.
  public func covariance() throws(LinearAlgebraError) -> Matrix {
    let means = means
    let centered = Matrix(rows: count, columns: size) { values[$0, $1] - means[$1] }
    return try centered.gram() * (1 / Double(count))
  }

  private func columnSums(_ transform: (Double) -> Double) -> [(sum: Double, count: Int)] {
    var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: size)
    for row in 0..<count {
      for column in 0..<size where !values[row, column].isNaN {
        sums[column].sum += transform(values[row, column])
        sums[column].count += 1
      }
    }
    return sums
  }
}
