import Distributions
import Glibc
import Inference
import LinearAlgebra

/// What noise a linear Gaussian model has.
public enum NoiseShape: String, Sendable, CaseIterable, Codable {
  /// One variance for all dimensions: probabilistic PCA (Tipping and Bishop, 1999).
  case isotropic
  /// One for each dimension: factor analysis.
  case diagonal
}

/// A few normal factors seen through a linear map with noise: probabilistic PCA and factor analysis.
///
/// ```
/// p(z) = N(0, I)     p(x|z) = N(W z + μ, Ψ)     log p(x) = log N(x; μ, W W' + Ψ)
/// ```
///
/// A number of a datum that is missing is left out of its likelihood: what there is of the datum is then its evidence.
public struct LinearGaussianModel: MaximizableModel {
  /// W: d x q.
  public let weights: Matrix
  /// μ, d numbers.
  public let mean: [Double]
  /// The diagonal of Ψ, d numbers.
  public let noise: [Double]
  public let shape: NoiseShape

  /// - Throws: `LinearAlgebraError.notPositiveDefinite` where a variance is not positive.
  public init(
    weights: Matrix, mean: [Double], noise: [Double], shape: NoiseShape
  ) throws(LinearAlgebraError) {
    precondition(
      mean.count == weights.rows && noise.count == weights.rows,
      "[linear gaussian] \(weights.rows) x \(weights.columns) weights, \(mean.count) means, \(noise.count) variances")
    for (place, variance) in noise.enumerated() where !(variance > 0 && variance.isFinite) {
      throw .notPositiveDefinite(order: place + 1)
    }
    (self.weights, self.mean, self.noise, self.shape) = (weights, mean, noise, shape)
  }

  /// d.
  public var size: Int { weights.rows }
  /// q.
  public var latentSize: Int { weights.columns }

  /// N(μ, W W' + Ψ): p(x).
  public func evidence() throws(LinearAlgebraError) -> Gaussian {
    try Gaussian(
      mean: mean, covariance: Matrix.product(weights, weights, transposingB: true) + Matrix(diagonal: noise))
  }

  /// The same model with its latent space turned: W R.
  public func rotated(by rotation: Matrix) throws(LinearAlgebraError) -> LinearGaussianModel {
    try LinearGaussianModel(weights: weights * rotation, mean: mean, noise: noise, shape: shape)
  }

  /// Free numbers: W up to a rotation, means, variances.
  public var parameterCount: Int {
    size * latentSize - latentSize * (latentSize - 1) / 2 + size + (shape == .isotropic ? 1 : size)
  }

  public func expectedLogLikelihood(of x: DataMatrix, under q: LinearPosterior) throws(LinearAlgebraError) -> Double {
    try expectedLogLikelihoods(of: x, under: q).reduce(0, +)
  }

  /// E_q[log p(x|z)] of each datum, nats.
  func expectedLogLikelihoods(of x: DataMatrix, under q: LinearPosterior) throws(LinearAlgebraError) -> [Double] {
    var result = [Double](repeating: 0, count: x.count)
    for group in q.groups {
      let seen = group.observed
      let weights = self.weights.block(rows: seen, columns: Array(0..<latentSize))
      let spread = try weights * group.covariance  // w' S
      // What does not depend on the datum: the posterior's own spread, and the constants.
      var constant = 0.0
      for (place, dimension) in seen.enumerated() {
        constant += dot(spread[row: place], weights[row: place]) / noise[dimension] + log(noise[dimension]) + logTwoPi
      }
      let predicted = try Matrix.product(group.means, weights, transposingB: true)
      for (place, row) in group.rows.enumerated() {
        var sum = constant
        for (column, dimension) in seen.enumerated() {
          let distance = x.values[row, dimension] - mean[dimension] - predicted[place, column]
          sum += distance * distance / noise[dimension]
        }
        result[row] = -0.5 * sum
      }
    }
    return result
  }

  public func divergence(of q: LinearPosterior) throws(LinearAlgebraError) -> Double {
    try divergences(of: q).reduce(0, +)
  }

