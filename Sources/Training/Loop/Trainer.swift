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
  /// Shared by the steps of training and evaluation, of which one runs at a time.
  let workspace = Workspace()

  /// Places a model's parameters on a device.
  ///
  /// - Parameters:
  ///   - largestNorm: the Euclidean length to which a longer gradient is cut.
  ///   - datumOptimizer: of what is learned of single data.
  /// - Throws: what the device throws where it has too little memory.
  public init(
    _ model: some TrainableModel, optimizer: any Optimizer = Adam(), clippingNormTo largestNorm: Double? = nil,
    datumOptimizer: any Optimizer = Adam(learningRate: 1e-2), on backend: any Backend, seed: UInt64 = 0
  ) throws {
    self.model = model
    self.backend = backend
    self.seed = seed
    minimizer = Self.minimizer(optimizer, of: ParameterArena(model, seed: seed), largestNorm)
    datumMinimizer =
      model.datumParameters.entries.isEmpty
      ? nil : Self.minimizer(datumOptimizer, of: ParameterArena(model.datumParameters, seed: seed), nil)
    for minimizer in minimizers {
      for (_, variable) in minimizer.variables { _ = try variable.storage.buffer(on: backend) }
      _ = try minimizer.arena.variable.storage.buffer(on: backend)
    }
  }

  /// Of all that is learned.
  var minimizers: [Minimizer] { [minimizer] + (datumMinimizer.map { [$0] } ?? []) }

  private static func minimizer(
    _ optimizer: some Optimizer, of arena: ParameterArena, _ largestNorm: Double?
  ) -> Minimizer {
    Minimizer(optimizer, of: arena, clippingNormTo: largestNorm)
  }

  /// Trains for some epochs.
  ///
  /// - Parameters:
  ///   - test: data whose bound is measured after every epoch.
  ///   - report: takes the figures of each epoch as they come.
  /// A conditional model is told the data's labels.
  ///
  /// - Returns: the figures of all epochs: of training, then of testing, epoch by epoch.
  /// - Throws: `RunError.diverged`, `RunError.noLabels`, `SupportError` for data that the likelihood does not take, and what
  ///   the device throws.
  @discardableResult
  public func fit(
    _ data: DataSet, batchSize: Int = 128, epochs: Int = 10, validating test: DataSet? = nil,
    binarize: Binarization = .none, objective: Objective = Objective(), report: (Metrics) -> Void = { _ in }
  ) throws -> [Metrics] {
    let loop = try TrainingLoop(
      self, on: data, validating: test, batchSize: batchSize, objective: objective, binarization: binarize)
    var all: [Metrics] = []
    for _ in 0..<epochs {
      _ = try loop.advance()
      for metrics in [loop.finishLine(), try loop.evaluate()].compactMap({ $0 }) {
        report(metrics)
        all.append(metrics)
      }
    }
    return all
  }
}
