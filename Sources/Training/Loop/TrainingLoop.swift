import Datasets
import Inference
import Layers
import Models
import Runtime
import Tensors

/// Training as one advances it by hand: over a chunk of steps, an epoch, a whole run.
public final class TrainingLoop {
  public let trainer: Trainer
  public let objective: Objective
  /// Where training stands.
  public private(set) var progress = RunProgress()

  private let training: Step
  private let testing: Step?
  private let split: Metrics.Split
  /// What the training data become, for a look at one batch.
  let inputs: Inputs
  private let started = ContinuousClock.now
  /// Seconds of work before this loop was made.
  private var earlier = 0.0
  /// Steps between two looks at whether to stop: about a tenth of a second.
  private var chunk = 1
  var largestChunk = 512

  /// Captures the steps of training and evaluation.
  ///
  /// - Parameters:
  ///   - binarization: what is made of grey pixels.
  ///   - areCounts: whether pixels are counts, which are not scaled.
  ///   - condition: what the model is told of a datum; its class where nil, and the model is told anything.
  ///   - split: what the data to test with are, in metrics.
  ///   - labeling: which of the data to learn from keep their labels; all where nil.
  /// - Throws: `RunError.noLabels`, `.noConditions`, `SupportError` where the likelihood does not take the data, and what capturing a step
  ///   throws: too little memory, a kernel that does not compile.
  public init(
    _ trainer: Trainer, on data: DataSet, validating test: DataSet? = nil, batchSize: Int,
    objective: Objective = Objective(), binarization: Binarization = .none, areCounts: Bool = false,
    condition: Condition? = nil, labeling: Labeling? = nil, split: Metrics.Split = .test
  ) throws {
    self.split = split
    self.trainer = trainer
    self.objective = objective
    let model = trainer.model
    let minimizer = trainer.minimizer

    let condition = condition ?? Condition(conditionSize: model.conditionSize)
    func inputs(of data: DataSet) throws -> Inputs {
      let pixels = Pixels(binarization, of: data, areCounts: areCounts)
      let head = model.decoder.head
      try pixels.validate(data, in: head.support, for: head.name)
      try condition.validate(data)
      return Inputs(pixels: pixels, condition: condition, isIncomplete: data.isIncomplete)
    }

    let learned = try inputs(of: data)
    self.inputs = learned
    training = try Step(
      on: trainer.backend,
      over: try learned.source(
        of: data, labeling: labeling, for: model.decoder.head, order: .shuffled, on: trainer.backend),
      batchSize: batchSize, seed: trainer.seed, metrics: BatchFigures.names + ["gradientNorm", "learningRate"],
      workspace: trainer.workspace
    ) { batch in
      Pass.training(batch.noise) {
        let finished = minimizer.stepCount.tensor.cast(to: .float32)
        let estimate = learned(batch.fields, batch.binarization).estimate(
          objective, of: model.learning(from: batch.rows), noise: batch.noise, finishedSteps: finished)
        let minimized = minimizer.minimize(estimate.loss, dataCount: batch.count)
        trainer.datumMinimizer?.minimize(estimate.loss, dataCount: batch.count)
        return BatchFigures.tensors(estimate) + [minimized.gradientNorm, minimized.learningRate]
      }
    }
    testing = try test.map { test in
      let tested = try inputs(of: test)
      return try Step(
        on: trainer.backend,
        over: try tested.source(of: test, for: model.decoder.head, order: .sequential, on: trainer.backend),
        batchSize: min(batchSize, test.count), seed: trainer.seed, drawing: .fixed, metrics: BatchFigures.names,
        workspace: trainer.workspace
      ) { batch in
        return BatchFigures.tensors(
          tested(batch.fields, batch.binarization).estimate(
            objective, of: model, noise: batch.noise, finishedSteps: nil))
      }
    }
  }

  /// Batches in an epoch.
  public var stepsPerEpoch: Int { training.runsPerEpoch }

  /// Seconds of work, with those before the run was resumed.
  public var elapsed: Double { earlier + (ContinuousClock.now - started) / .seconds(1) }

  /// How an advance ended.
  public enum Outcome: Hashable, Sendable {
    /// All data of the epoch were seen.
    case epochEnded
    /// The last step was done, in the middle of an epoch.
    case limitReached
    /// It was asked to stop.
    case stopped
  }