  /// KL(q(z|x) ‖ p(z)) of each datum, nats.
  func divergences(of q: LinearPosterior) throws(LinearAlgebraError) -> [Double] {
    var result = [Double](repeating: 0, count: q.count)
    for group in q.groups {
      let spread = group.covariance.trace - Double(latentSize) - (try Cholesky(group.covariance).logDeterminant)
      for (place, row) in group.rows.enumerated() {
        result[row] = 0.5 * (spread + dot(group.means[row: place], group.means[row: place]))
      }
    }
    return result
  }

  public func inferred(
    from x: DataMatrix
  ) throws(LinearAlgebraError) -> (posterior: LinearPosterior, logEvidence: Double) {
    let (posterior, logEvidences) = try posteriors(of: x)
    return (posterior, logEvidences.reduce(0, +))
  }

  /// p(z|x) = N(M⁻¹ W' Ψ⁻¹ (x - μ), M⁻¹) with M = I + W' Ψ⁻¹ W, and log p(x) of each datum by the same M.
  func posteriors(
    of x: DataMatrix
  ) throws(LinearAlgebraError) -> (posterior: LinearPosterior, logEvidences: [Double]) {
    var groups: [LinearPosterior.Group] = []
    var logEvidences = [Double](repeating: 0, count: x.count)
    for (observed, rows) in x.patterns {
      let weights = self.weights.block(rows: observed, columns: Array(0..<latentSize))
      let scaled = Matrix(rows: observed.count, columns: latentSize) { weights[$0, $1] / noise[observed[$0]] }
      let precision = try Cholesky(Matrix.product(weights, scaled, transposingA: true) + .identity(latentSize))
      let centered = Matrix(rows: rows.count, columns: observed.count) {
        x.values[rows[$0], observed[$1]] - mean[observed[$1]]
      }
      let projected = try centered * scaled  // rows x q
      let means = try precision.solve(projected.transposed).transposed
      groups.append(
        LinearPosterior.Group(observed: observed, rows: rows, means: means, covariance: try precision.inverse()))
      // |W W' + Ψ| = |M| |Ψ|, and the inverse by Woodbury.
      let constant = observed.reduce(precision.logDeterminant) { $0 + log(noise[$1]) + logTwoPi }
      for (place, row) in rows.enumerated() {
        var squares = -dot(projected[row: place], means[row: place])
        for (value, dimension) in zip(centered[row: place], observed) { squares += value * value / noise[dimension] }
        logEvidences[row] = -0.5 * (constant + squares)
      }
    }
    return (LinearPosterior(groups: groups), logEvidences)
  }
}

/// Normal posteriors of the factors, one for each datum; data of which the same numbers are there have one covariance.
public struct LinearPosterior: Sendable {
  public struct Group: Sendable {
    /// The dimensions that are there.
    public let observed: [Int]
    /// Which data.
    public let rows: [Int]
    /// data x q.
    public let means: Matrix
    /// q x q.
    public let covariance: Matrix
  }

  public let groups: [Group]

  /// How many data there are.
  public var count: Int { groups.reduce(0) { $0 + $1.rows.count } }

  /// E[z] of each datum: data x q.
  public var means: Matrix {
    var result = Matrix(rows: count, columns: groups.first?.means.columns ?? 0)
    for group in groups {
      for (place, row) in group.rows.enumerated() {
        for column in 0..<result.columns { result[row, column] = group.means[place, column] }
      }
    }
    return result
  }

  /// The best posterior with independent dimensions: the same means, and variances 1 / Λᵢᵢ.
  public func meanField() throws(LinearAlgebraError) -> LinearPosterior {
    var result: [Group] = []
    for group in groups {
      let precision = try Cholesky(group.covariance).inverse()
      result.append(
        Group(
          observed: group.observed, rows: group.rows, means: group.means,
          covariance: Matrix(diagonal: precision.diagonal.map { 1 / $0 })))
    }
    return LinearPosterior(groups: result)
  }
}

extension DataMatrix {
  /// The data by which of their numbers are there, in the order in which the patterns come.
  var patterns: [(observed: [Int], rows: [Int])] {
    guard hasMissing else { return [(Array(0..<size), Array(0..<count))] }
    var order: [[Int]] = []
    var rows: [[Int]: [Int]] = [:]
    for row in 0..<count {
      let observed = (0..<size).filter { !values[row, $0].isNaN }
      if rows[observed] == nil { order.append(observed) }
      rows[observed, default: []].append(row)
    }
    return order.map { ($0, rows[$0] ?? []) }
  }
}
