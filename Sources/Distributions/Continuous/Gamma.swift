import Tensors

/// Independent gamma distributions of shape a and rate b, one for each element.
///
/// ```
/// log p(x) = a log b - log Γ(a) + (a - 1) log x - b x
/// ```
public struct Gamma: FactorizedDistribution {
  /// a > 0: (batch..., event...).
  public let shape: Tensor
  /// b > 0: (batch..., event...).
  public let rate: Tensor
  public let eventRank: Int

  /// By shape and rate; the two are broadcast.
  public init(shape: Tensor, rate: Tensor, eventRank: Int = 1) {
    let aligned = Tensor.aligned([shape, rate], eventRank: eventRank, "gamma")
    (self.shape, self.rate, self.eventRank) = (aligned[0], aligned[1], eventRank)
  }

  public var support: Support { .positiveNumbers }

  /// a / b.
  public var mean: Tensor { shape / rate }

  public func elementLogProbability(of x: Tensor) -> Tensor {
    shape * rate.log() - shape.logGamma() + (shape - 1) * x.log() - rate * x
  }

  public func sample(_ noise: RandomKey) -> Tensor { noise.gamma(shape: shape) / rate }

  /// a - log b + log Γ(a) + (1 - a) ψ(a).
  public var elementEntropy: Tensor? {
    shape - rate.log() + shape.logGamma() + (1 - shape) * shape.digamma()
  }

  /// Closed from another gamma distribution:
  ///
  /// ```
  /// KL(q ‖ p) = (aq - ap) ψ(aq) - log Γ(aq) + log Γ(ap) + ap log(bq / bp) + aq (bp - bq) / bq
  /// ```
  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? Gamma else { return nil }
    let constants = other.shape.logGamma() - shape.logGamma() + other.shape * (rate / other.rate).log()
    return (shape - other.shape) * shape.digamma() + constants + shape * (other.rate / rate - 1)
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> Gamma {
    Gamma(shape: transform(shape), rate: transform(rate), eventRank: eventRank)
  }
}
