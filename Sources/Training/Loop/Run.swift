import Datasets
import Inference
import Models
import Runtime
import Tensors

/// Training from its settings to its end, which leaves a run folder.
public final class Run {
  public let folder: RunFolder
  public let configuration: RunConfiguration
  public let data: DataSource
  public let loop: TrainingLoop
  /// Batches in the whole run.
  public let totalSteps: Int
  /// The machine that wrote the checkpoint from which this run goes on, where it was another: then it does not go on bit
  /// for bit.
  public let earlierMachine: RunConfiguration.Machine?

  private let machine: RunConfiguration.Machine
  let gallery: Gallery?
  var events: TensorBoardFile
  /// What the schedule's learning rate is multiplied by, where anything lowers it: (1,).
  private let rateFactor: Variable?
  /// How often it went back since it was opened.
  var rollbacks = 0
  /// Held from the opening of a run to the end of its training.
  private var lock: RunFolder.Lock?
  var settings: Settings { configuration.settings }

  /// What happens while a run trains.
  public enum Event {
    /// Some steps are done: images since the last such event, and their mean loss.
    case progress(images: Int, loss: Double)
    /// A line was added to the metrics.
    case metrics(Metrics)
    /// The learning rate is the schedule's times this, as nothing had become better.
    case loweredRate(factor: Double)
    /// A step was not finite, and the run is where it was after this step, with another factor of the learning rate.
    case rolledBack(Divergence, step: Int, factor: Double)
  }

  /// How training ended.
  public enum Ending: Hashable, Sendable {
    case finished
    /// Nothing had become better for as long as the settings say.
    case stoppedEarly
    /// It was asked to stop, and left this checkpoint.
    case stopped(checkpoint: String)
  }

  /// Begins a run.
  ///
  /// - Parameter output: the folder to make.
  /// - Throws: `SettingsError`, `RunError` and `DataError` for the folder, and what the device throws.
  public convenience init(_ settings: Settings, on data: DataSource, device: any Backend, output: String) throws {
    try settings.validate()
    try settings.validate(forShape: data.train.datumShape)
    try settings.validate(for: data)
    var settings = settings.withAbsolutePaths
    let shape = data.train.datumShape
    settings.likelihood = settings.likelihood(forShape: shape)
    if settings.model == .m2, settings.classifierWeight == nil {
      let labeled = settings.labeling(of: data.train)?.keptCount(of: data.train) ?? 0
      settings.classifierWeight = 0.1 * Double(data.train.count) / Double(max(labeled, 1))
    }
    let conditionSize = data.train.conditionSize
    let condition = settings.condition(
      forShape: shape, classCount: data.train.classCount, conditionSize: conditionSize)
    guard !condition.needsLabels || data.train.classCount > 0 else { throw RunError.noLabels(data.name) }
    let configuration = RunConfiguration(
      settings: settings, data: try data.fingerprints(), shape: shape, classCount: data.train.classCount,
      conditionSize: conditionSize, dataCount: data.train.count, machine: RunConfiguration.Machine(device.device))
    let folder = try RunFolder.create(at: output)
    try self.init(folder, configuration, on: data, device: device)
    try folder.writeConfiguration(configuration)
  }

  /// Opens a run to go on where it stopped: on the same device, bit for bit as if it had not. A run that has no
  /// checkpoint yet begins anew.
  ///
  /// - Parameters:
  ///   - step: goes on from the checkpoint after so many steps, and not from the latest.
  ///   - onNaN: what happens where a step is not finite, in place of the configuration's.
  /// - Throws: `RunError.busy` where another process trains in the folder, which then stays as it is; `RunError` where
  ///   there is no run or its checkpoint is damaged, and what reading it and the device throw.
  public convenience init(
    resuming folder: RunFolder, fromStep step: Int? = nil, onNaN: NonFiniteResponse? = nil, on data: DataSource,
    device: any Backend
  ) throws {
    // First of all: what is read is the folder's state for as long as nobody else trains in it.
    let lock = try folder.lock()
    let found = try folder.readCheckpoint(afterStep: step)
    var configuration = try folder.readConfiguration()
    if let onNaN { configuration.settings.onNaN = onNaN }
    try self.init(
      folder, configuration, on: data, device: device, earlier: found?.checkpoint.configuration.machine)
    self.lock = lock
    if onNaN != nil { try folder.writeConfiguration(configuration) }
    if let found { try restore(found.checkpoint, from: found.path) }
    try folder.dropMetrics(after: loop.progress.step)
    events = TensorBoardFile(in: folder, goingOnAfter: loop.progress.step)
  }

