import Tensors

/// Independent categorical distributions over levels 0, 1/(n - 1), … 1, one for each element: any histogram of grey
/// values.
///
/// ```
/// log p(x) = yₖ - log Σ exp(yⱼ)     at the level k of x
/// ```
public struct CategoricalLevels: FactorizedDistribution {
  /// y: (batch..., event..., levels).
  public let logits: Tensor
  public let eventRank: Int

  public init(logits: Tensor, eventRank: Int = 1) {
    guard eventRank < logits.rank, logits.shape[logits.rank - 1] > 1 else {
      fatalError("[categorical levels] logits \(logits.shape), events of \(eventRank) dimensions")
    }
    self.logits = logits
    self.eventRank = eventRank
  }

  public var levelCount: Int { logits.shape[logits.rank - 1] }

  public var support: Support { .levels(levelCount) }

  public var mean: Tensor { logits.softmax().matmul(.linspace(0, 1, count: levelCount, type: logits.type)) }

  public func elementLogProbability(of x: Tensor) -> Tensor {
    let level = (x * Double(levelCount - 1) + 0.5).floor().expandedDimensions(at: -1)
    let shape = logits.shape
    let isChosen = level .== Tensor.iota(Shape([shape[logits.rank - 1]]), type: logits.type)
    let chosen = select(isChosen, logits, 0).sum(axis: -1)
    return chosen - logits.logSumExp(axis: -1)
  }

  /// The level at which the distribution function passes a uniform number.
  public func sample(_ noise: RandomKey) -> Tensor {
    noise.countPassed(logits.softmax()) / Double(levelCount - 1)
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> CategoricalLevels {
    CategoricalLevels(logits: transform(logits), eventRank: eventRank)
  }

  /// Logits have one dimension more than events.
  public func repeated(_ count: Int) -> CategoricalLevels {
    CategoricalLevels(logits: logits.repeatedEvents(count, eventRank: eventRank + 1), eventRank: eventRank)
  }
}
