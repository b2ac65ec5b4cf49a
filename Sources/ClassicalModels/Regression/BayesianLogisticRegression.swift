import Distributions
import Glibc
import Inference
import LinearAlgebra

/// Logistic regression with a normal posterior of its weights.
///
/// ```
/// p(y = 1 | w) = 1 / (1 + exp(-x'w))     w ~ N(0, v I)     q(w) = N(m, S)
/// ```
///
/// The bound is taken exactly: under q each x'w is one normal number, over which Gauss-Hermite quadrature goes. The
/// posterior rises along Jaakkola and Jordan's bound, which touches log 1/(1 + exp(-a)) at ±ξ from below (A variational
/// approach to Bayesian logistic regression models and their extensions, 1997; Bishop, 2006, section 10.6).
public struct BayesianLogisticRegression: VariationalModel {
  public typealias LowerBound = TotalELBO

  /// v.
  public let weightVariance: Double

  public init(weightVariance: Double) {
    precondition(weightVariance > 0, "[regression] a variance of \(weightVariance)")
    self.weightVariance = weightVariance
  }

  /// Inputs n x d, and classes 0 or 1.
  public struct Observations: Sendable {
    public let x: Matrix
    /// +1 or -1.
    let signs: [Double]

    public init(x: Matrix, y: [Int]) {
      precondition(x.rows == y.count && y.allSatisfy { $0 == 0 || $0 == 1 }, "[regression] \(y.count) classes")
      self.x = x
      signs = y.map { $0 == 1 ? 1 : -1 }
    }
  }

  /// E and √Var of x'w by datum.
  private func activations(_ x: Matrix, _ q: Gaussian) throws(LinearAlgebraError) -> [(mean: Double, deviation: Double)]
  {
    let means = try x * q.mean
    let spread = try Matrix.product(x, q.cholesky.factor)
    return (0..<x.rows).map { (means[$0], dot(spread[row: $0], spread[row: $0]).squareRoot()) }
  }

  public func expectedLogLikelihood(of data: Observations, under q: Gaussian) throws(LinearAlgebraError) -> Double {
    let nodes = try GaussHermite.standard.get()
    return zip(try activations(data.x, q), data.signs).reduce(0) { sum, pair in
      let (activation, sign) = pair
      return sum
        + nodes.expectation { logSigmoid(sign * (activation.mean + activation.deviation * $0)) }
    }
  }

  public func divergence(of q: Gaussian) throws(LinearAlgebraError) -> Double {
    let prior = try Gaussian(
      mean: .init(repeating: 0, count: q.size), covariance: Matrix.identity(q.size) * weightVariance)
    return try q.klDivergence(from: prior)
  }

  /// The posterior after so many rounds of Jaakkola and Jordan's updates.
  ///
  /// ```
  /// ξ² = x'(S + m m')x     S⁻¹ = I/v + 2 Σ λ(ξ) x x'     m = S Σ (y - ½) x     λ(ξ) = tanh(ξ/2) / (4 ξ)
  /// ```
  ///
  /// - Parameter report: Told the lower bound of the evidence lower bound after every round, which rises.
  public func fit(
    _ data: Observations, rounds: Int = 100, report: (Double) throws -> Void = { _ in }
  ) throws -> Gaussian {
    let size = data.x.columns
    let halves = data.signs.map { $0 / 2 }
    let product = try Matrix.product(
      data.x, Matrix(rows: halves.count, columns: 1, halves), transposingA: true
    ).elements
    var xi = [Double](repeating: 1, count: data.x.rows)
    var q = try Gaussian.standard(size)
    for _ in 0..<rounds {
      let curvature = xi.map { $0 < 1e-6 ? 0.125 : tanh($0 / 2) / (4 * $0) }
      let scaled = Matrix(rows: data.x.rows, columns: size) { data.x[$0, $1] * (2 * curvature[$0]).squareRoot() }
      let precision = try scaled.gram() + Matrix.identity(size) * (1 / weightVariance)
      q = try Gaussian(mean: Cholesky(precision).solve(product), precision: precision)
      let constants = zip(xi, curvature).reduce(0) { $0 + logSigmoid($1.0) - $1.0 / 2 + $1.1 * $1.0 * $1.0 }
      try report(
        0.5 * (q.cholesky.logDeterminant - Double(size) * log(weightVariance) + dot(q.mean, precision * q.mean))
          + constants)
      xi = try activations(data.x, q).map { ($0.mean * $0.mean + $0.deviation * $0.deviation).squareRoot() }
    }
    return q
  }
}

/// log 1/(1 + exp(-a)).
private func logSigmoid(_ a: Double) -> Double { min(a, 0) - log1p(exp(-abs(a))) }

/// Nodes and weights for expectations under N(0, 1), by the eigenvalues of the Hermite polynomials' recurrence.
///
/// (Golub and Welsch, Calculation of Gauss quadrature rules, 1969.)
struct GaussHermite: Sendable {
  let nodes, weights: [Double]

  /// Enough for a logarithm of a sigmoid to about ten digits.
  static let standard = Result { () throws(LinearAlgebraError) in try GaussHermite(count: 64) }

  private init(count: Int) throws(LinearAlgebraError) {
    // 0 on the diagonal and √k beside it.
    let matrix = Matrix(rows: count, columns: count) { abs($0 - $1) == 1 ? Double(max($0, $1)).squareRoot() : 0 }
    let eigen = try SymmetricEigen(matrix)
    nodes = eigen.values
    weights = (0..<count).map { eigen.vectors[$0, 0] * eigen.vectors[$0, 0] }
  }

  func expectation(_ f: (Double) -> Double) -> Double { zip(nodes, weights).reduce(0) { $0 + $1.1 * f($1.0) } }
}
