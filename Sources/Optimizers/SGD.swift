import Tensors

/// Stochastic gradient descent.
///
/// ```
/// g = g + λ p
/// p = p - γ g
/// ```
public struct SGD: Optimizer {
  public var learningRate: LearningRate
  /// λ: the weight of the parameters' squares, halved, in the loss.
  public var weightDecay: Double

  public init(learningRate: LearningRate, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }

  public var stateNames: [String] { [] }

  public func update(
    _ parameters: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor, step: Tensor
  ) -> OptimizerUpdate {
    let g = gradient.decayed(weightDecay, parameters)
    return OptimizerUpdate(parameters: parameters - learningRate * g, state: [])
  }
}

/// Stochastic gradient descent with momentum (Sutskever et al., 2013, in PyTorch's form).
///
/// ```
/// g = g + λ p
/// b = μ b + g
/// p = p - γ b                  or, by Nesterov, p - γ (g + μ b)
/// ```
public struct Momentum: Optimizer {
  public var learningRate: LearningRate
  /// μ.
  public var momentum: Double
  public var isNesterov: Bool
  /// λ: the weight of the parameters' squares, halved, in the loss.
  public var weightDecay: Double

  public init(learningRate: LearningRate, momentum: Double = 0.9, isNesterov: Bool = false, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }

  public var stateNames: [String] { ["momentum"] }

  public func update(
    _ parameters: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor, step: Tensor
  ) -> OptimizerUpdate {
    let g = gradient.decayed(weightDecay, parameters)
    let buffer = state[0] * momentum + g
    let direction = isNesterov ? g + buffer * momentum : buffer
    return OptimizerUpdate(parameters: parameters - learningRate * direction, state: [buffer])
  }
}

extension Tensor {
  /// A gradient with that of λ/2 |p|² added.
  func decayed(_ weightDecay: Double, _ parameters: Tensor) -> Tensor {
    weightDecay == 0 ? self : self + parameters * weightDecay
  }
}
