import Distributions
import Glibc
import LinearAlgebra

/// What the covariances of a mixture's components have in common.
public enum CovarianceShape: String, Sendable, CaseIterable, Codable {
  /// Each component has its own.
  case full
  /// All have one.
  case tied
  /// Each its own, without correlations.
  case diagonal
  /// Each its own variance, the same in every direction.
  case spherical
}

/// Normal distributions side by side: the components of a mixture, or what the states of a hidden Markov model emit.
public struct GaussianComponents: Sendable {
  public let shape: CovarianceShape
  /// K x d.
  public let means: Matrix
  /// Σ of each component, d x d; of `tied` components once. Empty where the components have no correlations.
  let covariances: [Matrix]
  /// Variances of each component, K x d, where the components have no correlations.
  let variances: Matrix
  /// L'⁻¹ with Σ = L L': a datum's distance is |(x - μ)' L'⁻¹|.
  let whitening: [Matrix]
  /// -(log |Σ| + d log 2π) / 2 of each component.
  let logNormalizers: [Double]

  /// With covariances d x d: one for each component, or one for all of them where they are tied.
  ///
  /// - Throws: `LinearAlgebraError.notPositiveDefinite` where one is none.
  public init(means: Matrix, covariances: [Matrix], isTied: Bool = false) throws(LinearAlgebraError) {
    precondition(
      covariances.count == (isTied ? 1 : means.rows), "[components] \(covariances.count) covariances")
    shape = isTied ? .tied : .full
    self.means = means
    self.covariances = covariances
    variances = Matrix(rows: 0, columns: 0)
    var whitening: [Matrix] = []
    var logNormalizers: [Double] = []
    for covariance in covariances {
      let cholesky = try Cholesky(covariance)
      whitening.append(try cholesky.solveTriangular(.identity(means.columns), transposed: true))
      logNormalizers.append(-0.5 * (cholesky.logDeterminant + Double(means.columns) * logTwoPi))
    }
    self.whitening = whitening
    self.logNormalizers =
      isTied ? [Double](repeating: logNormalizers[0], count: means.rows) : logNormalizers
  }

  /// Without correlations: variances K x d.
  ///
  /// - Throws: `LinearAlgebraError.notPositiveDefinite` where one is not positive.
  public init(means: Matrix, variances: Matrix, shape: CovarianceShape = .diagonal) throws(LinearAlgebraError) {
    precondition(variances.rows == means.rows && variances.columns == means.columns, "[components] variances")
    for (place, variance) in variances.elements.enumerated() where !(variance > 0 && variance.isFinite) {
      throw .notPositiveDefinite(order: place % means.columns + 1)
    }
    self.shape = shape
    self.means = means
    self.variances = variances
    (covariances, whitening) = ([], [])
    logNormalizers = (0..<means.rows).map { component in
      -0.5 * variances[row: component].reduce(Double(means.columns) * logTwoPi) { $0 + log($1) }
    }
  }

  /// K.
  public var count: Int { means.rows }
  /// d.
  public var size: Int { means.columns }

  /// Σ of one component, d x d.
  public func covariance(of component: Int) -> Matrix {
    covariances.isEmpty
      ? Matrix(diagonal: Array(variances[row: component])) : covariances[covariances.count == 1 ? 0 : component]
  }

  /// One component by itself.
  public func component(_ number: Int) throws(LinearAlgebraError) -> Gaussian {
    try Gaussian(mean: Array(means[row: number]), covariance: covariance(of: number))
  }

  /// Free numbers in means and covariances.
  public var parameterCount: Int {
    let covarianceCount =
      switch shape {
      case .full: count * size * (size + 1) / 2
      case .tied: size * (size + 1) / 2
      case .diagonal: count * size
      case .spherical: count
      }
    return count * size + covarianceCount
  }

  /// Σ tr Σₖ⁻¹ over the covariances: what regularization keeps small.
  var precisionTrace: Double {
    switch shape {
    case .full, .tied: whitening.reduce(0) { $0 + dot($1.elements, $1.elements) }
    case .diagonal: variances.elements.reduce(0) { $0 + 1 / $1 }
    case .spherical: (0..<count).reduce(0) { $0 + Double(size) / variances[$1, 0] }
    }
  }
}
