import Datasets
import Foundation
import Models
import Testing

@testable import Training

@Suite("Runs")
struct RunTests {
  let scratch: Scratch
  let settings: Settings

  init() throws {
    scratch = try Scratch()
    settings = try Small.files(in: scratch)
  }

  private func finalState(_ path: String) throws -> (checkpoint: Checkpoint, metrics: [Metrics]) {
    let folder = try RunFolder.open(path)
    var checkpoint = try Checkpoint(from: folder.latestCheckpoint())
    checkpoint.progress.seconds = 0
    checkpoint.progress.sums = MetricSums()
    return (checkpoint, try folder.readMetrics().map(\.timeless))
  }

  @Test("a run leaves its configuration, metrics, checkpoints and pictures")
  func folder() throws {
    let run = try Small.run(settings, at: scratch.path("run"))
    var told: [Metrics] = []
    let ending = try run.train(report: { event in
      if case .metrics(let metrics) = event { told.append(metrics) }
    })
    #expect(ending == .finished)
    let folder = try RunFolder.open(scratch.path("run"))
    #expect(try folder.readMetrics() == told)
    #expect(told.map(\.step) == [3, 3, 6, 6, 9, 9])

    let configuration = try folder.readConfiguration()
    #expect(configuration.settings.likelihood == .bernoulli)
    #expect(configuration.data.map(\.name) == [settings.data, settings.test])
    #expect(configuration.shape == [2, 3])
    #expect(configuration.machine.device == "cpu")

    let checkpoint = try Checkpoint(from: folder.latestCheckpoint())
    #expect(checkpoint.parameters["encoder.layers.0.weight"]?.shape == [5, 6])
    #expect(checkpoint.parameters["decoder.logits.bias"]?.shape == [6])
    #expect(checkpoint.optimizer["firstMoment.encoder.mean.weight"]?.shape == [2, 5])
    #expect(checkpoint.optimizer["step"] == DataArray([Int32(9)]))
    #expect(checkpoint.progress.step == 9)
    #expect(checkpoint.progress.epoch == 3)

    let images = try FileManager.default.contentsOfDirectory(atPath: folder.imagesPath).sorted()
    #expect(
      images == [
        "reconstructions-epoch-1.png", "reconstructions-epoch-2.png", "reconstructions.png", "samples-epoch-1.png",
        "samples-epoch-2.png", "samples.png",
      ])
    #expect(try Picture(png: folder.imagesPath + "/samples.png").channels == 1)
  }

  @Test("a run that was stopped goes on to the same bits", arguments: [1, 3, 4, 8])
  func resuming(at step: Int) throws {
    _ = try Small.run(settings, at: scratch.path("whole")).train()

    let stopped = try Small.run(settings, at: scratch.path("parts"))
    stopped.loop.largestChunk = 1
    let ending = try stopped.train(shouldStop: { stopped.loop.progress.step >= step })
    guard case .stopped(let checkpoint) = ending else {
      Issue.record("it did not stop")
      return
    }
    #expect(checkpoint.hasSuffix("step-0000000\(step).safetensors"))
    let resumed = try Small.resume(scratch.path("parts"))
    #expect(resumed.loop.progress.step == step)
    #expect(try resumed.train() == .finished)

    let (whole, parts) = (try finalState(scratch.path("whole")), try finalState(scratch.path("parts")))
    #expect(parts.metrics == whole.metrics)
    #expect(parts.checkpoint.parameters == whole.checkpoint.parameters)
    #expect(parts.checkpoint.optimizer == whole.checkpoint.optimizer)
    #expect(parts.checkpoint.progress == whole.checkpoint.progress)
    #expect(try Small.resume(scratch.path("parts")).isFinished)
  }

  /// Of ten data, batches of three end with one of a single datum.
  @Test("running statistics and what is dropped go on to the same bits", arguments: [1, 2, 4, 5])
  func layers(at step: Int) throws {
    var settings = settings
    (settings.normalization, settings.dropout, settings.batchSize, settings.epochs) = (.batch, 0.3, 3, 2)
    _ = try Small.run(settings, at: scratch.path("whole")).train()
    let stopped = try Small.run(settings, at: scratch.path("parts"))
    stopped.loop.largestChunk = 1
    _ = try stopped.train(shouldStop: { stopped.loop.progress.step >= step })
    let resumed = try Small.resume(scratch.path("parts"))
    #expect(resumed.loop.progress.step == step)
    _ = try resumed.train()
    let (whole, parts) = (try finalState(scratch.path("whole")), try finalState(scratch.path("parts")))
    #expect(parts.metrics == whole.metrics)
    #expect(parts.checkpoint.parameters == whole.checkpoint.parameters)
    #expect(parts.checkpoint.optimizer == whole.checkpoint.optimizer)
    for part in ["encoder", "decoder"] {
      let means = try #require(whole.checkpoint.parameters["\(part).norms.0.running_mean"])
      #expect(means.shape == [5] && Set(means.elements(as: Float.self)).count == 5)
      #expect(whole.checkpoint.optimizer["firstMoment.\(part).norms.0.running_mean"] == nil)
      #expect(whole.checkpoint.optimizer["firstMoment.\(part).norms.0.weight"]?.shape == [5])
    }
    // Back to the beginning, they are as they began.
    try resumed.loop.trainer.reset()
    let first = try resumed.loop.trainer.parameterArrays()
    #expect(first["encoder.norms.0.running_var"] == DataArray([Float](repeating: 1, count: 5)))
    #expect(first == (try Small.run(settings, at: scratch.path("new")).loop.trainer.parameterArrays()))
  }

  @Test("without running statistics a checkpoint is not this model's")
  func missingStatistics() throws {
    var settings = settings
    (settings.normalization, settings.epochs) = (.batch, 1)
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    var checkpoint = try Checkpoint(from: run.folder.latestCheckpoint())
    checkpoint.parameters["decoder.norms.0.running_var"] = nil
    try run.folder.write(checkpoint)
    let error = #expect(throws: DataError.self) { try TrainedModel(run.folder) }
    #expect(error?.description.contains("no decoder.norms.0.running_var") == true, "\(String(describing: error))")
  }

  @Test("parameters of single data go on to the same bits, and are left in the file for other data")
  func table() throws {
    var settings = settings
    settings.amortization = .table
    settings.refinements = 2
    _ = try Small.run(settings, at: scratch.path("whole")).train()
    let stopped = try Small.run(settings, at: scratch.path("parts"))
    stopped.loop.largestChunk = 1
    _ = try stopped.train(shouldStop: { stopped.loop.progress.step >= 4 })
    _ = try Small.resume(scratch.path("parts")).train()
    let (whole, parts) = (try finalState(scratch.path("whole")), try finalState(scratch.path("parts")))
    #expect(parts.metrics == whole.metrics)
    #expect(parts.checkpoint.parameters == whole.checkpoint.parameters)
    #expect(parts.checkpoint.optimizer == whole.checkpoint.optimizer)
    let means = try #require(whole.checkpoint.parameters["posterior.mean"])
    #expect(means.shape == [10, 2] && Set(means.elements(as: Float.self)).count == 20)
    let trained = try TrainedModel(RunFolder.open(scratch.path("whole")))
    #expect(trained.model.parameters.entries.allSatisfy { !$0.path.hasPrefix("posterior") })
  }

  @Test("data kept apart are measured and not learned from")
  func validation() throws {
    var settings = settings
    settings.validation = 3
    settings.outputBias = .data
    settings.reduction = .sum
    let run = try Small.run(settings, at: scratch.path("run"))
    #expect((run.data.train.count, run.data.validation?.count, run.data.test?.count) == (7, 3, 7))
    #expect(try run.train() == .finished)
    #expect(
      try run.folder.readMetrics().map(\.split) == Array(repeating: [.train, .validation], count: 3).flatMap { $0 })
    let trained = try TrainedModel(run.folder)
    #expect(try trained.openData().split == .test)
    let part = try trained.openData(.validation)
    #expect(part.split == .validation && part.data == run.data.validation)
    settings.validation = 10
    #expect(throws: DataError.self) { try Small.run(settings, at: scratch.path("none")) }
  }

  @Test("the last bias begins with the logit of the data's mean, and losses are summed where asked")
  func recipe() throws {
    var settings = settings
    settings.outputBias = .data
    settings.steps = 1
    settings.optimizer = .sgd
    settings.learningRate = 1e-12
    func first(_ reduction: Reduction) throws -> (bias: [Float], norm: Double) {
      settings.reduction = reduction
      let run = try Small.run(settings, at: scratch.path(reduction.rawValue))
      _ = try run.train()
      let arrays = try run.loop.trainer.parameterArrays()
      let norm = try #require(try run.folder.readMetrics()[0].gradientNorm)
      return (try #require(arrays["decoder.logits.bias"]).elements(as: Float.self), norm)
    }
    let (mean, sum) = (try first(.mean), try first(.sum))
    let bytes = Small.data(10).images.bytes
    for pixel in 0..<6 {
      let share = (0..<10).reduce(0) { $0 + Double(bytes[$1 * 6 + pixel]) / 2550 }
      #expect(abs(Double(mean.bias[pixel]) - log(share / (1 - share))) < 1e-5)
    }
    // A batch of four.
    #expect(abs(sum.norm - 4 * mean.norm) < 1e-4 * sum.norm)
  }

  @Test("a checkpoint records the kernels that it was made with, and going on with others is told")
  func otherKernels() throws {
    let run = try Small.run(settings, at: scratch.path("run"))
    run.loop.largestChunk = 1
    _ = try run.train(shouldStop: { run.loop.progress.step >= 3 })
    #expect(run.earlierMachine == nil)
    #expect(try Small.resume(scratch.path("run")).earlierMachine == nil)

    // As another choice of kernels on the same device would have left it.
    let path = try run.folder.latestCheckpoint()
    var checkpoint = try Checkpoint(from: path)
    #expect(checkpoint.configuration.machine.kernels == nil)
    checkpoint.configuration.machine.kernels = "gpu 0123456789abcdef"
    try run.folder.write(checkpoint)
    let resumed = try Small.resume(scratch.path("run"))
    #expect(resumed.earlierMachine?.kernels == "gpu 0123456789abcdef")
    // From then on the checkpoints are of this device.
    _ = try resumed.train()
    #expect(try Small.resume(scratch.path("run")).earlierMachine == nil)
  }

  @Test("lines that a crash left behind the last checkpoint are written again")
  func crash() throws {
    _ = try Small.run(settings, at: scratch.path("whole")).train()
    let run = try Small.run(settings, at: scratch.path("crashed"))
    run.loop.largestChunk = 1
    _ = try run.train(shouldStop: { run.loop.progress.step >= 3 })
    var line = try run.folder.readMetrics()[0]
    line.step = 6
    try run.folder.append(line)
    _ = try Small.resume(scratch.path("crashed")).train()
    #expect(try finalState(scratch.path("crashed")).metrics == finalState(scratch.path("whole")).metrics)
  }

  @Test("steps end a run in the middle of an epoch, with a test and a checkpoint")
  func steps() throws {
    var settings = settings
    settings.steps = 4
    let run = try Small.run(settings, at: scratch.path("run"))
    #expect(try run.train() == .finished)
    #expect(try run.folder.readMetrics().map(\.step) == [3, 3, 4, 4])
    #expect(try run.folder.readMetrics().map(\.epoch) == [1, 1, 2, 2])
    #expect(try Checkpoint(from: run.folder.latestCheckpoint()).progress.position == 4)
  }

  @Test("tests and checkpoints come as often as asked, and at the end")
  func intervals() throws {
    var settings = settings
    settings.testEvery = 2
    settings.checkpointEvery = 100
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    #expect(try run.folder.readMetrics().filter { $0.split == .test }.map(\.epoch) == [2, 3])
    #expect(try run.folder.latestCheckpoint().hasSuffix("latest"))
    #expect(try Checkpoint(from: run.folder.latestCheckpoint()).progress.step == 9)
  }

  @Test("a model read back gives the figures that training ended with")
  func reading() throws {
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    let last = try run.folder.readMetrics()[5]
    let trained = try TrainedModel(RunFolder.open(scratch.path("run")))
    let part = try trained.openData()
    #expect(part.split == .test)
    let evaluation = try Evaluation(
      trained.model, on: part.data, split: part.split, pixels: part.pixels, seed: trained.settings.seed,
      device: run.loop.trainer.backend)
    #expect(abs(evaluation.elbo - last.elbo) <= 4 * Double(Float.ulpOfOne) * abs(last.elbo))
    #expect(evaluation.count == 7)
    #expect(evaluation.latentSize == 2)
    #expect(abs(evaluation.klPerDimension.reduce(0, +) - evaluation.kl) < 1e-12)
  }

  @Test("data that changed are not taken for those of the run, and others' places are")
  func changedData() throws {
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    let configuration = try run.folder.readConfiguration()
    let moved = scratch.path("moved")
    try FileManager.default.createDirectory(atPath: moved, withIntermediateDirectories: true)
    for name in ["train.idx", "test.idx"] {
      try FileManager.default.moveItem(atPath: scratch.path(name), toPath: moved + "/" + name)
    }
    #expect(throws: DataError.self) { try configuration.reopenData() }
    #expect(try configuration.reopenData(in: moved).train.count == 10)
    try IDX.write(Small.data(10, seed: 9).images, to: moved + "/train.idx")
    #expect(throws: RunError.self) { try configuration.reopenData(in: moved) }
  }

  @Test("the checkpoint of another model is refused")
  func otherModel() throws {
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    var configuration = try run.folder.readConfiguration()
    configuration.settings.hidden = [6]
    try run.folder.writeConfiguration(configuration)
    let error = #expect(throws: DataError.self) { try Small.resume(scratch.path("run")) }
    #expect(error.map { "\($0)" }?.contains("encoder.layers.0.weight") == true)
  }
}
