import Distributions
import Glibc
import Inference
import LinearAlgebra

/// Linear regression whose weights have a precision that is a latent variable too.
///
/// ```
/// y ~ N(x'w, 1/β)     w ~ N(0, I/α)     α ~ Gamma(a₀, b₀)     q(w) q(α)
/// ```
///
/// (Bishop, 2006, section 10.3.)
public struct BayesianLinearRegression: CoordinateModel {
  /// β, the precision of the noise.
  public let noisePrecision: Double
  /// a₀, b₀.
  public let precisionPrior: Gamma

  /// A gamma distribution by shape and rate.
  public struct Gamma: Hashable, Sendable {
    public let shape, rate: Double

    public init(shape: Double, rate: Double) {
      precondition(shape > 0 && rate > 0, "[gamma] shape \(shape), rate \(rate)")
      (self.shape, self.rate) = (shape, rate)
    }

    public var mean: Double { shape / rate }
    /// E[log α] = ψ(a) - log b.
    public var meanLogarithm: Double { digamma(shape) - log(rate) }
    /// a - log b + log Γ(a) + (1 - a) ψ(a), nats.
    public var entropy: Double { shape - log(rate) + lgamma(shape) + (1 - shape) * digamma(shape) }

    /// E[log p(α)] under another gamma distribution.
    func expectedLogProbability(under q: Gamma) -> Double {
      shape * log(rate) - lgamma(shape) + (shape - 1) * q.meanLogarithm - rate * q.mean
    }
  }

  /// Inputs n x d and what is to be told, n numbers.
  public struct Observations: Sendable {
    public let x: Matrix
    public let y: [Double]
    let gram: Matrix
    let product: [Double]

    public init(x: Matrix, y: [Double]) throws(LinearAlgebraError) {
      precondition(x.rows == y.count, "[regression] \(x.rows) inputs and \(y.count) targets")
      (self.x, self.y) = (x, y)
      gram = try x.gram()
      product = try Matrix.product(x, Matrix(rows: y.count, columns: 1, y), transposingA: true).elements
    }
  }

  public struct Posterior: Sendable {
    public var weights: Gaussian
    public var precision: Gamma
  }

  public init(noisePrecision: Double, precisionPrior: Gamma = Gamma(shape: 1e-2, rate: 1e-2)) {
    precondition(noisePrecision > 0, "[regression] a precision of \(noisePrecision)")
    (self.noisePrecision, self.precisionPrior) = (noisePrecision, precisionPrior)
  }

  public func expectedLogLikelihood(of data: Observations, under q: Posterior) throws(LinearAlgebraError) -> Double {
    let predicted = try data.x * q.weights.mean
    let squares = zip(data.y, predicted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let spread = dot(data.gram.elements, q.weights.covariance.elements)
    return 0.5 * Double(data.y.count) * (log(noisePrecision) - logTwoPi) - 0.5 * noisePrecision * (squares + spread)
  }

  /// KL of q(w) q(α) from p(w|α) p(α).
  public func divergence(of q: Posterior) throws(LinearAlgebraError) -> Double {
    let size = Double(q.weights.size)
    let square = dot(q.weights.mean, q.weights.mean) + q.weights.covariance.trace
    let weights = 0.5 * size * (q.precision.meanLogarithm - logTwoPi) - 0.5 * q.precision.mean * square
    let precision = precisionPrior.expectedLogProbability(under: q.precision)
    return -q.weights.entropy - q.precision.entropy - weights - precision
  }

  public var factorCount: Int { 2 }

  /// Factor 0 is q(w), factor 1 is q(α).
  public func updated(_ posterior: Posterior, factor: Int, _ data: Observations) throws(LinearAlgebraError) -> Posterior
  {
    var q = posterior
    if factor == 0 {
      q.weights = try weights(given: q.precision.mean, data)
    } else {
      let square = dot(q.weights.mean, q.weights.mean) + q.weights.covariance.trace
      q.precision = Gamma(
        shape: precisionPrior.shape + Double(q.weights.size) / 2, rate: precisionPrior.rate + square / 2)
    }
    return q
  }

  /// p(w | y, α).
  public func weights(given alpha: Double, _ data: Observations) throws(LinearAlgebraError) -> Gaussian {
    let precision = data.gram * noisePrecision + Matrix.identity(data.x.columns) * alpha
    let mean = try Cholesky(precision).solve(data.product.map { $0 * noisePrecision })
    return try Gaussian(mean: mean, precision: precision)
  }

  /// log p(y | α), nats: N(y; 0, I/β + X X'/α).
  public func logEvidence(given alpha: Double, _ data: Observations) throws(LinearAlgebraError) -> Double {
    let posterior = try weights(given: alpha, data)
    let predicted = try data.x * posterior.mean
    let squares = zip(data.y, predicted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return 0.5 * Double(data.y.count) * (log(noisePrecision) - logTwoPi)
      + 0.5 * Double(posterior.size) * log(alpha) + 0.5 * posterior.cholesky.logDeterminant
      - 0.5 * (noisePrecision * squares + alpha * dot(posterior.mean, posterior.mean))
  }

  public func start(_ data: Observations) throws(LinearAlgebraError) -> Posterior {
    Posterior(weights: try weights(given: 1, data), precision: precisionPrior)
  }
}

/// ψ(x), the derivative of log Γ, for x > 0: its asymptotic series, reached by ψ(x + 1) = ψ(x) + 1/x.
func digamma(_ x: Double) -> Double {
  var (x, shift) = (x, 0.0)
  while x < 10 {
    shift -= 1 / x
    x += 1
  }
  let inverse = 1 / (x * x)
  let series =
    inverse * (1 / 12.0 - inverse * (1 / 120.0 - inverse * (1 / 252.0 - inverse * (1 / 240.0 - inverse / 132.0))))
  return shift + log(x) - 0.5 / x - series
}
