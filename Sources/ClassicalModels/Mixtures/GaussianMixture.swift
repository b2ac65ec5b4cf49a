import Basics
import Distributions
import Glibc
import Inference
import LinearAlgebra
import Synchronization

/// The Gaussian mixture: a component k drawn by its weight, and data drawn from that component.
///
/// ```
/// p(k) = πₖ     p(x|k) = N(x; μₖ, Σₖ)     log p(x) = log Σ πₖ N(x; μₖ, Σₖ)
/// ```
///
/// (Bishop, Pattern Recognition and Machine Learning, 2006, section 9.2.)
public struct GaussianMixture: MaximizableModel {
  /// π, K numbers that sum to 1.
  public let weights: [Double]
  public let components: GaussianComponents
  /// λ of the penalty -λ/2 Σ tr Σₖ⁻¹, which keeps a component from falling onto one datum.
  public let regularization: Double
  private let known = KnownDensities()

  public init(weights: [Double], components: GaussianComponents, regularization: Double = 0) {
    precondition(
      weights.count == components.count && abs(weights.reduce(0, +) - 1) < 1e-6 && regularization >= 0,
      "[gaussian mixture] weights \(weights) of \(components.count) components")
    (self.weights, self.components, self.regularization) = (weights, components, regularization)
  }

  /// log πₖ.
  private var logWeights: [Double] { weights.map { log($0) } }

  /// log p(x|k): data x K. What was computed of the same data last is not computed again.
  public func logLikelihoods(of x: DataMatrix) throws(LinearAlgebraError) -> Matrix {
    if let densities = known.densities(of: x) { return densities }
    let densities = try components.logDensities(of: x.values)
    known.keep(densities, of: x)
    return densities
  }

  public func expectedLogLikelihood(of x: DataMatrix, under q: Enumerated) throws(LinearAlgebraError) -> Double {
    q.expectation(of: try logLikelihoods(of: x))
  }

  public func divergence(of q: Enumerated) throws(LinearAlgebraError) -> Double {
    q.klDivergence(fromLogPrior: logWeights)
  }

  /// The responsibilities p(k|x), and log p(x) of all data.
  public func inferred(
    from x: DataMatrix
  ) throws(LinearAlgebraError) -> (posterior: Enumerated, logEvidence: Double) {
    Enumerated.posterior(logLikelihoods: try logLikelihoods(of: x), logPrior: logWeights)
  }

  public func maximized(under q: Enumerated, _ x: DataMatrix) throws(LinearAlgebraError) -> GaussianMixture {
    let total = q.totals.reduce(0, +)
    return GaussianMixture(
      weights: q.totals.map { $0 / total },
      components: try components.maximized(under: q, x.values, regularization: regularization),
      regularization: regularization)
  }

  public var logPenalty: Double { -0.5 * regularization * components.precisionTrace }

  /// Free numbers: weights, means, covariances.
  public var parameterCount: Int { weights.count - 1 + components.parameterCount }

  /// Draws data, a row for each, and the components that they are from.
  public func sample(
    _ count: Int, seed: UInt64
  ) throws(LinearAlgebraError) -> (values: Matrix, components: [Int]) {
    var generator = SplitMix64(seed: seed, stream: 0x6D69_7874, index: 0)
    var factors: [Matrix] = []
    for k in 0..<components.count { factors.append(try Cholesky(components.covariance(of: k)).factor) }
    var values = Matrix(rows: count, columns: components.size)
    let chosen = (0..<count).map { row in
      let k = generator.index(weights: weights)
      let noise = (0..<components.size).map { _ in generator.normal() }
      for column in 0..<components.size {
        values[row, column] =
          components.means[k, column] + (0...column).reduce(0) { $0 + factors[k][column, $1] * noise[$1] }
      }
      return k
    }
    return (values, chosen)
  }
}

/// The densities that a model computed last: the bound, the posterior and the evidence at one data set share them.
final class KnownDensities: Sendable {
  private let entry = Mutex<(DataMatrix, Matrix)?>(nil)

  func densities(of x: DataMatrix) -> Matrix? {
    entry.withLock { entry in entry.flatMap { $0.0 === x ? $0.1 : nil } }
  }

  func keep(_ densities: Matrix, of x: DataMatrix) { entry.withLock { $0 = (x, densities) } }
}
