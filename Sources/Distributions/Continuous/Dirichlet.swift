import Tensors

/// Dirichlet distributions: of probabilities of K values.
///
/// ```
/// log p(x) = log Γ(Σ aₖ) - Σ log Γ(aₖ) + Σ (aₖ - 1) log xₖ
/// ```
public struct Dirichlet: Distribution {
  /// aₖ > 0: (batch..., K).
  public let concentration: Tensor

  public init(concentration: Tensor) {
    guard concentration.rank > 0 else { fatalError("[dirichlet] a concentration without dimensions") }
    self.concentration = concentration
  }

  public var support: Support { .unitInterval }

  private var total: Tensor { concentration.sum(axis: -1, keepingDimensions: true) }

  /// aₖ / Σ a.
  public var mean: Tensor { concentration / total }

  public func logProbability(of x: Tensor) -> Tensor {
    ((concentration - 1) * x.log()).sum(axis: -1) - logNormalizer
  }

  /// Σ log Γ(aₖ) - log Γ(Σ aₖ): (batch...).
  private var logNormalizer: Tensor {
    concentration.logGamma().sum(axis: -1) - concentration.sum(axis: -1).logGamma()
  }

  /// E[log xₖ] = ψ(aₖ) - ψ(Σ a): (batch..., K).
  public var meanLogarithm: Tensor { concentration.digamma() - total.digamma() }

  /// Gamma numbers of the same shapes over their sum.
  public func sample(_ noise: RandomKey) -> Tensor {
    let numbers = noise.gamma(shape: concentration)
    return numbers / numbers.sum(axis: -1, keepingDimensions: true)
  }

  public var entropy: Tensor? { logNormalizer - ((concentration - 1) * meanLogarithm).sum(axis: -1) }

  /// Closed from another Dirichlet distribution: log B(p) - log B(q) + Σ (aq - ap) E[log x].
  public func klDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? Dirichlet else { return nil }
    return other.logNormalizer - logNormalizer
      + ((concentration - other.concentration) * meanLogarithm).sum(axis: -1)
  }

  public func repeated(_ count: Int) -> Dirichlet {
    Dirichlet(concentration: concentration.repeatedEvents(count, eventRank: 1))
  }
}
