import Tensors

/// log((1/k) Σ wₖ) of importance weights that come in parts: what is kept does not grow with k.
///
/// ```
/// m ← max(m, maxₖ log wₖ)        s ← s exp(m' - m) + Σ exp(log wₖ - m)        log p(x) ≈ m + log s - log k
/// ```
///
/// The mean of the weights is an unbiased estimate of p(x) (Burda, Grosse and Salakhutdinov, Importance weighted
/// autoencoders, ICLR 2016, section 2); its logarithm falls short of log p(x), by less the more draws there are.
public struct RunningEvidence: Sendable {
  /// m, the largest log weight so far: (batch...).
  public let largest: Tensor
  /// s, the sum of the weights over exp(m): (batch...).
  public let sum: Tensor

  /// Below every log weight that counts, and finite: its difference from itself is a number.
  public static let lowest = -1e30

  /// What was kept; `lowest` and 0 before the first weight.
  public init(largest: Tensor, sum: Tensor) { (self.largest, self.sum) = (largest, sum) }

  /// With further weights.
  ///
  /// - Parameters:
  ///   - logWeights: (batch..., k).
  ///   - isCounted: 1 for weights that count, else 0: (k), or nil where all do.
  public func adding(_ logWeights: Tensor, where isCounted: Tensor? = nil) -> RunningEvidence {
    let counted = isCounted.map { $0.broadcast(to: logWeights.shape) }
    let candidates = counted.map { select($0, logWeights, Self.lowest) } ?? logWeights
    let next = maximum(largest, candidates.max(axis: -1))
    let weights = (candidates - next.expandedDimensions(at: -1)).exp()
    let added = (counted.map { weights * $0 } ?? weights).sum(axis: -1)
    return RunningEvidence(largest: next, sum: sum * (largest - next).exp() + added)
  }

  /// log of the mean of so many weights: (batch...), nats.
  public func logMean(of count: Int) -> Tensor { largest + (sum / Double(count)).log() }
}
