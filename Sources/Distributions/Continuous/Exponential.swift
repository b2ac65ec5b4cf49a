import Tensors

/// Independent exponential distributions of rate λ, one for each element.
///
/// ```
/// log p(z) = log λ - λ z
/// ```
public struct Exponential: FactorizedDistribution, ReparameterizedDistribution {
  /// λ > 0: (batch..., event...).
  public let rate: Tensor
  public let eventRank: Int

  public init(rate: Tensor, eventRank: Int = 1) {
    self.rate = Tensor.aligned([rate], eventRank: eventRank, "exponential")[0]
    self.eventRank = eventRank
  }

  /// λ = 1 in each of `size` dimensions.
  public static func standard(_ size: Int, type: ElementType = .float32) -> Exponential {
    Exponential(rate: .ones([size], type: type))
  }

  public var support: Support { .positiveNumbers }

  /// 1 / λ.
  public var mean: Tensor { rate.reciprocal() }

  public func elementLogProbability(of x: Tensor) -> Tensor { rate.log() - rate * x }

  /// z = -log(U) / λ.
  public func draw(_ noise: RandomKey) -> Draw {
    let logarithm = noise.uniform(rate.shape, type: rate.type).log()
    return Draw(
      value: -(logarithm / rate), logProbability: (rate.log() + logarithm).summedOverEvent(eventRank))
  }

  /// 1 - log λ.
  public var elementEntropy: Tensor? { 1 - rate.log() }

  /// log(λq / λp) + λp / λq - 1 from another exponential distribution.
  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? Exponential else { return nil }
    return (rate / other.rate).log() + other.rate / rate - 1
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> Exponential {
    Exponential(rate: transform(rate), eventRank: eventRank)
  }
}
