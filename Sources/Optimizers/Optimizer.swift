import Tensors

/// A rule that makes new parameters of old ones and a gradient, element by element.
///
/// The rule sees all parameters of a model as one tensor (n,), so a step is one pass over memory. A `Minimizer` keeps
/// its state.
///
/// The formulas are those of PyTorch 2 (`torch.optim`), epsilon and weight decay where it has them, so that runs can be
/// compared.
public protocol Optimizer: Sendable {
  var learningRate: LearningRate { get }

  /// What the rule keeps for each parameter from step to step, 0 at first. The names are keys in a checkpoint.
  var stateNames: [String] { get }

  /// One step.
  ///
  /// - Parameters:
  ///   - parameters: (n,).
  ///   - gradient: (n,).
  ///   - state: One tensor (n,) for each of `stateNames`.
  ///   - learningRate: The step's rate, (1,).
  ///   - step: The step's number counted from 1, (1,), of the parameters' type.
  func update(
    _ parameters: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor, step: Tensor
  ) -> OptimizerUpdate
}

/// What a step makes of the parameters and of an optimizer's state.
public struct OptimizerUpdate: Sendable {
  /// (n,).
  public let parameters: Tensor
  /// One tensor (n,) for each of the optimizer's `stateNames`.
  public let state: [Tensor]

  public init(parameters: Tensor, state: [Tensor]) {
    self.parameters = parameters
    self.state = state
  }
}
