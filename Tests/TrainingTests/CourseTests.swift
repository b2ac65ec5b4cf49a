import Datasets
import Foundation
import Models
import Optimizers
import Tensors
import Testing

@testable import Training

@Suite("What changes the course of a run")
struct CourseTests {
  let scratch: Scratch
  let settings: Settings

  init() throws {
    scratch = try Scratch()
    settings = try Small.files(in: scratch)
  }

  private func state(_ folder: RunFolder) throws -> Checkpoint {
    var checkpoint = try Checkpoint(from: folder.latestCheckpoint())
    checkpoint.progress.seconds = 0
    checkpoint.progress.sums = MetricSums()
    checkpoint.configuration.settings.onNaN = .stop
    return checkpoint
  }

  @Test("everything that is kept beside the weights is in a checkpoint", arguments: [2, 4, 7])
  func resuming(at step: Int) throws {
    var settings = settings
    settings.average = 0.9
    settings.accumulate = 2
    settings.clip = 1
    settings.clipValue = 0.1
    settings.encoderLearningRate = 0.02
    settings.schedule = .plateau
    settings.plateauTests = 1
    settings.epochs = 4
    let whole = try Small.run(settings, at: scratch.path("whole"))
    _ = try whole.train()
    let parts = try Small.run(settings, at: scratch.path("parts"))
    parts.loop.largestChunk = 1
    _ = try parts.train(shouldStop: { parts.loop.progress.step >= step })
    _ = try Small.resume(scratch.path("parts")).train()
    #expect(try state(parts.folder) == state(whole.folder))
    #expect(try parts.folder.readMetrics().map(\.timeless) == whole.folder.readMetrics().map(\.timeless))

    let checkpoint = try state(whole.folder)
    #expect(checkpoint.averages.keys.sorted() == checkpoint.parameters.keys.sorted())
    #expect(checkpoint.averages != checkpoint.parameters)
    #expect(checkpoint.optimizer["gradientSum.encoder.mean.weight"]?.shape == [2, 5])
    // Twelve batches, two for each update.
    #expect(checkpoint.optimizer["step"] == DataArray([Int32(6)]))
  }

  @Test("what is learned of single data goes on and back with the model", arguments: [3, 4])
  func table(at step: Int) throws {
    var settings = settings
    settings.amortization = .table
    settings.refinements = 2
    settings.tableOptimizer = .momentum
    settings.average = 0.9
    settings.accumulate = 2
    settings.reduction = .sum
    let whole = try Small.run(settings, at: scratch.path("whole"))
    let initial = try whole.loop.trainer.parameterArrays()
    _ = try whole.train()
    let parts = try Small.run(settings, at: scratch.path("parts"))
    parts.loop.largestChunk = 1
    _ = try parts.train(shouldStop: { parts.loop.progress.step >= step })
    _ = try Small.resume(scratch.path("parts")).train()
    let checkpoint = try state(whole.folder)
    #expect(try state(parts.folder) == checkpoint)
    #expect(checkpoint.optimizer["gradientSum.posterior.mean"]?.shape == [10, 2])
    #expect(
      checkpoint.averages.keys.sorted()
        == checkpoint.parameters.keys.filter { !$0.hasPrefix("posterior.") }.sorted())

