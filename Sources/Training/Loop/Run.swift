import Datasets
import Inference
import Models
import Runtime

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
  private let gallery: Gallery?
  private var settings: Settings { configuration.settings }

  /// What happens while a run trains.
  public enum Event {
    /// Some steps are done: images since the last such event, and their mean loss.
    case progress(images: Int, loss: Double)
    /// A line was added to the metrics.
    case metrics(Metrics)
  }

  /// How training ended.
  public enum Ending: Hashable, Sendable {
    case finished
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
    var settings = settings.withAbsolutePaths
    let shape = data.train.datumShape
    settings.likelihood = settings.likelihood(forShape: shape)
    if settings.model == .m2, settings.classifierWeight == nil {
      settings.classifierWeight = 0.1 * Double(data.train.count) / Double(settings.labeled ?? data.train.count)
    }
    let condition = settings.condition(forShape: shape, classCount: data.train.classCount)
    guard !condition.needsLabels || data.train.classCount > 0 else { throw RunError.noLabels(data.name) }
    let configuration = RunConfiguration(
      settings: settings, data: try data.fingerprints(), shape: shape, classCount: data.train.classCount,
      dataCount: data.train.count, machine: RunConfiguration.Machine(device.device))
    let folder = try RunFolder.create(at: output)
    try self.init(folder, configuration, on: data, device: device)
    try folder.writeConfiguration(configuration)
  }

  /// Opens a run to go on where it stopped: on the same device, bit for bit as if it had not.
  ///
  /// - Throws: `RunError` where there is no run or no checkpoint, and what reading it and the device throw.
  public convenience init(resuming folder: RunFolder, on data: DataSource, device: any Backend) throws {
    let path = try folder.latestCheckpoint()
    let checkpoint = try Checkpoint(from: path)
    try self.init(
      folder, try folder.readConfiguration(), on: data, device: device, earlier: checkpoint.configuration.machine)
    try loop.trainer.load(checkpoint, from: path)
    try loop.resume(at: checkpoint.progress)
    try folder.dropMetrics(after: checkpoint.progress.step)
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
    self.configuration = configuration
    self.data = data
    let labeling = settings.labeling(dataCount: data.train.count)
    let dataCount = labeling?.epoch(of: data.train.count) ?? data.train.count
    totalSteps = settings.totalSteps(dataCount: dataCount)
    let means =
      try settings.outputBias == .data ? configuration.pixels(of: data.train).means(of: data.train, on: device) : nil
    let model = configuration.makeModel(means: means)
    let trainer = try Trainer(
      model, optimizer: settings.makeOptimizer(dataCount: dataCount), clippingNormTo: settings.clip,
      datumOptimizer: settings.makeTableOptimizer(), on: device, seed: settings.seed)
    loop = try TrainingLoop(
      trainer, on: data.train, validating: data.measured, batchSize: settings.batchSize,
      objective: settings.makeObjective(steps: totalSteps), binarization: settings.binarize,
      areCounts: configuration.areCounts, condition: configuration.condition, labeling: labeling,
      split: data.validation == nil ? .test : .validation, reduction: settings.reduction)
    gallery = Gallery(
      model, shape: configuration.shape, condition: configuration.condition, seed: settings.seed, on: device)
  }

  public var isFinished: Bool { loop.progress.step >= totalSteps }

  /// Trains to the end, or until asked to stop.
  ///
  /// - Parameter shouldStop: asked about ten times a second.
  public func train(shouldStop: () -> Bool = { false }, report: (Event) throws -> Void = { _ in }) throws -> Ending {
    while !isFinished {
      let outcome = try loop.advance(to: totalSteps, shouldStop: shouldStop) {
        try report(.progress(images: $0, loss: $1))
      }
      if outcome == .stopped { return .stopped(checkpoint: try writeCheckpoint()) }
      try finishEpoch(report)
    }
    return .finished
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
    let isBest = isJudged && loop.note(line)
    if isBest || isDue(every: settings.checkpointEvery) { try writeCheckpoint() }
    if isFinished || epoch.nonzeroBitCount == 1 { try writePictures() }
    if isFinished { try Report(folder).write() }
  }

  private func add(_ metrics: Metrics, _ report: (Event) throws -> Void) throws {
    try folder.append(metrics)
    try report(.metrics(metrics))
  }

  @discardableResult
  private func writeCheckpoint() throws -> String {
    var configuration = configuration
    configuration.machine = machine
    return try folder.write(
      Checkpoint(
        parameters: try loop.trainer.parameterArrays(), optimizer: try loop.trainer.optimizerArrays(),
        progress: loop.progress, configuration: configuration))
  }

  /// Reconstructions and samples after the epochs 1, 2, 4, 8, …, and at the end under names of their own.
  private func writePictures() throws {
    guard let gallery else { return }
    let suffix = isFinished ? "" : "-epoch-\(loop.progress.epoch)"
    let pixels = configuration.pixels(of: data.train)
    try gallery.reconstructions(of: data.measured ?? data.train, pixels: pixels)
      .writePNG(to: folder.imagesPath + "/reconstructions\(suffix).png")
    guard gallery.canSample else { return }
    try gallery.grid(of: gallery.samples(64)).writePNG(to: folder.imagesPath + "/samples\(suffix).png")
  }
}
