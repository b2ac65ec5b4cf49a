import Tensors

/// Independent continuous Bernoulli distributions on [0, 1] by logits y, one for each element (Loaiza-Ganem and
/// Cunningham, The continuous Bernoulli: fixing a pervasive error in variational autoencoders, NeurIPS 2019).
///
/// ```
/// log p(x) = (x - 1/2) y - log(sinh(y/2) / (y/2))
/// ```
///
/// which is the Bernoulli expression for grey values, x y - log(1 + eʸ), with the constant that makes it a density.
public struct ContinuousBernoulli: FactorizedDistribution, ReparameterizedDistribution {
  /// y: (batch..., event...).
  public let logits: Tensor
  public let eventRank: Int

  /// |y| up to which power series are taken, whose next terms are below 1e-15 there.
  private static let small = 0.2

  public init(logits: Tensor, eventRank: Int = 1) {
    self.logits = Tensor.aligned([logits], eventRank: eventRank, "continuous bernoulli")[0]
    self.eventRank = eventRank
  }

  public var support: Support { .unitInterval }

  /// 1/2 + (coth(y/2) - 2/y) / 2.
  public var mean: Tensor {
    let (half, isSmall, safe) = halves
    let square = half.squared()
    let series = half * Self.polynomial([1 / 3.0, -1 / 45.0, 2 / 945.0, -1 / 4725.0, 2 / 93_555.0], in: square)
    let closed = safe.tanh().reciprocal() - safe.reciprocal()
    return select(isSmall, series, closed) * 0.5 + 0.5
  }

  public func elementLogProbability(of x: Tensor) -> Tensor { (x - 0.5) * logits - logNormalizer }

  /// log(sinh(u) / u) at u = y/2.
  private var logNormalizer: Tensor {
    let (half, isSmall, safe) = halves
    let square = half.squared()
    let series = square * Self.polynomial([1 / 6.0, -1 / 180.0, 1 / 2835.0, -1 / 37_800.0], in: square)
    let size = safe.abs()
    let closed = size + (-(size * -2).expm1()).log() - (size * 2).log()
    return select(isSmall, series, closed)
  }

  /// u = y/2; whether it is small; and u, or 1 where it is small, so that no quotient is infinite where it does not count.
  private var halves: (half: Tensor, isSmall: Tensor, safe: Tensor) {
    let isSmall = logits.abs() .< Self.small
    let half = logits * 0.5
    return (half, isSmall, select(isSmall, 1, half))
  }

  /// Σ aₙ xⁿ.
  private static func polynomial(_ coefficients: [Double], in x: Tensor) -> Tensor {
    coefficients.reversed().reduce(Tensor.zeros(like: x)) { $0 * x + $1 }
  }

  /// By the inverse of the distribution function, log(1 + U (eʸ - 1)) / y, at -|y| and mirrored where y > 0.
  public func draw(_ noise: RandomKey) -> Draw {
    let uniform = noise.uniform(logits.shape, type: logits.type)
    let isSmall = logits.abs() .< 1e-4
    let size = -select(isSmall, 1, logits).abs()
    let inverse = (uniform * size.expm1()).log1p() / size
    // To first order in y; the density is flat there.
    let flat = uniform + logits * 0.5 * uniform * (1 - uniform)
    let value = select(isSmall, flat, select(logits .> 0, 1 - inverse, inverse)).clamped(to: 0...1)
    return Draw(value: value, logProbability: logProbability(of: value))
  }

  /// log(sinh(u) / u) - (E[x] - 1/2) y.
  public var elementEntropy: Tensor? { logNormalizer - (mean - 0.5) * logits }

  /// (E[x] - 1/2) (y - y') less the difference of the normalizers, for another of logits y'.
  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? ContinuousBernoulli else { return nil }
    return (mean - 0.5) * (logits - other.logits) - logNormalizer + other.logNormalizer
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> ContinuousBernoulli {
    ContinuousBernoulli(logits: transform(logits), eventRank: eventRank)
  }
}
