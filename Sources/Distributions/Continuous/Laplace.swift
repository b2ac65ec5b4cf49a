import Glibc
import Tensors

/// Independent Laplace distributions of location μ and scale b, one for each element.
///
/// ```
/// log p(x) = -|x - μ| / b - log(2 b)
/// ```
public struct Laplace: FactorizedDistribution, ReparameterizedDistribution {
  /// μ: (batch..., event...).
  public let mean: Tensor
  /// b > 0: (batch..., event...).
  public let scale: Tensor
  public let eventRank: Int

  /// By location and scale; the two are broadcast.
  public init(mean: Tensor, scale: Tensor, eventRank: Int = 1) {
    let aligned = Tensor.aligned([mean, scale], eventRank: eventRank, "laplace")
    (self.mean, self.scale, self.eventRank) = (aligned[0], aligned[1], eventRank)
  }

  public var support: Support { .realNumbers }

  public func elementLogProbability(of x: Tensor) -> Tensor { -((x - mean).abs() / scale) - logWidth }

  private var logWidth: Tensor { (scale * 2).log() }

  /// z = μ - b sgn(u) log(1 - 2 |u|) with u uniform on (-1/2, 1/2).
  public func draw(_ noise: RandomKey) -> Draw {
    let u = noise.uniform(mean.shape, type: mean.type) - 0.5
    let distance = (u.abs() * -2).log1p()
    return Draw(
      value: mean - scale * u.sign() * distance, logProbability: (distance - logWidth).summedOverEvent(eventRank))
  }

  /// 1 + log(2 b).
  public var elementEntropy: Tensor? { logWidth + 1 }

  /// Closed from another Laplace distribution and from a normal one: with d = μq - μp,
  ///
  /// ```
  /// KL(q ‖ p) = (|d| + bq exp(-|d| / bq)) / bp - 1 + log(bp / bq)
  /// KL(q ‖ N) = (d² + 2 bq²) / (2 σ²) + log σ + log(2π) / 2 - 1 - log(2 bq)
  /// ```
  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    switch other {
    case let other as Laplace:
      let distance = (mean - other.mean).abs()
      return (distance + scale * (-(distance / scale)).exp()) / other.scale - 1 + (other.scale / scale).log()
    case let other as Normal:
      let spread = ((mean - other.mean).squared() + scale.squared() * 2) / (other.variance * 2)
      return spread + other.logVariance * 0.5 + (0.5 * log(2 * Double.pi) - 1) - logWidth
    default: return nil
    }
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> Laplace {
    Laplace(mean: transform(mean), scale: transform(scale), eventRank: eventRank)
  }
}
