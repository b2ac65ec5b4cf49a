import COpenBLAS
import Glibc

/// The factorization A = L L' of a symmetric positive definite matrix by a lower triangular L.
public struct Cholesky: Hashable, Sendable {
  /// L, with zeros above the diagonal.
  public let factor: Matrix

  /// Factorizes a matrix, of which the lower triangle is read.
  ///
  /// - Throws: `LinearAlgebraError.notPositiveDefinite`, `.libraryMissing`.
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    precondition(matrix.rows == matrix.columns, "[cholesky] \(matrix.rows) x \(matrix.columns) is not square")
    guard matrix.rows > 0 else {
      factor = matrix
      return
    }
    let library = try Library.open()
    var factor = matrix
    let size = [Int32(matrix.rows)]
    var info: Int32 = 0
    // A row-major lower triangle is LAPACK's upper one.
    library.potrf("U", size, &factor.elements, size, &info, 1)
    guard info == 0 else { throw .notPositiveDefinite(order: Int(info)) }
    for row in 0..<factor.rows { for column in row + 1..<max(factor.columns, row + 1) { factor[row, column] = 0 } }
    guard factor.diagonal.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw .notPositiveDefinite(order: factor.rows) }
    self.factor = factor
  }

  /// Takes a factor as it is.
  public init(factor: Matrix) { self.factor = factor }

  public var size: Int { factor.rows }

  /// log |A|.
  public var logDeterminant: Double { 2 * factor.diagonal.reduce(0) { $0 + log($1) } }

  /// L⁻¹ B, or L'⁻¹ B where transposed.
  public func solveTriangular(_ b: Matrix, transposed: Bool = false) throws(LinearAlgebraError) -> Matrix {
    precondition(b.rows == size, "[cholesky] \(b.rows) rows for a factor of \(size)")
    let library = try Library.open()
    var result = b
    guard b.rows > 0, b.columns > 0 else { return result }
    library.trsm(
      Int32(OPENBLAS_ROW_MAJOR), Int32(OPENBLAS_LEFT), Int32(OPENBLAS_LOWER),
      Int32(transposed ? OPENBLAS_TRANSPOSED : OPENBLAS_NOT_TRANSPOSED), Int32(OPENBLAS_NON_UNIT), Int32(b.rows),
      Int32(b.columns), 1, factor.elements, Int32(size), &result.elements, Int32(b.columns))
    return result
  }

  /// A⁻¹ B.
  public func solve(_ b: Matrix) throws(LinearAlgebraError) -> Matrix {
    try solveTriangular(solveTriangular(b), transposed: true)
  }

  /// A⁻¹ b.
  public func solve(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try solve(Matrix(rows: b.count, columns: 1, b)).elements
  }

  /// A⁻¹.
  public func inverse() throws(LinearAlgebraError) -> Matrix {
    try solveTriangular(.identity(size)).gram()
  }

  /// b' A⁻¹ b.
  public func quadraticForm(_ b: [Double]) throws(LinearAlgebraError) -> Double {
    let whitened = try solveTriangular(Matrix(rows: b.count, columns: 1, b)).elements
    return dot(whitened, whitened)
  }
}
