import Basics
import Glibc
import LinearAlgebra

/// A normal distribution of vectors N(μ, Σ) in float64, by Cholesky: everything about it has a closed form.
///
/// ```
/// log p(x) = -(x - μ)' Σ⁻¹ (x - μ) / 2 - log |Σ| / 2 - d log(2π) / 2
/// ```
///
/// It answers on the host, by itself. What models train with in graphs are `Normal` and `MultivariateNormal`.
public struct Gaussian: Sendable {
  /// μ, d numbers.
  public let mean: [Double]
  /// Σ, d x d.
  public let covariance: Matrix
  /// Σ = L L'.
  public let cholesky: Cholesky

  /// - Throws: `LinearAlgebraError.notPositiveDefinite` where Σ is no covariance.
  public init(mean: [Double], covariance: Matrix) throws(LinearAlgebraError) {
    precondition(
      covariance.rows == mean.count && covariance.columns == mean.count,
      "[gaussian] a mean of \(mean.count) and a covariance of \(covariance.rows) x \(covariance.columns)")
    self.mean = mean
    self.covariance = covariance
    cholesky = try Cholesky(covariance)
  }

  /// By mean and precision Λ = Σ⁻¹.
  public init(mean: [Double], precision: Matrix) throws(LinearAlgebraError) {
    try self.init(mean: mean, covariance: Cholesky(precision).inverse())
  }

  public static func standard(_ size: Int) throws(LinearAlgebraError) -> Gaussian {
    try Gaussian(mean: [Double](repeating: 0, count: size), covariance: .identity(size))
  }

  /// d.
  public var size: Int { mean.count }

  /// Λ = Σ⁻¹.
  public var precision: Matrix { get throws(LinearAlgebraError) { try cholesky.inverse() } }

  /// √((x - μ)' Σ⁻¹ (x - μ)).
  public func mahalanobisDistance(to x: [Double]) throws(LinearAlgebraError) -> Double {
    try cholesky.quadraticForm(zip(x, mean).map { $0 - $1 }).squareRoot()
  }

  /// log p(x), nats.
  public func logProbability(of x: [Double]) throws(LinearAlgebraError) -> Double {
    let distance = try mahalanobisDistance(to: x)
    return -0.5 * (distance * distance + cholesky.logDeterminant + Double(size) * logTwoPi)
  }

  /// (log |Σ| + d (1 + log 2π)) / 2.
  public var entropy: Double { 0.5 * (cholesky.logDeterminant + Double(size) * (1 + logTwoPi)) }

  /// Draws, a row for each: μ + L ε.
  public func sample(_ count: Int, seed: UInt64) throws(LinearAlgebraError) -> Matrix {
    var generator = SplitMix64(seed: seed, stream: 0x6761_7573, index: 0)
    let noise = Matrix(rows: count, columns: size) { _, _ in generator.normal() }
    var draws = try Matrix.product(noise, cholesky.factor, transposingB: true)
    for row in 0..<count { for column in 0..<size { draws[row, column] += mean[column] } }
    return draws
  }

  /// The distribution of some of the dimensions, in the order given.
  public func marginal(_ dimensions: [Int]) throws(LinearAlgebraError) -> Gaussian {
    try Gaussian(
      mean: dimensions.map { mean[$0] }, covariance: covariance.block(rows: dimensions, columns: dimensions))
  }

  /// The distribution of the other dimensions where some are known:
  ///
  /// ```
  /// μ_b + Σ_ba Σ_aa⁻¹ (x_a - μ_a),     Σ_bb - Σ_ba Σ_aa⁻¹ Σ_ab = (Λ_bb)⁻¹
  /// ```
  ///
  /// - Parameters:
  ///   - dimensions: those that are known, a.
  ///   - values: x_a.
  public func conditional(on dimensions: [Int], _ values: [Double]) throws(LinearAlgebraError) -> Gaussian {
    precondition(
      dimensions.count == values.count, "[gaussian] \(values.count) values of \(dimensions.count) dimensions")
    let others = (0..<size).filter { !dimensions.contains($0) }
    let known = try Cholesky(covariance.block(rows: dimensions, columns: dimensions))
    let cross = covariance.block(rows: dimensions, columns: others)  // Σ_ab
    let shift = try known.solve(zip(values, dimensions).map { $0 - mean[$1] })
    let moved = try Matrix.product(cross, Matrix(rows: shift.count, columns: 1, shift), transposingA: true)
    return try Gaussian(
      mean: zip(others, moved.elements).map { mean[$0] + $1 },
      covariance: covariance.block(rows: others, columns: others) - known.solveTriangular(cross).gram())
  }

  /// The distribution of A x + b.
  public func affine(_ a: Matrix, _ b: [Double]) throws(LinearAlgebraError) -> Gaussian {
    let moved = try a * mean
    return try Gaussian(
      mean: zip(moved, b).map { $0 + $1 }, covariance: Matrix.product(a * covariance, a, transposingB: true))
  }

  /// KL(self ‖ other), nats:
  ///
  /// ```
  /// (tr(Σp⁻¹ Σq) + (μp - μq)' Σp⁻¹ (μp - μq) - d + log |Σp| - log |Σq|) / 2
  /// ```
  public func klDivergence(from other: Gaussian) throws(LinearAlgebraError) -> Double {
    let trace = try other.cholesky.solve(covariance).trace
    let distance = try other.mahalanobisDistance(to: mean)
    let determinants = other.cholesky.logDeterminant - cholesky.logDeterminant
    return 0.5 * (trace + distance * distance - Double(size) + determinants)
  }

  /// The product of independent normal distributions that is nearest by KL(q ‖ self): the same means, and the variances
  /// 1 / Λᵢᵢ.
  public func meanField() throws(LinearAlgebraError) -> Gaussian {
    try Gaussian(mean: mean, covariance: Matrix(diagonal: precision.diagonal.map { 1 / $0 }))
  }
}

/// log 2π.
package let logTwoPi = log(2 * Double.pi)
