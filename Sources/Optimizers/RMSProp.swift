import Tensors

/// RMSProp (Hinton, lecture 6.5 of Neural networks for machine learning, 2012, in PyTorch's form).
///
/// ```
/// g = g + λ p
/// v = α v + (1 - α) g²
/// p = p - γ g / (√v + ε)
/// ```
public struct RMSProp: Optimizer {
  public var learningRate: LearningRate
  /// α: how much of the mean square is kept.
  public var smoothing: Double
  /// ε, outside of the root.
  public var epsilon: Double
  /// λ: the weight of the parameters' squares, halved, in the loss.
  public var weightDecay: Double

  public init(
    learningRate: LearningRate = 1e-2, smoothing: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public var stateNames: [String] { ["meanSquare"] }

  public func update(
    _ parameters: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor, step: Tensor
  ) -> OptimizerUpdate {
    let g = gradient.decayed(weightDecay, parameters)
    let meanSquare = state[0] * smoothing + g.squared() * (1 - smoothing)
    let direction = g / (meanSquare.sqrt() + epsilon)
    return OptimizerUpdate(parameters: parameters - learningRate * direction, state: [meanSquare])
  }
}
