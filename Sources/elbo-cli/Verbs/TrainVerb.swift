import Elbo
import Glibc

extension Verb {
  /// `elbo train [DATA]`.
  static let train: Verb = {
    let data = Argument(
      optional: "DATA", .text("DATA"), "a name (sprites, rooms, geyser, iris, mnist) or a path [sprites]")
    let output = Option<String?>("output", .path, absent: "runs/NAME-DATE", "the run folder to make")
    let resume = Option<String?>("resume", .path, "a run folder to go on with, to the end that it was made for")
    let from = Option<Int?>(
      "from", .positiveInteger, absent: "the latest", "with --resume: the step of the checkpoint to go on from")
    let timeLimit = Option<Double?>(
      "time-limit", .seconds, absent: "none", "ends with a checkpoint after so long, as 90s, 45m or 8h")
    let list = Option(flag: "list", "prints what there is to compose a run of, and does nothing else")
    let options = SettingsOptions.self
    return Verb(
      "train", "trains a model and leaves a run folder",
      discussion:
        "sprites and rooms are drawn by the program, geyser and iris are small tables; mnist is looked for in --data-folder, else in "
        + "$ELBO_DATA, ./data and the cache, which 'elbo fetch mnist' fills. A path is of IDX (raw or gz), npy, npz, safetensors "
        + "or CSV, or of a folder of pictures; 'elbo help data' tells of them.\n"
        + "Likelihoods are in nats per datum.\n"
        + "Ctrl-C and --time-limit write a checkpoint and say where; --resume goes on from there, and so it does after "
        + "a crash, from the last checkpoint: bit for bit as if nothing had been.",
      arguments: [data],
      options: options.groups + [
        OptionGroup(
          "run",
          [
            options.device, options.testEvery, options.checkpointEvery, options.keep, output, resume, from, timeLimit,
            list,
          ])
      ]
    ) { call in
      guard !call[list] else { return try Composition.list(on: call.console) }
      // From here on a signal is a wish: the run that is about to begin leaves a checkpoint.
      Interrupt.install()
      if let folder = call[resume] {
        let others = options.given(in: call) + (call.isGiven(output) ? ["--output"] : [])
        if let other = others.first ?? (call[data].map { "'\($0)'" }) {
          throw UsageError("--resume goes on as the run was configured and takes no \(other)")
        }
        try Training.resume(folder, from: call[from], timeLimit: call[timeLimit], call)
      } else {
        guard call[from] == nil else { throw UsageError("--from names a checkpoint of the run that --resume names") }
        var settings = try options.settings(of: call)
        if let name = call[data] { settings.data = name }
        try settings.validate()
        try Training.begin(settings, output: call[output], timeLimit: call[timeLimit], call)
      }
    }
  }()
}

/// A run as the command line sees it: it is told about while it trains, and can be interrupted.
private enum Training {
  static func begin(_ settings: Settings, output: String?, timeLimit: Double?, _ call: Call) throws {
    let console = call.console
    let device = try Device(settings.deviceName())
    let data = try settings.openData()
    let run = try Run(settings, on: data, device: device.backend, output: output ?? DefaultOutput.path(data.name))
    try train(run, on: device, timeLimit, console)
  }

  static func resume(_ path: String, from step: Int?, timeLimit: Double?, _ call: Call) throws {
    let console = call.console
    let folder = try RunFolder.open(path)
    let configuration = try folder.readConfiguration()
    let earlier = DeviceName(configuration.machine.device) ?? .auto
    let device = try Device(call.isGiven(SettingsOptions.device) ? call[SettingsOptions.device] : earlier)
    let data = try configuration.reopenData(in: call[SettingsOptions.dataFolder])
    let onNaN = call.isGiven(SettingsOptions.onNaN) ? call[SettingsOptions.onNaN] : nil
    let run = try Run(resuming: folder, fromStep: step, onNaN: onNaN, on: data, device: device.backend)
    guard !run.isFinished else {
      try run.writeMissing()
      console.note(
        "\(folder.path) is finished: \(run.loop.progress.step) steps of \(run.totalSteps) are done"
          + (run.loop.progress.isStopped ? ", and nothing became better" : ""))
      return
    }
    if let earlier = run.earlierMachine {
      console.warn(
        "the checkpoint is of another device, or of kernels cut otherwise, so the run does not go on bit for bit: "
          + "\(RunConfiguration.Machine(device.description).summary) now, \(earlier.summary) then")
    }
    console.note("going on after step \(run.loop.progress.step)")
    try train(run, on: device, timeLimit, console)
  }

  private static func train(_ run: Run, on device: Device, _ timeLimit: Double?, _ console: Console) throws {
    let (data, settings) = (run.data, run.configuration.settings)
    let shape = data.train.datumShape.map(String.init).joined(separator: " x ")
    let layers = settings.network == .mlp ? settings.hidden : settings.channels
    let sizes = ([data.train.datumSize] + layers + [settings.latent]).map(String.init)
    let validating = data.validation.map { ", \($0.count) to validate with" } ?? ""
    let testing = data.test.map { ", \($0.count) to test with" } ?? ""
    device.note(on: console)
    console.note("device: \(device.description.id), \(device.description.name)")
    console.note("data: \(data.name), \(data.train.count) of \(shape) to learn from\(validating)\(testing)")
    if data.train.unlabeledCount > 0 {
      console.note(
        "labels: \(data.train.classCount) classes, of \(data.train.count - data.train.unlabeledCount) of "
          + "\(data.train.count) data; the others have none")
    }
    console.note(
      "model: \(settings.model.rawValue), \(settings.network.rawValue) \(sizes.joined(separator: "-")), "
        + "\(run.loop.trainer.minimizer.arena.count) parameters, \(run.totalSteps) steps")
    if settings.model == .m2 {
      console.note("elbo: of log p(x, y) where the label y is known, of log p(x) where it is not")
    }
    console.note("run: \(run.folder.path)")

    var view = TrainingView(run, console)
    let deadline = timeLimit.map { ContinuousClock.now + .seconds($0) }
    let ending = try run.train(
      shouldStop: { Interrupt.pending != nil || deadline.map { ContinuousClock.now >= $0 } ?? false },
      report: { try view.take($0) })
    view.finish()
    switch ending {
    case .finished, .stoppedEarly:
      if ending == .stoppedEarly, let best = run.loop.progress.best {
        console.note("nothing became better after step \(best.step), which --checkpoint best takes")
      }
      console.result("run: \(run.folder.path)")
      console.result("pictures: \(run.folder.imagesPath)")
    case .stopped(let checkpoint):
      let place = "checkpoint at \(checkpoint); 'elbo train --resume \(run.folder.path)' goes on from there"
      if let signal = Interrupt.pending { throw Interrupted(signal: signal, description: place) }
      console.note("the time is up: \(place)")
    }
  }
}

extension Device {
  /// Says where it is not the device that was hoped for; after everything that can go wrong before it is used.
  func note(on console: Console) {
    if let notice { console.note(notice) }
  }
}

extension RunConfiguration.Machine {
  fileprivate var summary: String {
    "\(device), \(name), \(driver)" + (kernels.map { ", kernels \($0)" } ?? "")
  }
}