    let trainer = whole.loop.trainer
    #expect(try trainer.withAverages { try trainer.parameterArrays() } != checkpoint.parameters)
    #expect(try trainer.parameterArrays() == checkpoint.parameters)
    try trainer.reset()
    #expect(try trainer.parameterArrays() == initial)
    #expect(try trainer.optimizerArrays().values.allSatisfy { $0.bytes.allSatisfy { $0 == 0 } })
  }

  @Test("the average is what is tested and evaluated, unless the trained weights are asked for")
  func averages() throws {
    var settings = settings
    settings.average = 0.9
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    let last = try #require(try run.folder.readMetrics().last)
    func elbo(_ weights: TrainedModel.Weights) throws -> Double {
      let trained = try TrainedModel(run.folder, weights: weights)
      let part = try trained.openData()
      return try Evaluation(
        trained.model, on: part.data, split: part.split, pixels: part.pixels, seed: settings.seed,
        device: Small.device()
      ).elbo
    }
    #expect(abs(try elbo(.average) - last.elbo) <= 4 * Double(Float.ulpOfOne) * abs(last.elbo))
    #expect(abs(try elbo(.trained) - last.elbo) > 1e-4)
    // What goes on is what was trained.
    let arena = run.loop.trainer.minimizer.arena
    let weights = try #require(try arena.value(of: "encoder.mean.weight")).values(as: Float.self)
    #expect(try state(run.folder).parameters["encoder.mean.weight"]?.elements(as: Float.self) == weights)
  }

  @Test("training ends where nothing becomes better, and says so when it is resumed")
  func patience() throws {
    var settings = settings
    settings.epochs = 200
    settings.learningRate = 0.1
    settings.patience = 2
    let run = try Small.run(settings, at: scratch.path("run"))
    #expect(try run.train() == .stoppedEarly)
    let tests = try run.folder.readMetrics().filter { $0.split == .test }
    let best = try #require(tests.max { $0.objective < $1.objective })
    #expect(tests.count < 200 && tests.suffix(3)[tests.count - 3] == best)
    #expect(run.loop.progress.best?.step == best.step)
    #expect(try Checkpoint(from: run.folder.bestCheckpoint()).progress.step == best.step)
    #expect(try Small.resume(scratch.path("run")).isFinished)
    #expect(FileManager.default.fileExists(atPath: run.folder.reportPath))
  }

  @Test("a plateau lowers the rate, and step does by the count")
  func schedules() throws {
    var plateau = settings
    plateau.epochs = 12
    plateau.learningRate = 0.3
    plateau.schedule = .plateau
    plateau.plateauTests = 1
    plateau.scheduleFactor = 0.5
    let run = try Small.run(plateau, at: scratch.path("plateau"))
    var lowered = 0
    var expected: [Double] = []
    _ = try run.train(report: { event in
      if case .loweredRate = event { lowered += 1 }
      // A line of training comes before its epoch is judged.
      if case .metrics(let line) = event, line.split == .train { expected.append(0.3 * pow(0.5, Double(lowered))) }
    })
    let rates = try run.folder.readMetrics().compactMap(\.learningRate)
    #expect(lowered > 0 && expected.count == 12 && rates.count == 12)
    for (rate, expected) in zip(rates, expected) { #expect(abs(rate - expected) < 1e-6 * expected) }

    var step = settings
    step.schedule = .step
    step.scheduleSteps = 3
    let stepped = try Small.run(step, at: scratch.path("step"))
    _ = try stepped.train()
    let found = try stepped.folder.readMetrics().compactMap(\.learningRate)
    for (rate, expected) in zip(found, [1e-2, 1e-3, 1e-4]) { #expect(abs(rate - expected) < 1e-6 * expected) }
  }

  @Test("a step that is not finite is named with its op, its batch is kept, and the last checkpoint too")
  func divergence() throws {
    var settings = settings
    settings.learningRate = 1e5
    settings.epochs = 40
    let run = try Small.run(settings, at: scratch.path("run"))
    let error = #expect(throws: RunError.self) { try run.train() }
    guard case .diverged(let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let finding = try #require(found.finding)
    #expect(finding.hasPrefix("in "))
    let batch = try Safetensors.read(try #require(found.batch)).tensors
    let rows = try #require(batch["rows"]).elements(as: Int32.self)
    #expect((1...4).contains(rows.count))
    let data = Small.data(10).images.elements(as: UInt8.self)
    let expected = rows.flatMap { row in (0..<6).map { Float(data[Int(row) * 6 + $0]) / 255 } }
    #expect(try #require(batch["images"]).elements(as: Float.self) == expected)
    if let checkpoint = found.checkpoint { #expect(throws: Never.self) { try Checkpoint(from: checkpoint) } }
  }

  @Test("rollback goes on with half of the rate until it holds")
  func rollback() throws {
    var settings = settings
    settings.learningRate = 3e4
    settings.epochs = 6
    settings.onNaN = .rollback
    let run = try Small.run(settings, at: scratch.path("run"))
    var factors: [Double] = []
    let ending = try run.train(report: { event in
      if case .rolledBack(_, _, let factor) = event { factors.append(factor) }
    })
    #expect(ending == .finished)
    #expect(!factors.isEmpty && factors == factors.indices.map { pow(0.5, Double($0 + 1)) })
    #expect(run.loop.progress.rateFactor == factors.last)
    #expect(try run.folder.readMetrics().allSatisfy { $0.objective.isFinite })
    #expect(try run.folder.readMetrics().map(\.step) == (1...6).flatMap { [3 * $0, 3 * $0] })
  }

  private struct Twice: TrainingCallback {
    func epochEnded(_ loop: TrainingLoop, _ metrics: [Metrics]) -> Bool { loop.progress.epoch < 2 }
  }

  @Test("callbacks, a time limit and patience end a fit, and the best parameters are put back")
  func fit() throws {
    func trainer(_ rate: Double = 0.01) throws -> Trainer {
      try Trainer(
        Small.settings.makeModel(forShape: [2, 3]), optimizer: Adam(learningRate: .constant(rate)), on: Small.device())
    }
    let (data, test) = (Small.data(10), Small.data(7, seed: 2))
    #expect(try trainer().fit(data, batchSize: 4, epochs: 9, callbacks: [Twice()]).count == 2)
    #expect(try trainer().fit(data, batchSize: 4, epochs: 9, timeLimit: .zero).isEmpty)
    let one = try trainer(0.1)
    let lines = try one.fit(data, batchSize: 4, epochs: 100, validating: test, patience: 2, restoresBest: true)
    let tests = lines.filter { $0.split == .test }
    let best = try #require(tests.max { $0.objective < $1.objective })
    #expect(tests.count < 100 && best == tests[tests.count - 3])
    let again = try TrainingLoop(one, on: data, validating: test, batchSize: 4).evaluate()
    #expect(again?.elbo == best.elbo)
  }
}
