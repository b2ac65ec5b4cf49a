import Glibc
import Tensors

/// Adam (Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1, in PyTorch's form).
///
/// ```
/// g = g + λ p
/// m = β₁ m + (1 - β₁) g
/// v = β₂ v + (1 - β₂) g²
/// p = p - γ / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
/// ```
public struct Adam: Optimizer {
  public var learningRate: LearningRate
  public var beta1: Double
  public var beta2: Double
  /// ε, outside of the root.
  public var epsilon: Double
  /// λ: the weight of the parameters' squares, halved, in the loss. `AdamW` shrinks the parameters instead.
  public var weightDecay: Double

  public init(
    learningRate: LearningRate = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public var stateNames: [String] { ["firstMoment", "secondMoment"] }

  public func update(
    _ parameters: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor, step: Tensor
  ) -> OptimizerUpdate {
    let g = gradient.decayed(weightDecay, parameters)
    let m = state[0] * beta1 + g * (1 - beta1)
    let v = state[1] * beta2 + g.squared() * (1 - beta2)
    let rate = learningRate / biasCorrection(beta1, step)  // (1,)
    // One division for each parameter, not two: a device's divisions take as long as all else here.
    let scale = biasCorrection(beta2, step).sqrt().reciprocal()  // (1,)
    return OptimizerUpdate(parameters: parameters - m * rate / (v.sqrt() * scale + epsilon), state: [m, v])
  }

  /// 1 - βᵗ, without the cancellation that would leave 1 - 0.999 in float32 four digits.
  private func biasCorrection(_ beta: Double, _ step: Tensor) -> Tensor { -(step * log(beta)).expm1() }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019).
///
/// ```
/// p = p - γ λ p
/// ```
///
/// and then Adam's step by the gradient alone.
public struct AdamW: Optimizer {
  /// The rule without decay.
  private let adam: Adam
  /// λ.
  public let weightDecay: Double

  public init(
    learningRate: LearningRate = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 1e-2
  ) {
    adam = Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.weightDecay = weightDecay
  }

  public var learningRate: LearningRate { adam.learningRate }
  public var stateNames: [String] { adam.stateNames }

  public func update(
    _ parameters: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor, step: Tensor
  ) -> OptimizerUpdate {
    let shrunk = parameters * (1 - learningRate * weightDecay)
    return adam.update(shrunk, gradient: gradient, state: state, learningRate: learningRate, step: step)
  }
}
