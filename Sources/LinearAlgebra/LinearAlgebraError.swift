/// Why linear algebra has no answer.
public enum LinearAlgebraError: Error, Hashable, Sendable {
  /// OpenBLAS is not there, or lacks a function; why.
  case libraryMissing(String)
  /// The leading part of so many rows is not positive definite.
  case notPositiveDefinite(order: Int)
  /// The matrix has no inverse: the pivot of this row is 0.
  case singular(row: Int)
  /// An iteration did not come to its end.
  case notConverged(String)
}

extension LinearAlgebraError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .libraryMissing(let reason):
      "OpenBLAS is missing, by which matrices are factorized; apt-get install libopenblas0 brings it (\(reason))"
    case .notPositiveDefinite(let order):
      "a covariance is not positive definite (its leading \(order) x \(order) part); a stronger regularization, or "
        + "fewer components, avoids it"
    case .singular(let row): "a matrix has no inverse (row \(row))"
    case .notConverged(let what): "the \(what) did not converge; the matrix may hold what is no number"
    }
  }
}
