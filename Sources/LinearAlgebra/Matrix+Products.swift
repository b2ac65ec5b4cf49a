import COpenBLAS

extension Matrix {
  /// A B, with either side transposed where asked for; traps where the sizes do not align.
  ///
  /// - Throws: `LinearAlgebraError.libraryMissing`.
  public static func product(
    _ a: Matrix, _ b: Matrix, transposingA: Bool = false, transposingB: Bool = false
  ) throws(LinearAlgebraError) -> Matrix {
    let (rows, inner) = transposingA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (others, columns) = transposingB ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(inner == others, "[matrix] \(rows) x \(inner) and \(others) x \(columns) do not align")
    let library = try Library.open()
    var result = Matrix(rows: rows, columns: columns)
    guard inner > 0, rows > 0, columns > 0 else { return result }
    library.gemm(
      Int32(OPENBLAS_ROW_MAJOR), transposition(transposingA), transposition(transposingB), Int32(rows), Int32(columns),
      Int32(inner), 1, a.elements, Int32(a.columns), b.elements, Int32(b.columns), 0, &result.elements, Int32(columns))
    return result
  }

  /// A B.
  public static func * (a: Matrix, b: Matrix) throws(LinearAlgebraError) -> Matrix { try product(a, b) }

  /// A x.
  public static func * (a: Matrix, x: [Double]) throws(LinearAlgebraError) -> [Double] {
    try product(a, Matrix(rows: x.count, columns: 1, x)).elements
  }

  /// A' A: symmetric.
  public func gram() throws(LinearAlgebraError) -> Matrix {
    let library = try Library.open()
    var result = Matrix(rows: columns, columns: columns)
    guard rows > 0, columns > 0 else { return result }
    library.syrk(
      Int32(OPENBLAS_ROW_MAJOR), Int32(OPENBLAS_LOWER), Int32(OPENBLAS_TRANSPOSED), Int32(columns), Int32(rows), 1,
      elements, Int32(columns), 0, &result.elements, Int32(columns))
    result.mirrorLowerTriangle()
    return result
  }

  mutating func mirrorLowerTriangle() {
    for row in 0..<rows { for column in 0..<row { self[column, row] = self[row, column] } }
  }

  private static func transposition(_ transposes: Bool) -> Int32 {
    Int32(transposes ? OPENBLAS_TRANSPOSED : OPENBLAS_NOT_TRANSPOSED)
  }
}

/// Σ aᵢ bᵢ.
package func dot(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
