import ClassicalModels
import LinearAlgebra

/// Data seen along the directions in which they vary most, and the way back.
struct PrincipalDirections: Sendable {
  let mean: [Double]
  /// Directions of length 1, as rows: r x d; the first of the largest numbers of each is positive.
  let directions: Matrix
  /// The share of the data's variance that the directions have.
  let share: Double

  /// - Throws: `FitError` for more directions than there are, and data that lack numbers.
  init(to count: Int, of x: DataMatrix) throws {
    guard count <= x.size else { throw FitError.tooManyDirections(count, size: x.size) }
    if x.hasMissing { throw FitError.noNumber(row: x.firstIncomplete ?? 0) }
    let eigen = try SymmetricEigen(x.covariance())
    mean = x.means
    let vectors = (0..<count).map { row in
      let vector = eigen.vectors[row: row]
      let largest = vector.lazy.map(abs).max() ?? 0
      // An eigenvector may point either way. What differs by rounding alone is as large.
      let sign = vector.first { abs($0) > largest * (1 - 1e-6) } ?? 1
      return vector.map { sign < 0 ? -$0 : $0 }
    }
    directions = Matrix(rows: count, columns: x.size, vectors.flatMap { $0 })
    share = eigen.values.prefix(count).reduce(0, +) / eigen.values.reduce(0, +)
  }

  /// n x d to n x r.
  func callAsFunction(_ x: DataMatrix) throws -> DataMatrix {
    let centered = Matrix(rows: x.count, columns: x.size) { x.values[$0, $1] - mean[$1] }
    return DataMatrix(try Matrix.product(centered, directions, transposingB: true))
  }

  /// Points, n x r, where they lie among the data: n x d.
  func back(_ points: Matrix) throws -> Matrix {
    let moved = try points * directions
    return Matrix(rows: moved.rows, columns: moved.columns) { moved[$0, $1] + mean[$1] }
  }
}

extension DataMatrix {
  /// The first datum that lacks a number.
  var firstIncomplete: Int? { (0..<count).first { values[row: $0].contains { $0.isNaN } } }

  /// With its column's mean where a number is missing.
  var completed: DataMatrix {
    guard hasMissing else { return self }
    let means = means
    return DataMatrix(
      Matrix(rows: count, columns: size) { values[$0, $1].isNaN ? means[$1] : values[$0, $1] })
  }
}
