import COpenBLAS
import Glibc

/// The eigenvalues and eigenvectors of a symmetric matrix: A = Σ λᵢ vᵢ vᵢ'.
public struct SymmetricEigen: Hashable, Sendable {
  /// Largest first.
  public let values: [Double]
  /// The eigenvector of each value, of length 1, as a row.
  public let vectors: Matrix

  /// - Throws: `LinearAlgebraError.notConverged`, `.libraryMissing`.
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    precondition(matrix.rows == matrix.columns, "[eigen] \(matrix.rows) x \(matrix.columns) is not square")
    let library = try Library.open()
    let size = [Int32(matrix.rows)]
    var vectors = matrix
    var values = [Double](repeating: 0, count: matrix.rows)
    var (work, integers) = ([0.0], [Int32(0)])
    var (workSize, integerSize, info) = (Int32(-1), Int32(-1), Int32(0))
    // The first call asks how much room the second needs.
    for _ in 0..<2 {
      library.syevd(
        "V", "U", size, &vectors.elements, size, &values, &work, [workSize], &integers, [integerSize], &info, 1, 1)
      guard info == 0 else { throw .notConverged("eigendecomposition") }
      if workSize < 0 {
        (workSize, integerSize) = (Int32(work[0]), integers[0])
        work = [Double](repeating: 0, count: Int(workSize))
        integers = [Int32](repeating: 0, count: Int(integerSize))
      }
    }
    // LAPACK's are smallest first, and its columns are our rows.
    let order = Array((0..<matrix.rows).reversed())
    self.values = order.map { values[$0] }
    self.vectors = vectors.block(rows: order, columns: Array(0..<matrix.columns))
  }
}

/// The singular value decomposition A = U diag(s) V' in its thin form.
public struct SingularValues: Hashable, Sendable {
  /// rows x k, columns of length 1.
  public let u: Matrix
  /// k = min(rows, columns) values, largest first.
  public let values: [Double]
  /// V': k x columns, rows of length 1.
  public let vTransposed: Matrix

  /// - Throws: `LinearAlgebraError.notConverged`, `.libraryMissing`.
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    let library = try Library.open()
    // What lies row by row is the transpose to LAPACK: its U and V change places.
    let (m, n) = ([Int32(matrix.columns)], [Int32(matrix.rows)])
    let k = [min(m[0], n[0])]
    var a = matrix.elements
    var values = [Double](repeating: 0, count: Int(k[0]))
    var left = Matrix(rows: Int(k[0]), columns: matrix.columns)
    var right = Matrix(rows: matrix.rows, columns: Int(k[0]))
    var work = [0.0]
    var integers = [Int32](repeating: 0, count: max(1, 8 * Int(k[0])))
    var (workSize, info) = (Int32(-1), Int32(0))
    for _ in 0..<2 {
      library.gesdd(
        "S", m, n, &a, m, &values, &left.elements, m, &right.elements, k, &work, [workSize], &integers, &info, 1)
      guard info == 0 else { throw .notConverged("singular value decomposition") }
      if workSize < 0 {
        workSize = Int32(work[0])
        work = [Double](repeating: 0, count: Int(workSize))
      }
    }
    (u, self.values, vTransposed) = (right, values, left)
  }
}

/// The factorization P A = L U of any square matrix that has an inverse.
public struct LU: Sendable {
  private let factors: Matrix
  private let pivots: [Int32]

  /// - Throws: `LinearAlgebraError.singular`, `.libraryMissing`.
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    precondition(matrix.rows == matrix.columns, "[lu] \(matrix.rows) x \(matrix.columns) is not square")
    let library = try Library.open()
    let size = [Int32(matrix.rows)]
    var factors = matrix
    var pivots = [Int32](repeating: 0, count: matrix.rows)
    var info: Int32 = 0
    library.getrf(size, size, &factors.elements, size, &pivots, &info)
    guard info == 0 else { throw .singular(row: Int(info)) }
    (self.factors, self.pivots) = (factors, pivots)
  }

  /// A⁻¹ B.
  public func solve(_ b: Matrix) throws(LinearAlgebraError) -> Matrix {
    precondition(b.rows == factors.rows, "[lu] \(b.rows) rows for a factor of \(factors.rows)")
    let library = try Library.open()
    let size = [Int32(factors.rows)]
    var info: Int32 = 0
    var right = b.transposed
    library.getrs("T", size, [Int32(b.columns)], factors.elements, size, pivots, &right.elements, size, &info, 1)
    return right.transposed
  }

  /// log |det A| and the determinant's sign.
  public var logDeterminant: (value: Double, sign: Double) {
    let swaps = pivots.enumerated().filter { $0.element != Int32($0.offset + 1) }.count
    let diagonal = factors.diagonal
    let negatives = diagonal.filter { $0 < 0 }.count
    return (diagonal.reduce(0) { $0 + log(abs($1)) }, (swaps + negatives).isMultiple(of: 2) ? 1 : -1)
  }
}
