import Tensors

/// Mixtures of normal distributions of vectors, whose dimensions are independent within a component.
///
/// ```
/// p(z) = Σₖ πₖ N(z; μₖ, diag σₖ²),     π = softmax(y)
/// ```
public struct NormalMixture: Distribution {
  /// y: (batch..., components).
  public let logits: Tensor
  /// (batch..., components, d).
  public let components: Normal

  public init(logits: Tensor, components: Normal) {
    guard components.eventRank == 1, logits.shape.dimensions == components.mean.shape.dimensions.dropLast() else {
      fatalError("[normal mixture] logits \(logits.shape) and components \(components.mean.shape)")
    }
    (self.logits, self.components) = (logits, components)
  }

  public var support: Support { .realNumbers }

  /// Σ πₖ μₖ.
  public var mean: Tensor { (logits.softmax().expandedDimensions(at: -1) * components.mean).sum(axis: -2) }

  /// log p(k | z): (batch..., d) to (batch..., components).
  public func logResponsibilities(of z: Tensor) -> Tensor { logJoint(z).logSoftmax() }

  /// log p(k, z).
  private func logJoint(_ z: Tensor) -> Tensor {
    logits.logSoftmax() + components.logProbability(of: z.expandedDimensions(at: -2))
  }

  public func logProbability(of x: Tensor) -> Tensor { logJoint(x).logSumExp(axis: -1) }

  /// Of a component that is drawn by its weight, the largest of yₖ - log(-log Uₖ) (Gumbel).
  public func sample(_ noise: RandomKey) -> Tensor {
    let gumbel = -(-noise.uniform(logits.shape, type: logits.type).log()).log()
    let count = logits.shape[logits.rank - 1]
    let isChosen = (logits + gumbel).argmax().oneHot(count, type: logits.type).expandedDimensions(at: -1)
    func chosen(_ parameter: Tensor) -> Tensor { (isChosen * parameter).sum(axis: -2) }
    let epsilon = noise.normal(mean.shape, type: logits.type)
    return chosen(components.mean) + chosen(components.standardDeviation) * epsilon
  }

  public func repeated(_ count: Int) -> NormalMixture {
    let components = components.mappingParameters { $0.repeatedEvents(count, eventRank: 2) }
    return NormalMixture(logits: logits.repeatedEvents(count, eventRank: 1), components: components)
  }
}
