import Elbo

extension Verb {
  /// `elbo import FILE`.
  static let `import`: Verb = {
    let options = ImportOptions.self
    return Verb(
      "import", "makes a run of weights that PyTorch trained",
      discussion:
        "Every verb takes the run; 'elbo train --resume' trains it further, for --epochs. Sizes are read off the weights; what they "
        + "do not say is said by options, whose words 'elbo train --list' explains. A file that 'elbo export' wrote says all "
        + "but the data.\n"
        + "The names of pytorch/examples' VAE (fc1, fc21, fc22, fc3, fc4) are known. For others MAP.json says what becomes "
        + "what, by whole names or by modules: {\"enc.0\": \"encoder.layers.0\", \"mu\": \"encoder.mean\", \"extra\": null}; null "
        + "leaves out. A model's own names are those of 'elbo export'. The encoder gives mean and log variance.\n"
        + "elbo import vae.safetensors --data mnist --output runs/imported",
      arguments: [options.file], options: options.groups
    ) { call in
      let weights = try ImportedWeights(call[options.file], names: call[options.names])
      do {
        try makeRun(of: weights, call)
      } catch let error as ImportError {
        throw ImportFailure(error)
      }
    }
  }()

  private static func makeRun(of weights: ImportedWeights, _ call: Call) throws {
    let options = ImportOptions.self
    var settings = try weights.sized(SettingsOptions.settings(of: call, from: weights.settings))
    if let name = call[options.data] {
      settings.data = name
    } else if try weights.inputCount(settings) == options.mnistSize {
      settings.data = "mnist"
    }
    try settings.validate()
    let data = try settings.openData()
    let device = try Device(settings.deviceName())
    let run = try Run(
      importing: weights, settings, on: data, device: device.backend,
      output: call[options.output] ?? DefaultOutput.path(call[options.file]))
    device.note(on: call.console)
    let layers = settings.network == .mlp ? settings.hidden : settings.channels
    let sizes = ([data.train.datumSize] + layers + [settings.latent]).map(String.init).joined(separator: "-")
    let count = run.loop.trainer.minimizer.arena.count
    call.console.note("model: \(settings.model.rawValue), \(settings.network.rawValue) \(sizes), \(count) parameters")
    call.console.note("data: \(data.name)")
    try call.console.json(Imported(run: run.folder.path, parameters: count))
    call.console.result("run: \(run.folder.path)")
  }
}

/// What `elbo import` takes.
private enum ImportOptions {
  static let file = Argument("FILE", .path, "weights as safetensors or npz")
  static let names = Option<String?>("names", .path, "MAP.json: what the names of weights become")
  static let data = Option<String?>(
    "data", .text("DATA"), absent: "mnist for 784 numbers, else sprites", "the data, as 'elbo train' takes them")
  static let output = Option<String?>("output", .path, absent: "runs/NAME-DATE", "the run folder to make")

  /// Pixels of a picture of MNIST.
  static let mnistSize = 784

  static var groups: [OptionGroup] {
    let settings = SettingsOptions.self
    return [
      OptionGroup(
        "weights",
        [
          names, settings.model, settings.condition, settings.activation, settings.normalization, settings.likelihood,
          settings.scale, settings.posterior, settings.width, settings.prior,
        ]),
      OptionGroup(
        "data",
        [
          data, settings.dataFolder, settings.labels, settings.test, settings.testLabels, settings.conditions,
          settings.testConditions, settings.validation, settings.binarize,
        ]),
      OptionGroup(
        "training", [settings.epochs, settings.steps, settings.batchSize, settings.learningRate, settings.seed]),
      OptionGroup("settings", [settings.config, settings.set]),
      OptionGroup("run", [settings.device, output]),
    ]
  }
}

/// What `--json` says of an import.
private struct Imported: Encodable {
  let run: String
  let parameters: Int
}

/// Weights that do not fit, with the nearest name that would.
private struct ImportFailure: Error, CustomStringConvertible {
  let description: String

  init(_ error: ImportError) {
    let nearest = error.wrongWord.flatMap { nearestWord(to: $0.word, among: $0.among) }
    description = error.description + (nearest.map { "; did you mean '\($0)'?" } ?? "")
  }
}
