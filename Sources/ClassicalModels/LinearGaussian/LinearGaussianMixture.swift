import Basics
import Distributions
import Glibc
import Inference
import LinearAlgebra

/// A mixture whose components are linear Gaussian models: of probabilistic PCA, or of factor analyzers.
///
/// ```
/// p(k) = πₖ     p(z) = N(0, I)     p(x|z, k) = N(Wₖ z + μₖ, Ψₖ)     log p(x) = log Σ πₖ N(x; μₖ, Wₖ Wₖ' + Ψₖ)
/// ```
///
/// Between a mixture with full covariances and one with spherical ones: each component lies along a plane of its own. A
/// number of a datum that is missing is left out of its likelihood. (Tipping and Bishop, Mixtures of probabilistic principal
/// component analysers, 1999; Ghahramani and Hinton, The EM algorithm for mixtures of factor analyzers, 1996.)
public struct LinearGaussianMixture: MaximizableModel {
  /// π, K numbers that sum to 1.
  public let weights: [Double]
  public let components: [LinearGaussianModel]
  /// λ of the penalty -λ/2 Σ tr Ψₖ⁻¹, which keeps a component from falling onto its plane.
  public let regularization: Double

  public init(weights: [Double], components: [LinearGaussianModel], regularization: Double = 0) {
    precondition(
      weights.count == components.count && abs(weights.reduce(0, +) - 1) < 1e-6 && regularization >= 0,
      "[linear gaussian mixture] weights \(weights) of \(components.count) components")
    precondition(
      Set(components.map(\.size)).count == 1, "[linear gaussian mixture] components of different dimensions")
    (self.weights, self.components, self.regularization) = (weights, components, regularization)
  }

  /// q(k) q(z|k).
  public struct Posterior: Sendable {
    /// Which component: data x K.
    public let choices: Enumerated
    /// The factors, given each component.
    public let factors: [LinearPosterior]

    public init(choices: Enumerated, factors: [LinearPosterior]) { (self.choices, self.factors) = (choices, factors) }
  }

  /// d.
  public var size: Int { components[0].size }

  private var logWeights: [Double] { weights.map { log($0) } }

  /// Numbers of each datum and component as data x K.
  private func table(_ columns: [[Double]]) -> Matrix {
    Matrix(rows: columns[0].count, columns: columns.count) { columns[$1][$0] }
  }

  public func expectedLogLikelihood(of x: DataMatrix, under q: Posterior) throws(LinearAlgebraError) -> Double {
    var columns: [[Double]] = []
    for (component, factors) in zip(components, q.factors) {
      columns.append(try component.expectedLogLikelihoods(of: x, under: factors))
    }
    return q.choices.expectation(of: table(columns))
  }

  /// That of the choice, and those of the factors, each by the probability of its component.
  public func divergence(of q: Posterior) throws(LinearAlgebraError) -> Double {
    var columns: [[Double]] = []
    for (component, factors) in zip(components, q.factors) { columns.append(try component.divergences(of: factors)) }
    return q.choices.klDivergence(fromLogPrior: logWeights) + q.choices.expectation(of: table(columns))
  }

  /// p(k|x) and p(z|x, k), and log p(x) of all data.
  public func inferred(
    from x: DataMatrix
  ) throws(LinearAlgebraError) -> (posterior: Posterior, logEvidence: Double) {
    var (factors, columns): ([LinearPosterior], [[Double]]) = ([], [])
    for component in components {
      let (posterior, logEvidences) = try component.posteriors(of: x)
      factors.append(posterior)
      columns.append(logEvidences)
    }
    let (choices, logEvidence) = Enumerated.posterior(logLikelihoods: table(columns), logPrior: logWeights)
    return (Posterior(choices: choices, factors: factors), logEvidence)
  }

  /// Each component's own M-step, data counting by their share in it; one that no datum belongs to stays where it is.
  public func maximized(under q: Posterior, _ x: DataMatrix) throws(LinearAlgebraError) -> LinearGaussianMixture {
    let total = q.choices.totals.reduce(0, +)
    var components = components
    for (k, component) in components.enumerated() where q.choices.totals[k] > Self.smallestCount {
      components[k] = try component.maximized(
        under: q.factors[k], x, shares: q.choices.probabilities.column(k), regularization: regularization)
    }
    return LinearGaussianMixture(
      weights: q.choices.totals.map { $0 / total }, components: components, regularization: regularization)
  }

  private static let smallestCount = 1e-12

  public var logPenalty: Double {
    -0.5 * regularization * components.reduce(0) { sum, component in component.noise.reduce(sum) { $0 + 1 / $1 } }
  }

  /// Free numbers: weights, and those of each component.
  public var parameterCount: Int { components.reduce(weights.count - 1) { $0 + $1.parameterCount } }

  /// The same distribution of data as a mixture with full covariances.
  public func marginal() throws(LinearAlgebraError) -> GaussianMixture {
    var covariances: [Matrix] = []
    for component in components { covariances.append(try component.evidence().covariance) }
    return GaussianMixture(
      weights: weights,
      components: try GaussianComponents(means: Matrix(components.map(\.mean)), covariances: covariances))
  }

  /// Draws data, a row for each, and the components that they are from.
  public func sample(
    _ count: Int, seed: UInt64
  ) throws(LinearAlgebraError) -> (values: Matrix, components: [Int]) {
    var generator = SplitMix64(seed: seed, stream: 0x6D66_6163, index: 0)
    var values = Matrix(rows: count, columns: size)
    let chosen = (0..<count).map { row in
      let k = generator.index(weights: weights)
      let component = components[k]
      let z = (0..<component.latentSize).map { _ in generator.normal() }
      for column in 0..<size {
        values[row, column] =
          dot(component.weights[row: column], z) + component.mean[column]
          + component.noise[column].squareRoot() * generator.normal()
      }
      return k
    }
    return (values, chosen)
  }
}
