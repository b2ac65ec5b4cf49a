import Elbo
import FoundationEssentials
import Glibc

extension Verb {
  /// `elbo train [DATA]`.
  static let train: Verb = {
    let data = Argument(optional: "DATA", .text("DATA"), "sprites, rooms, mnist, or an IDX file [sprites]")
    let output = Option<String?>("output", .path, absent: "runs/NAME-DATE", "the run folder to make")
    let resume = Option<String?>("resume", .path, "a run folder to go on with, to the end that it was made for")
    let list = Option(flag: "list", "prints what there is to compose a run of, and does nothing else")
    let options = SettingsOptions.self
    return Verb(
      "train", "trains a model and leaves a run folder",
      discussion: "sprites and rooms are drawn by the program; mnist is looked for in --data-folder, else in "
        + "$ELBO_DATA, ./data and the cache. Likelihoods are in nats per datum.\n"
        + "Ctrl-C writes a checkpoint and says where; --resume goes on from there.",
      arguments: [data],
      options: options.groups + [
        OptionGroup("run", [options.device, options.testEvery, options.checkpointEvery, output, resume, list])
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
        try Training.resume(folder, call)
      } else {
        var settings = try options.settings(of: call)
        if let name = call[data] { settings.data = name }
        try settings.validate()
        try Training.begin(settings, output: call[output], call)
      }
    }
  }()
}

/// A run as the command line sees it: it is told about while it trains, and can be interrupted.
private enum Training {
  static func begin(_ settings: Settings, output: String?, _ call: Call) throws {
    let console = call.console
    let device = try Device(settings.deviceName())
    let data = try settings.openData()
    let run = try Run(settings, on: data, device: device.backend, output: output ?? defaultOutput(data))
    try train(run, on: device, console)
  }

  static func resume(_ path: String, _ call: Call) throws {
    let console = call.console
    let folder = try RunFolder.open(path)
    let configuration = try folder.readConfiguration()
    let earlier = DeviceName(configuration.machine.device) ?? .auto
    let device = try Device(call.isGiven(SettingsOptions.device) ? call[SettingsOptions.device] : earlier)
    let data = try configuration.reopenData(in: call[SettingsOptions.dataFolder])
    let run = try Run(resuming: folder, on: data, device: device.backend)
    guard !run.isFinished else {
      console.note("\(folder.path) is finished: \(run.loop.progress.step) steps of \(run.totalSteps) are done")
      return
    }
    if let earlier = run.earlierMachine {
      console.warn(
        "the checkpoint is of another device, or of kernels cut otherwise, so the run does not go on bit for bit: "
          + "\(RunConfiguration.Machine(device.description).summary) now, \(earlier.summary) then")
    }
    console.note("going on after step \(run.loop.progress.step)")
    try train(run, on: device, console)
  }

  private static func train(_ run: Run, on device: Device, _ console: Console) throws {
    let (data, settings) = (run.data, run.configuration.settings)
    let shape = data.train.datumShape.map(String.init).joined(separator: " x ")
    let layers = settings.network == .mlp ? settings.hidden : settings.channels
    let sizes = ([data.train.datumSize] + layers + [settings.latent]).map(String.init)
    let validating = data.validation.map { ", \($0.count) to validate with" } ?? ""
    let testing = data.test.map { ", \($0.count) to test with" } ?? ""
    device.note(on: console)
    console.note("device: \(device.description.id), \(device.description.name)")
    console.note("data: \(data.name), \(data.train.count) of \(shape) to learn from\(validating)\(testing)")
    console.note(
      "model: \(settings.model.rawValue), \(settings.network.rawValue) \(sizes.joined(separator: "-")), "
        + "\(run.loop.trainer.minimizer.arena.count) parameters, \(run.totalSteps) steps")
    console.note("run: \(run.folder.path)")

    var view = TrainingView(run, console)
    let ending = try run.train(shouldStop: { Interrupt.pending != nil }, report: { try view.take($0) })
    view.finish()
    switch ending {
    case .finished:
      console.result("run: \(run.folder.path)")
      console.result("pictures: \(run.folder.imagesPath)")
    case .stopped(let checkpoint):
      throw Interrupted(
        signal: Interrupt.pending ?? SIGINT,
        description: "checkpoint at \(checkpoint); 'elbo train --resume \(run.folder.path)' goes on from there")
    }
  }

  /// `runs/`, the name of the data, and the time; numbered where there is such a run already.
  private static func defaultOutput(_ data: DataSource) -> String {
    let name = data.name.split(separator: "/").last.map(String.init) ?? data.name
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%d-%H%M%S", &parts)
    let date = String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = "runs/\(name.split(separator: ".").first.map(String.init) ?? name)-\(date)"
    func isFree(_ path: String) -> Bool { !FileManager.default.fileExists(atPath: path) }
    return isFree(path) ? path : (2...).lazy.map { "\(path)-\($0)" }.first(where: isFree) ?? path
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
