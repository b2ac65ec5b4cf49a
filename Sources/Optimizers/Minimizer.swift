import Tensors

/// An optimizer at work on a model's parameters: its rule, its state, its counter.
///
/// ```swift
/// let minimizer = Minimizer(Adam(learningRate: 1e-3), of: ParameterArena(model, seed: 0))
/// let step = try Step(on: device) { x in
///   minimizer.minimize(model.loss(x))
/// }
/// ```
public final class Minimizer: Sendable {
  public let optimizer: any Optimizer
  public let arena: ParameterArena
  /// The norm to which a gradient that is larger is scaled down, or nil.
  public let largestNorm: Double?
  /// The number of finished steps: uint32, (1,).
  public let stepCount: Variable
  /// What the optimizer keeps for each parameter, by its names: (arena.count,).
  public let state: [(name: String, variable: Variable)]

  /// A minimizer before its first step.
  public init(_ optimizer: some Optimizer, of arena: ParameterArena, clippingNormTo largestNorm: Double? = nil) {
    self.optimizer = optimizer
    self.arena = arena
    self.largestNorm = largestNorm
    stepCount = Variable(.zeros([1], type: .uint32))
    state = optimizer.stateNames.map { ($0, Variable(.zeros([arena.count], type: arena.type))) }
  }

  /// Everything that a run which goes on needs besides the parameters, by name: `step` and the optimizer's state.
  public var variables: [(name: String, variable: Variable)] { [("step", stepCount)] + state }

  /// Records, in the step that is being captured, one step of the optimizer down the gradient of a loss.
  ///
  /// A gradient g whose norm exceeds `largestNorm` is scaled as PyTorch's `clip_grad_norm_` does:
  ///
  /// ```
  /// g · min(1, largestNorm / (|g| + 1e-6))
  /// ```
  public func minimize(_ loss: Tensor) -> Minimization {
    let gradient = arena.gradient(of: loss)
    let norm = gradient.squared().sum(keepingDimensions: true).sqrt()  // (1,)
    let clipped = largestNorm.map { gradient * minimum($0 / (norm + 1e-6), 1) } ?? gradient

    let finished = stepCount.tensor.cast(to: arena.type)
    let rate = optimizer.learningRate(finished)
    let update = optimizer.update(
      arena.variable.tensor, gradient: clipped, state: state.map(\.variable.tensor), learningRate: rate,
      step: finished + 1)

    arena.variable.assign(update.parameters)
    for ((_, variable), value) in zip(state, update.state) { variable.assign(value) }
    stepCount.assign(stepCount.tensor + 1)
    return Minimization(loss: loss, gradientNorm: norm.reshaped([]), learningRate: rate.reshaped([]))
  }
}

/// What a step of a minimizer tells; each is one number.
public struct Minimization: Sendable {
  /// The loss before the step.
  public let loss: Tensor
  /// The norm of the gradient with respect to all parameters, before it was clipped.
  public let gradientNorm: Tensor
  public let learningRate: Tensor
}