  private init(
    _ folder: RunFolder, _ configuration: RunConfiguration, on data: DataSource, device: any Backend,
    earlier: RunConfiguration.Machine? = nil
  ) throws {
    let settings = configuration.settings
    let machine = RunConfiguration.Machine(device.device)
    self.machine = machine
    earlierMachine = earlier == machine ? nil : earlier
    self.folder = folder
    events = TensorBoardFile(in: folder)
    self.configuration = configuration
    self.data = data
    let labeling = settings.labeling(of: data.train)
    let dataCount = labeling?.epoch(of: data.train) ?? data.train.count
    totalSteps = settings.totalSteps(dataCount: dataCount)
    rateFactor = settings.lowersRate ? Variable(Tensor([Float(1)])) : nil
    let means =
      try settings.outputBias == .data ? configuration.pixels(of: data.train).means(of: data.train, on: device) : nil
    let model = configuration.makeModel(means: means)
    let trainer = try Trainer(
      model, optimizer: settings.makeOptimizer(dataCount: dataCount, factor: rateFactor),
      options: settings.minimizerOptions, datumOptimizer: settings.makeTableOptimizer(factor: rateFactor), on: device,
      seed: settings.seed)
    loop = try TrainingLoop(
      trainer, on: data.train, validating: data.measured, batchSize: settings.batchSize,
      objective: settings.makeObjective(steps: settings.updates(in: totalSteps)), binarization: settings.binarize,
      areCounts: configuration.areCounts, condition: configuration.condition, labeling: labeling,
      split: data.validation == nil ? .test : .validation)
    gallery = Gallery(
      model, shape: configuration.shape, condition: configuration.condition, seed: settings.seed, on: device)
  }

  public var isFinished: Bool { loop.progress.isStopped || loop.progress.step >= totalSteps }

  /// Trains to the end, or until asked to stop. Nobody else trains in the folder meanwhile.
  ///
  /// - Parameter shouldStop: asked about ten times a second.
  /// - Throws: `RunError.diverged`, `RunError.notSaved` where the disk takes no more, `RunError.busy`, and what the device
  ///   throws.
  public func train(shouldStop: () -> Bool = { false }, report: (Event) throws -> Void = { _ in }) throws -> Ending {
    lock = try lock ?? folder.lock()
    defer { lock = nil }
    folder.removeTemporaryFiles()
    do {
      try writeMissing()
      while !isFinished {
        do {
          let outcome = try loop.advance(to: totalSteps, shouldStop: shouldStop) {
            try report(.progress(images: $0, loss: $1))
          }
          if outcome == .stopped { return .stopped(checkpoint: try writeCheckpoint()) }
        } catch RunError.diverged(let divergence) {
          try recover(from: divergence, report)
          continue
        }
        try finishEpoch(report)
      }
      return loop.progress.isStopped ? .stoppedEarly : .finished
    } catch let error as DataError {
      guard case .unwritable = error else { throw error }
      throw RunError.notSaved(
        path: folder.path, reason: error.description, step: (try? folder.readCheckpoint())?.checkpoint.progress.step)
    }
  }

  /// Writes what an epoch leaves: lines of metrics, a checkpoint, pictures.
  private func finishEpoch(_ report: (Event) throws -> Void) throws {
    let epoch = loop.progress.epoch
    func isDue(every epochs: Int) -> Bool { isFinished || epoch.isMultiple(of: epochs) }

    var line = loop.finishLine()
    try add(line, report)
    if isDue(every: settings.testEvery), let test = try loop.evaluate() {
      try add(test, report)
      line = test
    }
    let isJudged = data.measured == nil || line.split != .train
    let isBest = isJudged && loop.judge(line)
    if isJudged { try actOnStandstill(report) }
    if isBest || isDue(every: settings.checkpointEvery) { try writeCheckpoint() }
    if picturesAreDue { try writePictures() }
    if isFinished { try Report(folder).write() }
  }

  /// Ends training, or lowers the learning rate, where nothing has become better for long.
  private func actOnStandstill(_ report: (Event) throws -> Void) throws {
    if loop.progress.judgedSinceBest >= settings.patience ?? .max { loop.noteStop() }
    guard settings.schedule == .plateau, loop.progress.judgedSinceLowering >= settings.plateauTests else { return }
    try lowerRate(to: loop.progress.rateFactor * settings.scheduleFactor)
    try report(.loweredRate(factor: loop.progress.rateFactor))
  }

  func lowerRate(to factor: Double) throws {
    loop.noteRate(factor: factor)
    try writeRate(factor: factor)
  }

  func writeRate(factor: Double) throws { try rateFactor?.write(Tensor([Float(factor)])) }

  private func add(_ metrics: Metrics, _ report: (Event) throws -> Void) throws {
    try folder.append(metrics)
    try events.append(TensorBoardEvent(metrics))
    try report(.metrics(metrics))
  }

  @discardableResult
  private func writeCheckpoint() throws -> String {
    var configuration = configuration
    configuration.machine = machine
    let trainer = loop.trainer
    return try folder.write(
      Checkpoint(
        parameters: try trainer.parameterArrays(), optimizer: try trainer.optimizerArrays(),
        averages: try trainer.averageArrays(), progress: loop.progress, configuration: configuration),
      keeping: settings.keep)
  }

  /// Takes parameters in place of those that the run would begin with, and writes a checkpoint.
  func adopt(_ parameters: [String: DataArray], from path: String) throws {
    try loop.trainer.load(parameters, from: path)
    try writeCheckpoint()
  }

  func restore(_ checkpoint: Checkpoint, from path: String) throws {
    try loop.trainer.load(checkpoint, from: path)
    try loop.resume(at: checkpoint.progress)
    try writeRate(factor: checkpoint.progress.rateFactor)
  }
}