  /// Trains to the end of the epoch, or to a step before it.
  ///
  /// - Parameters:
  ///   - limit: the step to end at.
  ///   - shouldStop: asked about ten times a second.
  ///   - report: told after each chunk of steps how many images it had and its mean loss.
  /// - Throws: `RunError.diverged` where a figure is not finite, and what the device throws.
  public func advance(
    to limit: Int = .max, shouldStop: () -> Bool = { false },
    report: (_ images: Int, _ loss: Double) throws -> Void = { _, _ in }
  ) throws -> Outcome {
    while true {
      if progress.step >= limit { return .limitReached }
      if shouldStop() { return .stopped }
      let left = (training.dataCount - progress.position + training.batchSize - 1) / training.batchSize
      let start = ContinuousClock.now
      let records = try training.run(times: min(chunk, left, limit - progress.step))
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      try add(records, seconds: seconds, report)
      chunk = max(1, min(largestChunk, Int(0.1 / max(seconds / Double(records.count), 1e-6))))
      if progress.position == 0 { return .epochEnded }
    }
  }

  private func add(
    _ records: [Step.Record], seconds: Double, _ report: (_ images: Int, _ loss: Double) throws -> Void
  ) throws {
    var loss = 0.0
    for record in records {
      let figures = BatchFigures(record.values)
      guard figures.objective.isFinite, record.values[4].isFinite else {
        throw RunError.diverged(Divergence(step: record.run + 1, learningRate: Double(record.values[5])))
      }
      progress.sums.add(count: record.count, figures)
      progress.sums.add(gradientNorm: record.values[4], learningRate: record.values[5])
      loss -= Double(record.count) * Double(figures.objective)
    }
    progress.sums.seconds += seconds
    let images = records.reduce(0) { $0 + $1.count }
    let counters = training.counters
    progress.step = Int(counters.run)
    progress.epoch = Int(counters.epoch)
    progress.position = Int(counters.position)
    progress.seconds = elapsed
    try report(images, loss / Double(images))
  }

  /// The batch of the next step, for a look at it.
  func nextBatch() throws -> Batch { try training.nextBatch() }

  /// The figures of training since the last line, which ends with this.
  public func finishLine() -> Metrics {
    defer { progress.sums = MetricSums() }
    return progress.sums.metrics(
      step: progress.step, epoch: epochNumber, split: .train, elapsed: elapsed)
  }

  /// The figures on the test data as the model is now, or nil without such data.
  public func evaluate() throws -> Metrics? {
    guard let testing else { return nil }
    var sums = MetricSums()
    for record in try trainer.withAverages(testing.runEpoch) {
      sums.add(count: record.count, BatchFigures(record.values))
    }
    progress.seconds = elapsed
    return sums.metrics(step: progress.step, epoch: epochNumber, split: split, elapsed: elapsed)
  }

  /// Holds a line against the best one so far, and says whether it is better: its objective is larger.
  @discardableResult
  public func judge(_ metrics: Metrics) -> Bool {
    guard metrics.objective.isFinite, metrics.objective > progress.best?.objective ?? -.infinity else {
      progress.judgedSinceBest += 1
      progress.judgedSinceLowering += 1
      return false
    }
    progress.best = RunProgress.Best(step: metrics.step, objective: metrics.objective)
    progress.judgedSinceBest = 0
    progress.judgedSinceLowering = 0
    return true
  }

  /// Notes that the learning rate is the schedule's times this from now on.
  func noteRate(factor: Double) {
    progress.rateFactor = factor
    progress.judgedSinceLowering = 0
  }

  /// Notes that training is over before its last step.
  func noteStop() { progress.isStopped = true }

  /// Goes on from another place; the parameters and the optimizer's state are the caller's to load.
  func resume(at progress: RunProgress) throws {
    guard let step = UInt32(exactly: progress.step), let position = UInt32(exactly: progress.position),
      let epoch = UInt32(exactly: progress.epoch)
    else { throw StepError.cannotResume("step \(progress.step), position \(progress.position)") }
    try training.resume(
      at: StepCounters(seed: trainer.seed, noise: step, position: position, epoch: epoch, run: step))
    self.progress = progress
    earlier = progress.seconds - (ContinuousClock.now - started) / .seconds(1)
  }

  /// The epoch that is under way, or that has just ended, counted from 1.
  private var epochNumber: Int { progress.position == 0 ? progress.epoch : progress.epoch + 1 }
}
