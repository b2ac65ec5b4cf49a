import Foundation
import LinearAlgebra
import Testing

/// Factorizations multiplied back together.
@Suite struct DecompositionTests {
  private static let sizes = [1, 2, 5, 17, 60]

  private func random(_ rows: Int, _ columns: Int, seed: Int) -> Matrix {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    return Matrix(rows: rows, columns: columns) { _, _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 11) / 0x1p52
    }
  }

  private func positiveDefinite(_ size: Int) throws -> Matrix {
    try random(size + 3, size, seed: size).gram() + Matrix.identity(size) * 0.1
  }

  /// A plain triple loop.
  private func plain(_ a: Matrix, _ b: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: b.columns) { row, column in
      (0..<a.columns).reduce(0) { $0 + a[row, $1] * b[$1, column] }
    }
  }

  @Test(arguments: sizes) func productsAreSums(size: Int) throws {
    let (a, b) = (random(size, size + 2, seed: 1), random(size + 2, size + 1, seed: 2))
    let expected = plain(a, b)
    #expect(try (a * b).distance(to: expected) < 1e-13 * Double(size + 2))
    #expect(try Matrix.product(a.transposed, b, transposingA: true).distance(to: expected) < 1e-13 * Double(size + 2))
    #expect(try Matrix.product(a, b.transposed, transposingB: true).distance(to: expected) < 1e-13 * Double(size + 2))
    #expect(try a.gram().distance(to: plain(a.transposed, a)) < 1e-13 * Double(size + 2))
  }

  @Test(arguments: sizes) func choleskyIsAFactor(size: Int) throws {
    let a = try positiveDefinite(size)
    let cholesky = try Cholesky(a)
    let factor = cholesky.factor
    #expect(plain(factor, factor.transposed).distance(to: a) < 1e-12 * Double(size))
    for row in 0..<size { for column in row + 1..<max(size, row + 1) { #expect(factor[row, column] == 0) } }
    let b = random(size, 3, seed: 3)
    #expect(plain(a, try cholesky.solve(b)).distance(to: b) < 1e-10)
    #expect(plain(a, try cholesky.inverse()).distance(to: .identity(size)) < 1e-10)
    #expect(plain(factor.transposed, try cholesky.solveTriangular(b, transposed: true)).distance(to: b) < 1e-11)
    let (logDeterminant, sign) = try LU(a).logDeterminant
    #expect(abs(cholesky.logDeterminant - logDeterminant) < 1e-10 * Double(size) && sign == 1)
  }

  @Test(arguments: sizes) func eigenvectorsAreOrthogonalAndOrdered(size: Int) throws {
    let a = try positiveDefinite(size)
    let eigen = try SymmetricEigen(a)
    #expect(eigen.values == eigen.values.sorted(by: >))
    #expect(plain(eigen.vectors, eigen.vectors.transposed).distance(to: .identity(size)) < 1e-12)
    let back = plain(eigen.vectors.transposed, plain(Matrix(diagonal: eigen.values), eigen.vectors))
    #expect(back.distance(to: a) < 1e-11)
  }

  @Test(arguments: [(1, 1), (3, 5), (5, 3), (40, 7), (7, 40)])
  func singularValuesMultiplyBack(rows: Int, columns: Int) throws {
    let a = random(rows, columns, seed: 4)
    let parts = try SingularValues(a)
    #expect(parts.values == parts.values.sorted(by: >) && parts.values.allSatisfy { $0 >= 0 })
    #expect(plain(plain(parts.u, Matrix(diagonal: parts.values)), parts.vTransposed).distance(to: a) < 1e-12)
    #expect(plain(parts.u.transposed, parts.u).distance(to: .identity(parts.values.count)) < 1e-12)
  }

  @Test(arguments: sizes) func generalSystemsAreSolved(size: Int) throws {
    let a = random(size, size, seed: 5) + Matrix.identity(size) * 0.5
    let b = random(size, 2, seed: 6)
    #expect(plain(a, try LU(a).solve(b)).distance(to: b) < 1e-9)
  }

  @Test func determinantsHaveTheirSign() throws {
    #expect(try LU(Matrix([[0, 1], [1, 0]])).logDeterminant == (0, -1))
    #expect(try LU(Matrix([[2, 0], [0, -3]])).logDeterminant.sign == -1)
  }

  @Test func whatHasNoFactorSaysSo() throws {
    #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) { try Cholesky(Matrix([[1, 2], [2, 1]])) }
    #expect(throws: LinearAlgebraError.singular(row: 2)) { try LU(Matrix([[1, 2], [2, 4]])) }
  }
}
