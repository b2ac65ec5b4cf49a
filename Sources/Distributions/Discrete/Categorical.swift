import Tensors

/// Categorical distributions of one of K values, as one-hot rows.
///
/// ```
/// log p(x) = Σ xₖ log softmax(y)ₖ
/// ```
public struct Categorical: Distribution {
  /// y: (batch..., K).
  public let logits: Tensor

  public init(logits: Tensor) {
    guard logits.rank > 0, logits.shape[logits.rank - 1] > 0 else { fatalError("[categorical] logits \(logits.shape)") }
    self.logits = logits
  }

  /// K.
  public var count: Int { logits.shape[logits.rank - 1] }

  public var support: Support { .integers(0...1) }

  /// The probabilities.
  public var mean: Tensor { logits.softmax() }

  public func logProbability(of x: Tensor) -> Tensor { (x * logits.logSoftmax()).sum(axis: -1) }

  /// The largest of yₖ - log(-log Uₖ) (Gumbel), one-hot.
  public func sample(_ noise: RandomKey) -> Tensor {
    let gumbel = -(-noise.uniform(logits.shape, type: logits.type).log()).log()
    return (logits + gumbel).argmax().oneHot(count, type: logits.type)
  }

  /// -Σ pₖ log pₖ.
  public var entropy: Tensor? { -(mean * logits.logSoftmax()).sum(axis: -1) }

  /// Σ qₖ (log qₖ - log pₖ) from another categorical distribution.
  public func klDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? Categorical else { return nil }
    return (mean * (logits.logSoftmax() - other.logits.logSoftmax())).sum(axis: -1)
  }

  public func repeated(_ count: Int) -> Categorical {
    Categorical(logits: logits.repeatedEvents(count, eventRank: 1))
  }
}
