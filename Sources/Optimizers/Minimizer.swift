import Tensors

/// An optimizer at work on a model's parameters: its rule, its state, its counter.
///
/// ```swift
/// let minimizer = Minimizer(Adam(learningRate: 1e-3), of: ParameterArena(model, seed: 0))
/// let step = try Step(on: device, over: source, batchSize: 128, seed: 0, metrics: ["loss"]) { batch in
///   [minimizer.minimize(model.loss(batch.fields[0])).loss]
/// }
/// ```
public final class Minimizer: Sendable {
  public let optimizer: any Optimizer
  public let arena: ParameterArena
  public let options: Options
  /// The number of finished updates: uint32, (1,).
  public let stepCount: Variable
  /// What the optimizer keeps for each parameter, by its names: (arena.count,).
  public let state: [(name: String, variable: Variable)]
  /// The moving average of the parameters, (arena.count,), where one is kept.
  public let average: Variable?
  let accumulation: Accumulation?
  /// (arena.count,), where rates differ.
  private let rateFactors: Tensor?

  /// A minimizer before its first step.
  public init(_ optimizer: some Optimizer, of arena: ParameterArena, options: Options = Options()) {
    self.optimizer = optimizer
    self.arena = arena
    self.options = options
    stepCount = Variable(.zeros([1], type: .uint32))
    state = optimizer.stateNames.map { ($0, Variable(.zeros([arena.count], type: arena.type))) }
    average = options.averageDecay.map { _ in Variable(.zeros([arena.count], type: arena.type)) }
    accumulation = options.batchesPerUpdate > 1 ? Accumulation(options.batchesPerUpdate, for: arena) : nil
    rateFactors = options.rateFactors.isEmpty ? nil : Self.factors(options.rateFactors, of: arena)
  }

  /// Everything that a run which goes on needs besides the parameters, by name: `step`, the optimizer's state, and what
  /// else is kept.
  public var variables: [(name: String, variable: Variable)] {
    counters + parameterState + (average.map { [("average", $0)] } ?? [])
  }

  /// Those of one element.
  public var counters: [(name: String, variable: Variable)] { [("step", stepCount)] + (accumulation?.counters ?? []) }

  /// Those of one element for each parameter, but for the average.
  public var parameterState: [(name: String, variable: Variable)] {
    state + (accumulation.map { [("gradientSum", $0.sum)] } ?? [])
  }

  /// Records, in the step that is being captured, one step of the optimizer down the gradient of a loss.
  ///
  /// A gradient g whose norm exceeds `largestNorm` is scaled as PyTorch's `clip_grad_norm_` does:
  ///
  /// ```
  /// g · min(1, largestNorm / (|g| + 1e-6))
  /// ```
  ///
  /// - Parameter dataCount: Data that the loss is a mean over: their weight beside other batches of one update, and what
  ///   makes their sum of it.
  @discardableResult
  public func minimize(_ loss: Tensor, dataCount: Int = 1) -> Minimization {
    let mean = arena.gradient(of: loss)
    let accumulated = accumulation?.adding(mean, dataCount)
    let gradient =
      options.sumsOverData
      ? accumulated?.sum ?? mean * Double(dataCount)
      : accumulated?.gradient ?? mean
    let norm = gradient.squared().sum(keepingDimensions: true).sqrt()  // (1,)

    let finished = stepCount.tensor.cast(to: arena.type)
    let rate = optimizer.learningRate(finished)
    let update = optimizer.update(
      arena.variable.tensor, gradient: clipped(gradient, norm), state: state.map(\.variable.tensor),
      learningRate: rateFactors.map { rate * $0 } ?? rate, step: finished + 1)

    func settle(_ variable: Variable, _ value: Tensor) {
      variable.assign(accumulated.map { select($0.isDue, value, variable.tensor) } ?? value)
    }
    if let average, let decay = options.averageDecay {
      // At first the average forgets faster, so that it does not remember where it began.
      let kept = minimum(finished / (finished + 9), decay)
      settle(average, kept * average.tensor + (1 - kept) * update.parameters)
    }
    settle(arena.variable, update.parameters)
    for ((_, variable), value) in zip(state, update.state) { settle(variable, value) }
    settle(stepCount, stepCount.tensor + 1)
    if let accumulated { accumulation?.finish(accumulated) }
    return Minimization(loss: loss, gradientNorm: norm.reshaped([]), learningRate: rate.reshaped([]))
  }

  private func clipped(_ gradient: Tensor, _ norm: Tensor) -> Tensor {
    guard let size = options.largestValue else {
      return options.largestNorm.map { gradient * minimum($0 / (norm + 1e-6), 1) } ?? gradient
    }
    let cut = maximum(minimum(gradient, size), -size)
    guard let length = options.largestNorm else { return cut }
    return cut * minimum(length / (cut.squared().sum(keepingDimensions: true).sqrt() + 1e-6), 1)
  }

  /// For each parameter the factor of the longest path that it begins with, else 1.
  private static func factors(_ factors: [String: Double], of arena: ParameterArena) -> Tensor {
    let values = arena.parameters.flatMap { entry -> [Float] in
      let prefix = factors.keys.filter(entry.path.hasPrefix).max { $0.count < $1.count }
      return Array(repeating: Float(prefix.flatMap { factors[$0] } ?? 1), count: entry.range.count)
    }
    return arena.type == .float32 ? Tensor(values) : Tensor(values.map(Double.init))
  }
}

/// What a step of a minimizer tells; each is one number.
public struct Minimization: Sendable {
  /// The loss before the step.
  public let loss: Tensor
  /// The norm of the gradient with respect to all parameters, before it was clipped: of several batches, that of their
  /// mean or sum so far.
  public let gradientNorm: Tensor
  public let learningRate: Tensor
}
