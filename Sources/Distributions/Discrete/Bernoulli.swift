import Tensors

/// Independent Bernoulli distributions by logits y: p(1) = 1 / (1 + e⁻ʸ), one for each element.
///
/// ```
/// log p(x) = x y - log(1 + eʸ)
/// ```
///
/// The data may be grey: for x between 0 and 1 the same expression is the negative cross-entropy, which is no
/// probability but is what most published figures for grey pictures are. A normalized density on [0, 1] is the
/// continuous Bernoulli (Loaiza-Ganem and Cunningham, 2019).
public struct Bernoulli: FactorizedDistribution {
  /// y: (batch..., event...).
  public let logits: Tensor
  public let eventRank: Int

  public init(logits: Tensor, eventRank: Int = 1) {
    guard eventRank <= logits.rank else {
      fatalError("[bernoulli] logits \(logits.shape), events of \(eventRank) dimensions")
    }
    self.logits = logits
    self.eventRank = eventRank
  }

  /// Grey values are taken, as the field does.
  public var support: Support { .unitInterval }

  /// The probability of 1.
  public var mean: Tensor { logits.sigmoid() }

  public func elementLogProbability(of x: Tensor) -> Tensor { x * logits - logits.softplus() }

  public func sample(_ noise: RandomKey) -> Tensor { noise.bernoulli(mean) }

  /// log(1 + eʸ) - p y.
  public var elementEntropy: Tensor? { logits.softplus() - mean * logits }

  /// p (y - y') - log(1 + eʸ) + log(1 + eʸ') for another of logits y'.
  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? Bernoulli else { return nil }
    return mean * (logits - other.logits) - logits.softplus() + other.logits.softplus()
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> Bernoulli {
    Bernoulli(logits: transform(logits), eventRank: eventRank)
  }
}
