import Datasets
import Inference
import Models
import Optimizers
import Runtime
import Tensors

/// A model with its optimizer on a device.
///
/// ```swift
/// let trainer = try Trainer(vae, optimizer: Adam(learningRate: 1e-3), on: device, seed: 0)
/// try trainer.fit(mnist.train, batchSize: 128, epochs: 10, validating: mnist.test)
/// ```
///
/// The model's parameters are drawn from the seed, and so are the noise and the order of the data: the same seed on the
/// same device gives the same bits.
public final class Trainer: Sendable {
  public let model: any TrainableModel
  public let backend: any Backend
  public let seed: UInt64
  /// The optimizer with its state, and the model's parameters.
  public let minimizer: Minimizer
  /// That of what is learned of single data, where there is such.
  public let datumMinimizer: Minimizer?
  /// What the model keeps and does not learn.
  let state: ModelState
  /// Shared by the steps of training and evaluation, of which one runs at a time.
  let workspace = Workspace()

  /// Places a model's parameters on a device.
  ///
  /// A model with running statistics traps where averages of its parameters are asked for: they are of the parameters as
  /// they are trained.
  ///
  /// - Parameters:
  ///   - options: clipping, accumulation, averaging, rates of parts of the model.
  ///   - datumOptimizer: of what is learned of single data, which is neither clipped nor averaged.
  /// - Throws: what the device throws where it has too little memory.
  public init(
    _ model: some TrainableModel, optimizer: any Optimizer = Adam(), options: Minimizer.Options = Minimizer.Options(),
    datumOptimizer: any Optimizer = Adam(learningRate: 0.1), on backend: any Backend, seed: UInt64 = 0
  ) throws {
    guard options.averageDecay == nil || model.parameters.state.isEmpty else {
      fatalError("[trainer] running statistics are of the parameters as they are trained, not of their averages")
    }
    self.model = model
    self.backend = backend
    self.seed = seed
    minimizer = Self.minimizer(optimizer, of: ParameterArena(model, seed: seed), options)
    let datumOptions = Minimizer.Options(
      batchesPerUpdate: options.batchesPerUpdate, sumsOverData: options.sumsOverData)
    datumMinimizer =
      model.datumParameters.entries.isEmpty
      ? nil : Self.minimizer(datumOptimizer, of: ParameterArena(model.datumParameters, seed: seed), datumOptions)
    state = try ModelState(model, on: backend)
    for minimizer in minimizers {
      for (_, variable) in minimizer.variables { _ = try variable.storage.buffer(on: backend) }
      _ = try minimizer.arena.variable.storage.buffer(on: backend)
    }
  }

  /// Of all that is learned.
  var minimizers: [Minimizer] { [minimizer] + (datumMinimizer.map { [$0] } ?? []) }

  /// All that the model computes with.
  private var variables: [Variable] { minimizers.map(\.arena.variable) + state.entries.map(\.variable) }

  private static func minimizer(
    _ optimizer: some Optimizer, of arena: ParameterArena, _ options: Minimizer.Options
  ) -> Minimizer {
    Minimizer(optimizer, of: arena, options: options)
  }

  /// Trains for some epochs. A conditional model is told the data's labels.
  ///
  /// - Parameters:
  ///   - test: data whose bound is measured after every epoch.
  ///   - patience: epochs without a better objective, on the test data where there are any, after which training ends.
  ///   - timeLimit: how long training goes on; it ends after the step that is under way then.
  ///   - restoresBest: whether the parameters of the best epoch are put back at the end.
  ///   - callbacks: told what happens, and asked whether to go on.
  ///   - report: takes the figures of each epoch as they come.
  /// - Returns: the figures of all epochs: of training, then of testing, epoch by epoch.
  /// - Throws: `RunError.diverged`, `RunError.noLabels`, `SupportError` for data that the likelihood does not take, and what
  ///   the device and the callbacks throw.
  @discardableResult
  public func fit(
    _ data: DataSet, batchSize: Int = 128, epochs: Int = 10, validating test: DataSet? = nil,
    binarize: Binarization = .none, objective: Objective = Objective(), patience: Int? = nil,
    timeLimit: Duration? = nil, restoresBest: Bool = false, callbacks: [any TrainingCallback] = [],
    report: (Metrics) -> Void = { _ in }
  ) throws -> [Metrics] {
    let loop = try TrainingLoop(
      self, on: data, validating: test, batchSize: batchSize, objective: objective, binarization: binarize)
    let deadline = timeLimit.map { ContinuousClock.now + $0 }
    var all: [Metrics] = []
    var best: [Tensor] = []
    for _ in 0..<epochs {
      let outcome = try loop.advance(
        shouldStop: { deadline.map { ContinuousClock.now >= $0 } ?? false || callbacks.contains { $0.stops(loop) } })
      guard loop.progress.sums.count > 0 else { break }
      let lines = [loop.finishLine(), try loop.evaluate()].compactMap { $0 }
      lines.forEach(report)
      all += lines
      if loop.judge(lines[lines.count - 1]), restoresBest {
        best = try variables.map { try $0.value() }
      }
      let goesOn = try callbacks.map { try $0.epochEnded(loop, lines) }.allSatisfy { $0 }
      guard outcome == .epochEnded, goesOn, loop.progress.judgedSinceBest < patience ?? .max else { break }
    }
    for (variable, value) in zip(variables, best) { try variable.write(value) }
    return all
  }
}

/// What a user of the library does while a model trains: keeps figures, draws pictures, ends it.
///
/// ```swift
/// struct Printer: TrainingCallback {
///   func epochEnded(_ loop: TrainingLoop, _ metrics: [Metrics]) -> Bool {
///     print(metrics.map(\.elbo))
///     return true
///   }
/// }
/// ```
public protocol TrainingCallback {
  /// Whether to end now; asked about ten times a second. No, where it is not written.
  func stops(_ loop: TrainingLoop) -> Bool

  /// Told of the figures of an epoch, of training and then of testing, and asked whether to go on. Yes, where it is not
  /// written.
  func epochEnded(_ loop: TrainingLoop, _ metrics: [Metrics]) throws -> Bool
}

extension TrainingCallback {
  public func stops(_ loop: TrainingLoop) -> Bool { false }
  public func epochEnded(_ loop: TrainingLoop, _ metrics: [Metrics]) throws -> Bool { true }
}
