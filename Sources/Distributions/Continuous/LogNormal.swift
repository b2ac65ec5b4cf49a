import Tensors

/// Independent distributions of positive numbers whose logarithms are normal: z = eⁿ, n ~ N(μ, σ²).
///
/// ```
/// log p(z) = log N(log z; μ, σ²) - log z
/// ```
public struct LogNormal: FactorizedDistribution, ReparameterizedDistribution {
  /// The distribution of log z.
  public let logarithm: Normal

  public init(logarithm: Normal) { self.logarithm = logarithm }

  public var eventRank: Int { logarithm.eventRank }
  public var support: Support { .positiveNumbers }

  /// exp(μ + σ²/2).
  public var mean: Tensor { (logarithm.mean + logarithm.variance * 0.5).exp() }

  public func elementLogProbability(of x: Tensor) -> Tensor {
    let logarithms = Self.bijector.inverse(of: x)
    return logarithm.elementLogProbability(of: logarithms) - Self.bijector.logSlope(at: logarithms)
  }

  public func draw(_ noise: RandomKey) -> Draw {
    Transformed(logarithm, by: Self.bijector, eventRank: eventRank).draw(noise)
  }

  private static let bijector = ElementwiseBijector.exp

  /// That of log z, and μ.
  public var elementEntropy: Tensor? { logarithm.elementEntropy.map { $0 + logarithm.mean } }

  /// Closed from another such distribution, as that of the logarithms, and from an exponential one of rate λ:
  ///
  /// ```
  /// KL(q ‖ Expo) = λ exp(μ + σ²/2) - log λ - H(q)
  /// ```
  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    switch other {
    case let other as LogNormal: return logarithm.elementKLDivergence(from: other.logarithm) as Tensor
    case let other as Exponential: return elementEntropy.map { other.rate * mean - other.rate.log() - $0 }
    default: return nil
    }
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> LogNormal {
    LogNormal(logarithm: logarithm.mappingParameters(transform))
  }
}
