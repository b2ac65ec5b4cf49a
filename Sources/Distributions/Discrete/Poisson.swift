import Tensors

/// Independent Poisson distributions of rate λ, one for each element.
///
/// ```
/// log p(x) = x log λ - λ - log x!
/// ```
public struct Poisson: FactorizedDistribution {
  /// log λ: (batch..., event...).
  public let logRate: Tensor
  public let eventRank: Int

  public init(logRate: Tensor, eventRank: Int = 1) {
    self.logRate = Tensor.aligned([logRate], eventRank: eventRank, "poisson")[0]
    self.eventRank = eventRank
  }

  public var support: Support { .naturalNumbers }

  /// λ.
  public var mean: Tensor { logRate.exp() }

  public func elementLogProbability(of x: Tensor) -> Tensor { x * logRate - logRate.exp() - (x + 1).logGamma() }

  public func sample(_ noise: RandomKey) -> Tensor { noise.poisson(rate: mean) }

  /// λq log(λq / λp) - λq + λp from another Poisson distribution.
  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? Poisson else { return nil }
    return mean * (logRate - other.logRate) - mean + other.mean
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> Poisson {
    Poisson(logRate: transform(logRate), eventRank: eventRank)
  }
}
