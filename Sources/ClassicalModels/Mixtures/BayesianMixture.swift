import Basics
import Distributions
import Glibc
import Inference
import LinearAlgebra

/// A mixture of normal distributions of variance 1 whose means are latent variables too.
///
/// ```
/// μₖ ~ N(0, v I)     cᵢ ~ uniform over K     xᵢ | cᵢ, μ ~ N(μ_cᵢ, I)
/// ```
///
/// The posterior couples all means and all choices, and the evidence is a sum over Kⁿ choices; the mean field is
/// q(μ) q(c). (Blei, Kucukelbir and McAuliffe, Variational inference: a review for statisticians, 2017, section 3.)
public struct BayesianMixture: CoordinateModel {
  /// K.
  public let count: Int
  /// d.
  public let size: Int
  /// v, the variance of the means before data.
  public let meanVariance: Double

  public init(components count: Int, size: Int, meanVariance: Double) {
    precondition(count > 0 && size > 0 && meanVariance > 0, "[bayesian mixture] \(count) components, v \(meanVariance)")
    (self.count, self.size, self.meanVariance) = (count, size, meanVariance)
  }

  /// q(μ) q(c).
  public struct Posterior: Sendable {
    /// q(cᵢ): data x K.
    public var choices: Enumerated
    /// E[μₖ]: K x d.
    public var means: Matrix
    /// The variance of μₖ in every direction: K numbers.
    public var variances: [Double]
  }

  private var logPrior: [Double] { .init(repeating: -log(Double(count)), count: count) }

  /// E[log N(xᵢ; μₖ, I)]: data x K.
  private func expectedLogDensities(_ x: DataMatrix, _ q: Posterior) -> Matrix {
    Matrix(rows: x.count, columns: count) { row, k in
      let distance = zip(x.values[row: row], q.means[row: k]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return -0.5 * (distance + Double(size) * (q.variances[k] + logTwoPi))
    }
  }

  public func expectedLogLikelihood(of x: DataMatrix, under q: Posterior) throws(LinearAlgebraError) -> Double {
    q.choices.expectation(of: expectedLogDensities(x, q))
  }

  public func divergence(of q: Posterior) throws(LinearAlgebraError) -> Double {
    let means = (0..<count).reduce(0.0) { sum, k in
      let ratio = q.variances[k] / meanVariance
      let square = dot(q.means[row: k], q.means[row: k]) / meanVariance
      return sum + 0.5 * (Double(size) * (ratio - 1 - log(ratio)) + square)
    }
    return means + q.choices.klDivergence(fromLogPrior: logPrior)
  }

  public var factorCount: Int { 2 }

  /// Factor 0 is q(c), factor 1 is q(μ).
  public func updated(_ posterior: Posterior, factor: Int, _ x: DataMatrix) throws(LinearAlgebraError) -> Posterior {
    var q = posterior
    if factor == 0 {
      q.choices = Enumerated.posterior(logLikelihoods: expectedLogDensities(x, q), logPrior: logPrior).posterior
    } else {
      (q.means, q.variances) = try means(given: q.choices, x, scale: 1)
    }
    return q
  }

  /// q(μ) that is best given q(c) of data that stand for `scale` times as many.
  private func means(
    given choices: Enumerated, _ x: DataMatrix, scale: Double
  ) throws(LinearAlgebraError) -> (Matrix, [Double]) {
    let sums = try Matrix.product(choices.probabilities, x.values, transposingA: true)
    let variances = choices.totals.map { 1 / (1 / meanVariance + scale * $0) }
    return (Matrix(rows: count, columns: size) { scale * sums[$0, $1] * variances[$0] }, variances)
  }

  /// Where coordinate ascent begins: means drawn around the data's own.
  public func start(_ x: DataMatrix, seed: UInt64) throws(LinearAlgebraError) -> Posterior {
    var generator = SplitMix64(seed: seed, stream: 0x6261_7965, index: 0)
    let (center, spread) = (x.means, x.variances.map { $0.squareRoot() })
    let q = Posterior(
      choices: Enumerated(
        probabilities: Matrix(rows: x.count, columns: count, repeating: 1 / Double(count))),
      means: Matrix(rows: count, columns: size) { center[$1] + spread[$1] * generator.normal() },
      variances: .init(repeating: 1, count: count))
    return try updated(q, factor: 0, x)
  }

  /// Coordinate ascent from several starts; the best.
  public func fit(
    _ x: DataMatrix, restarts: Int = 10, seed: UInt64 = 0, by ascent: CoordinateAscent = .init(),
    report: (Int, Int, TotalELBO) throws -> Void = { _, _, _ in }
  ) throws -> CoordinateAscent.Outcome<Posterior> {
    var best: CoordinateAscent.Outcome<Posterior>?
    for restart in 0..<max(restarts, 1) {
      let found = try ascent.fit(self, from: start(x, seed: seed &+ UInt64(restart)), x, report: report)
      if best.map({ $0.bound.value < found.bound.value }) ?? true { best = found }
    }
    return best!
  }

  /// Stochastic variational inference: natural-gradient steps of q(μ) from minibatches, with rates (t + 1)^-0.7.
  ///
  /// (Hoffman, Blei, Wang and Paisley, Stochastic variational inference, 2013.)
  public func stochasticFit(
    _ x: DataMatrix, from start: Posterior, batchSize: Int, steps: Int, seed: UInt64
  ) throws(LinearAlgebraError) -> (posterior: Posterior, bound: TotalELBO) {
    precondition(0 < batchSize && batchSize <= x.count && steps > 0, "[svi] batches of \(batchSize)")
    var generator = SplitMix64(seed: seed, stream: 0x7376_6900, index: 0)
    var q = start
    for step in 0..<steps {
      let rows = (0..<batchSize).map { _ in generator.next(below: x.count) }
      let batch = DataMatrix(x.values.block(rows: rows, columns: Array(0..<size)))
      let choices = Enumerated.posterior(
        logLikelihoods: expectedLogDensities(batch, q), logPrior: logPrior
      ).posterior
      let (means, variances) = try means(given: choices, batch, scale: Double(x.count) / Double(batchSize))
      let rate = pow(Double(step) + 1, -0.7)
      // The natural parameters of q(μₖ) are 1/s² and m/s².
      for k in 0..<count {
        let precision = (1 - rate) / q.variances[k] + rate / variances[k]
        for column in 0..<size {
          q.means[k, column] =
            ((1 - rate) * q.means[k, column] / q.variances[k] + rate * means[k, column] / variances[k]) / precision
        }
        q.variances[k] = 1 / precision
      }
    }
    q = try updated(q, factor: 0, x)
    return (q, try elbo(self, q, x))
  }
}
