import Tensors

/// A distribution whose dimensions are independent: its figures are sums over the elements of an event.
public protocol FactorizedDistribution: Distribution {
  /// The number of dimensions of an event: the last ones of the parameters.
  var eventRank: Int { get }

  /// log p of each element: (batch..., event...).
  func elementLogProbability(of x: Tensor) -> Tensor

  /// The entropy of each element, (batch..., event...), or nil where it has no closed form.
  var elementEntropy: Tensor? { get }

  /// KL(self ‖ other) of each element, (batch..., event...), or nil where it has no closed form.
  func elementKLDivergence(from other: any Distribution) -> Tensor?
}

extension FactorizedDistribution {
  public func logProbability(of x: Tensor) -> Tensor { elementLogProbability(of: x).summedOverEvent(eventRank) }

  public var elementEntropy: Tensor? { nil }

  public var entropy: Tensor? { elementEntropy?.summedOverEvent(eventRank) }

  public func elementKLDivergence(from other: any Distribution) -> Tensor? { nil }

  public func klDivergence(from other: any Distribution) -> Tensor? {
    elementKLDivergence(from: other)?.summedOverEvent(eventRank)
  }
}

extension Tensor {
  /// The sum over the last `eventRank` dimensions.
  func summedOverEvent(_ eventRank: Int) -> Tensor {
    guard eventRank <= rank else {
      fatalError("[distribution] shape \(shape) has no event of \(eventRank) dimensions")
    }
    return eventRank == 0 ? self : sum(axes: Array(rank - eventRank..<rank))
  }

  /// Each event `count` times along a new dimension before the event's: (batch..., event...) to
  /// (batch..., count, event...).
  func repeatedEvents(_ count: Int, eventRank: Int) -> Tensor {
    let apart = expandedDimensions(at: rank - eventRank)
    var shape = apart.shape
    shape[rank - eventRank] = count
    return apart.broadcast(to: shape)
  }
}
