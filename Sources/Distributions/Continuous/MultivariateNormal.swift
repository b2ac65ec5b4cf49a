import Glibc
import Tensors

/// Normal distributions of vectors with any covariance R R', by the lower triangular R with a positive diagonal.
///
/// ```
/// z = μ + R ε
/// log q(z) = -|R⁻¹ (z - μ)|² / 2 - Σ log Rᵢᵢ - d log(2π) / 2
/// ```
public struct MultivariateNormal: ReparameterizedDistribution {
  /// μ: (batch..., d).
  public let mean: Tensor
  /// R: (batch..., d, d), of which what stands above the diagonal is not looked at.
  public let factor: Tensor
  /// log Rᵢᵢ: (batch..., d).
  private let logDiagonal: Tensor

  /// By mean and factor, in which the elements of the diagonal are positive.
  public init(mean: Tensor, factor: Tensor) {
    let factor = factor.lowerTriangular()
    self.init(mean: mean, lowerFactor: factor, logDiagonal: factor.diagonal().log())
  }

  /// By mean, the logarithms of R's diagonal (batch..., d), and what stands below it in (batch..., d, d).
  public init(mean: Tensor, logDiagonal: Tensor, below: Tensor) {
    self.init(
      mean: mean, lowerFactor: below.lowerTriangular(diagonal: -1) + logDiagonal.exp().diagonalMatrix(),
      logDiagonal: logDiagonal)
  }

  private init(mean: Tensor, lowerFactor: Tensor, logDiagonal: Tensor) {
    guard mean.rank > 0, logDiagonal.shape == mean.shape,
      lowerFactor.shape.dimensions == mean.shape.dimensions + [mean.shape[mean.rank - 1]]
    else { fatalError("[multivariate normal] mean \(mean.shape) and factor \(lowerFactor.shape)") }
    (self.mean, self.logDiagonal, factor) = (mean, logDiagonal, lowerFactor)
  }

  /// d.
  public var size: Int { mean.shape[mean.rank - 1] }
  public var support: Support { .realNumbers }

  /// The variances of the dimensions by themselves, Σⱼ Rᵢⱼ²: (batch..., d).
  public var variance: Tensor { factor.squared().sum(axis: -1) }

  private var halfSizeLogTwoPi: Double { Double(size) / 2 * log(2 * Double.pi) }

  public func draw(_ noise: RandomKey) -> Draw {
    let epsilon = noise.normal(mean.shape, type: mean.type)
    return Draw(
      value: mean + (factor * epsilon.expandedDimensions(at: -2)).sum(axis: -1),
      logProbability: logDensity(at: epsilon))
  }

  /// The system R ε = x - μ is solved row by row: for latent spaces, not for pictures.
  public func logProbability(of x: Tensor) -> Tensor { logDensity(at: (x - mean).solvedByLowerTriangle(factor)) }

  private func logDensity(at epsilon: Tensor) -> Tensor {
    epsilon.squared().sum(axis: -1) * -0.5 - logDiagonal.sum(axis: -1) - halfSizeLogTwoPi
  }

  /// Σ log Rᵢᵢ + d (1 + log 2π) / 2.
  public var entropy: Tensor? { logDiagonal.sum(axis: -1) + (Double(size) / 2 + halfSizeLogTwoPi) }

  /// Closed from normal distributions with independent dimensions, and from others of this kind:
  ///
  /// ```
  /// KL(q ‖ p) = Σᵢ ((Σⱼ Rᵢⱼ² + (μᵢ - mᵢ)²) / sᵢ² - 1 + log sᵢ²) / 2 - Σᵢ log Rᵢᵢ
  /// KL(q ‖ p) = (|P⁻¹R|² + |P⁻¹(μ - m)|² - d) / 2 + Σᵢ log Pᵢᵢ - Σᵢ log Rᵢᵢ
  /// ```
  public func klDivergence(from other: any Distribution) -> Tensor? {
    if let other = other as? MultivariateNormal {
      // Each column of R is a vector to solve for.
      let columns = factor.transposed().solvedByLowerTriangle(other.factor.expandedDimensions(at: -3))
      let distance = (mean - other.mean).solvedByLowerTriangle(other.factor)
      let squares = columns.squared().sum(axes: [-2, -1]) + distance.squared().sum(axis: -1) - Double(size)
      return squares * 0.5 + (other.logDiagonal - logDiagonal).sum(axis: -1)
    }
    guard let other = other as? Normal, other.eventRank == 1 else { return nil }
    let spread = (variance + (mean - other.mean).squared()) / other.variance - 1 + other.logVariance
    return spread.sum(axis: -1) * 0.5 - logDiagonal.sum(axis: -1)
  }

  public func repeated(_ count: Int) -> MultivariateNormal {
    MultivariateNormal(
      mean: mean.repeatedEvents(count, eventRank: 1), lowerFactor: factor.repeatedEvents(count, eventRank: 2),
      logDiagonal: logDiagonal.repeatedEvents(count, eventRank: 1))
  }

  public func stoppingGradient() -> MultivariateNormal {
    MultivariateNormal(
      mean: mean.stoppingGradient(), lowerFactor: factor.stoppingGradient(),
      logDiagonal: logDiagonal.stoppingGradient())
  }
}
