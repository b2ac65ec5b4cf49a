import COpenBLAS

// Products of parts of larger matrices, for loops over blocks of data.
extension Matrix {
  /// How many rows the blocks have that threads take; by the number of rows alone, so that sums do not depend on the
  /// threads.
  package static func blockSize(rows: Int) -> Int { max(512, (rows + 31) / 32) }

  /// The blocks of so many rows.
  package static func blocks(rows: Int) -> [Range<Int>] {
    let size = blockSize(rows: rows)
    return stride(from: 0, to: rows, by: size).map { $0..<min($0 + size, rows) }
  }
}

/// OpenBLAS's products on memory that is given, opened before threads begin.
///
/// A table of functions, filled once: threads share it.
package struct BlockProducts: @unchecked Sendable {
  private let library: elbo_linear_algebra

  package init() throws(LinearAlgebraError) { library = try Library.open() }

  /// C = A B: (m, k) (k, n), each with the distance of its rows.
  package func multiply(
    _ a: UnsafePointer<Double>, stride strideA: Int, _ b: UnsafePointer<Double>, stride strideB: Int,
    into c: UnsafeMutablePointer<Double>, stride strideC: Int, m: Int, n: Int, k: Int
  ) {
    library.gemm(
      Int32(OPENBLAS_ROW_MAJOR), Int32(OPENBLAS_NOT_TRANSPOSED), Int32(OPENBLAS_NOT_TRANSPOSED), Int32(m), Int32(n),
      Int32(k), 1, a, Int32(strideA), b, Int32(strideB), 0, c, Int32(strideC))
  }

  /// C += A' A, the lower triangle: A is (k, n).
  package func addGram(
    of a: UnsafePointer<Double>, rows k: Int, columns n: Int, into c: UnsafeMutablePointer<Double>
  ) {
    library.syrk(
      Int32(OPENBLAS_ROW_MAJOR), Int32(OPENBLAS_LOWER), Int32(OPENBLAS_TRANSPOSED), Int32(n), Int32(k), 1, a, Int32(n),
      1, c, Int32(n))
  }
}
