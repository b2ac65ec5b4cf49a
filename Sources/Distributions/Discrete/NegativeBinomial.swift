import Tensors

/// Independent negative binomial distributions, one for each element: Poisson ones whose rate is gamma distributed, for
/// counts that vary more than their mean.
///
/// ```
/// log p(x) = log Γ(x + r) - log Γ(r) - log x! + r log(1 - p) + x log p,     p = 1 / (1 + e⁻ʸ)
/// ```
///
/// with r > 0 and the logit y; the mean is r eʸ and the variance r eʸ (1 + eʸ).
public struct NegativeBinomial: FactorizedDistribution {
  /// r: (batch..., event...).
  public let totalCount: Tensor
  /// y: (batch..., event...).
  public let logits: Tensor
  public let eventRank: Int

  /// By r and y; the two are broadcast.
  public init(totalCount: Tensor, logits: Tensor, eventRank: Int = 1) {
    let aligned = Tensor.aligned([totalCount, logits], eventRank: eventRank, "negative binomial")
    (self.totalCount, self.logits, self.eventRank) = (aligned[0], aligned[1], eventRank)
  }

  public var support: Support { .naturalNumbers }

  public var mean: Tensor { totalCount * logits.exp() }

  public func elementLogProbability(of x: Tensor) -> Tensor {
    logRisingFactorial(totalCount, x) - (x + 1).logGamma() - totalCount * logits.softplus()
      - x * (-logits).softplus()
  }

  public func sample(_ noise: RandomKey) -> Tensor {
    noise.poisson(rate: noise.gamma(shape: totalCount) * logits.exp())
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> NegativeBinomial {
    NegativeBinomial(totalCount: transform(totalCount), logits: transform(logits), eventRank: eventRank)
  }
}
