import Elbo
import FoundationEssentials

/// The options of `train` that are settings of the run, each bound to the setting that it changes.
enum SettingsOptions {
  private static let defaults = Settings()

  static let model = Option("model", .choice, default: defaults.model, "the family of the model")
  static let network = Option(
    "network", .choice, default: defaults.network, "what encoder and decoder are made of")
  static let hidden = Option(
    "hidden", .list(of: .positiveInteger), default: defaults.hidden, "widths of the encoder's hidden layers, of mlp")
  static let channels = Option(
    "channels", .list(of: .positiveInteger), default: defaults.channels,
    "channels after each layer of conv and resnet, which halve pictures")
  static let latent = Option("latent", .positiveInteger, default: defaults.latent, "dimensions of the latent space")
  static let activation = Option(
    "activation", .choice, default: defaults.activation, "the function between hidden layers; see --list")
  static let normalization = Option<Normalization?>(
    "normalization", .choice, absent: "none, of resnet's blocks group",
    "the normalization of hidden layers; see --list")
  static let dropout = Option(
    "dropout", .number("a number from 0 to below 1") { (0..<1).contains($0) }, default: defaults.dropout,
    "the share of hidden elements that are dropped in training")
  static let likelihood = Option<LikelihoodKind?>(
    "likelihood", .choice, absent: "by the data", "how a pixel is distributed; see --list")

  static let initialization = Option(
    "initialization", .choice, default: defaults.initialization, "what weights begin with")
  static let outputBias = Option(
    "output-bias", .choice, default: defaults.outputBias, "what the decoder's last bias begins with")
  static let condition = Option(
    "condition", .choice, default: defaults.condition, "what a conditional model is told")
  static let labeled = Option<Int?>(
    "labeled", .positiveInteger, absent: "all", "data that keep their labels, of --model m2")
  static let labeledShare = Option<Double?>(
    "labeled-share", .number("a number between 0 and 1") { $0 > 0 && $0 < 1 }, absent: "as they are",
    "share of an epoch that is of data with labels, by repeating them")
  static let scale = Option<ScaleKind?>(
    "scale", .choice, absent: "by the likelihood", "where a likelihood's scale comes from")
  static let posterior = Option(
    "posterior", .choice, default: defaults.posterior, "how latent values are distributed given data; see --list")
  static let width = Option(
    "width", .choice, default: defaults.width, "what an encoder gives for a normal posterior's width")
  static let amortization = Option(
    "amortization", .choice, default: defaults.amortization, "how the posterior's parameters are found")
  static let refinements = Option<Int?>(
    "refinements", .positiveInteger, absent: "5 of semi, 20 of table", "steps by which a posterior is refined")
  static let refinementRate = Option<Double?>(
    "refinement-rate", .positiveNumber, absent: "0.01",
    "how far a step that refines a posterior goes along the gradient")
  static let prior = Option(
    "prior", .choice, default: defaults.prior, "how latent values are distributed before data are seen; see --list")

  static let dataFolder = Option<String?>("data-folder", .path, "the only folder in which data are looked for")
  static let labels = Option<String?>("labels", .path, "a file of labels beside DATA")
  static let test = Option<String?>("test", .path, "a file of data to test with")
  static let testLabels = Option<String?>("test-labels", .path, "a file of labels beside --test")
  static let conditions = Option<String?>(
    "conditions", .path, "a file of what --condition vector tells: a row or a picture for each datum")
  static let testConditions = Option<String?>(
    "test-conditions", .path, "a file of what --condition vector tells of the data to test with")
  static let labelColumn = Option<String?>(
    "label-column", .text("NAME"), absent: "none", "the column of a CSV file that holds the classes")
  static let resident = Option(
    "resident", .choice, default: defaults.resident, "whether npy and safetensors are held in memory; else by batches")
  static let validation = Option<Int?>(
    "validation", .positiveInteger, absent: "none", "data to learn from, the last, that are kept to measure with")
  static let binarize = Option("binarize", .choice, default: defaults.binarize, "what is made of grey pixels")

  static let epochs = Option("epochs", .positiveInteger, default: defaults.epochs, "passes over the data")
  static let steps = Option<Int?>("steps", .positiveInteger, absent: "by the epochs", "batches in all")
  static let batchSize = Option("batch-size", .positiveInteger, default: defaults.batchSize, "data in a batch")
  static let accumulate = Option(
    "accumulate", .positiveInteger, default: defaults.accumulate, "batches whose gradients make one update")
  static let patience = Option<Int?>(
    "patience", .positiveInteger, absent: "none", "tests without a better one after which training ends")
  static let objective = Option("objective", .choice, default: defaults.objective, "what is made large")
  static let samples = Option(
    "samples", .positiveInteger, default: defaults.samples, "latent draws for each datum")
  static let beta = Option("beta", .nonNegativeNumber, default: defaults.beta, "weight of the KL divergence")
  static let gradient = Option(
    "gradient", .choice, default: defaults.gradient, "how the gradient is estimated for the posterior")
  static let divergence = Option(
    "divergence", .choice, default: defaults.divergence, "how the KL divergence is computed")
  static let capacity = Option<Double?>(
    "capacity", .nonNegativeNumber, absent: "none", "nats to which the divergence is drawn, weighted by --beta")
  static let freeBits = Option(
    "free-bits", .nonNegativeNumber, default: defaults.freeBits, "nats of each latent dimension that cost nothing")
  static let annealing = Option(
    "annealing", .choice, default: defaults.annealing, "how --beta or --capacity grows from 0")
  static let annealingSteps = Option<Int?>(
    "annealing-steps", .positiveInteger, absent: "half of the run",
    "steps in which --annealing grows, or goes through a cycle")
  static let seed = Option("seed", .seed, default: defaults.seed, "seed of parameters, noise and the order of the data")

  static let optimizer = Option("optimizer", .choice, default: defaults.optimizer, "how a gradient becomes a step")
  static let learningRate = Option(
    "learning-rate", .positiveNumber, default: defaults.learningRate, "the learning rate; the largest, where it changes"
  )
  static let encoderLearningRate = Option<Double?>(
    "encoder-learning-rate", .positiveNumber, absent: "the same", "the learning rate of the encoder")
  static let decoderLearningRate = Option<Double?>(
    "decoder-learning-rate", .positiveNumber, absent: "the same", "the learning rate of the decoder")
  static let tableOptimizer = Option<OptimizerKind?>(
    "table-optimizer", .choice, absent: "adam", "how a gradient becomes a step of --amortization table")
  static let tableRate = Option<Double?>(
    "table-rate", .positiveNumber, absent: "0.1", "the learning rate of --amortization table")
  static let schedule = Option(
    "schedule", .choice, default: defaults.schedule, "how the learning rate goes; see --list")
  static let stageEpochs = Option(
    "stage-epochs", .list(of: .positiveInteger), default: defaults.stageEpochs,
    "epochs of each stage, of --schedule stages")
  static let stageFactors = Option(
    "stage-factors", .list(of: .positiveNumber), default: defaults.stageFactors,
    "what the rate is multiplied by in each stage, of --schedule stages")
  static let reduction = Option(
    "reduction", .choice, default: defaults.reduction, "how the losses of an update's data become one")
  static let warmup = Option(
    "warmup", .integer(in: 0...Int.max), default: defaults.warmup, "updates in which the rate grows from 0")
  static let clip = Option<Double?>("clip", .positiveNumber, absent: "none", "the length to which gradients are cut")
  static let clipValue = Option<Double?>(
    "clip-value", .positiveNumber, absent: "none", "the size to which each number of a gradient is cut")
  static let average = Option<Double?>(
    "average", .number("a number from 0 to below 1") { (0..<1).contains($0) }, absent: "none",
    "decay of a moving average of the parameters, which is then tested and drawn")
  static let onNaN = Option(
    "on-nan", .choice, default: defaults.onNaN,
    "where the objective is no finite number: end, or go back and on with half of the rate")

  static let device = Option("device", .device, default: .auto, "where to compute; see 'elbo devices'")
  static let testEvery = Option("test-every", .positiveInteger, default: defaults.testEvery, "epochs between tests")
  static let checkpointEvery = Option(
    "checkpoint-every", .positiveInteger, default: defaults.checkpointEvery,
    "epochs between checkpoints")
  static let keep = Option(
    "keep", .positiveInteger, default: defaults.keep, "checkpoints that stay besides the best one")

  static let config = Option<String?>("config", .path, "settings as JSON, such as another run's config.json")
  static let set = Option(
    repeating: "set", .text("KEY=VALUE"), "one setting by its name in config.json, as often as needed")

  static let groups = [
    OptionGroup(
      "model",
      [
        model, condition, labeled, labeledShare, network, hidden, channels, latent, activation, normalization, dropout,
        initialization, outputBias, likelihood, scale, posterior, width, amortization, refinements, refinementRate,
        prior,
      ]),
    OptionGroup(
      "data",
      [
        dataFolder, labels, labelColumn, test, testLabels, conditions, testConditions, validation, resident, binarize,
      ]),
    OptionGroup("training", [epochs, steps, batchSize, accumulate, patience, seed]),
    OptionGroup(
      "objective",
      [objective, samples, gradient, divergence, beta, capacity, freeBits, annealing, annealingSteps]),
    OptionGroup(
      "optimizer",
      [
        optimizer, learningRate, encoderLearningRate, decoderLearningRate, schedule, stageEpochs, stageFactors, warmup,
        reduction, clip, clipValue, average, onNaN, tableOptimizer, tableRate,
      ]),
    OptionGroup("settings", [config, set]),
  ]

  /// An option and what it does to settings where it is given.
  private struct Binding: Sendable {
    let option: any AnyOption
    let apply: @Sendable (Call, inout Settings) -> Void

    init<Value>(_ option: Option<Value>, _ setting: WritableKeyPath<Settings, Value> & Sendable) {
      self.option = option
      apply = { call, settings in settings[keyPath: setting] = call[option] }
    }

    init(_ option: any AnyOption, apply: @escaping @Sendable (Call, inout Settings) -> Void) {
      self.option = option
      self.apply = apply
    }
  }

  private static let bindings = [
    Binding(model, \.model), Binding(network, \.network), Binding(hidden, \.hidden), Binding(channels, \.channels),
    Binding(latent, \.latent), Binding(activation, \.activation), Binding(normalization, \.normalization),
    Binding(dropout, \.dropout),
    Binding(likelihood, \.likelihood), Binding(condition, \.condition), Binding(labeled, \.labeled),
    Binding(labeledShare, \.labeledShare),
    Binding(scale, \.scale), Binding(posterior, \.posterior), Binding(prior, \.prior),
    Binding(gradient, \.gradient), Binding(divergence, \.divergence), Binding(capacity, \.capacity),
    Binding(freeBits, \.freeBits), Binding(annealing, \.annealing), Binding(annealingSteps, \.annealingSteps),
    Binding(dataFolder, \.dataFolder), Binding(labels, \.labels),
    Binding(labelColumn, \.labelColumn), Binding(resident, \.resident), Binding(test, \.test),
    Binding(testLabels, \.testLabels), Binding(conditions, \.conditions),
    Binding(testConditions, \.testConditions), Binding(binarize, \.binarize),
    // One of the two decides how long a run is, whatever a configuration says.
    Binding(epochs) {
      $1.epochs = $0[epochs]
      $1.steps = nil
    },
    Binding(steps, \.steps), Binding(batchSize, \.batchSize), Binding(accumulate, \.accumulate),
    Binding(patience, \.patience), Binding(objective, \.objective),
    Binding(samples, \.samples), Binding(beta, \.beta), Binding(seed, \.seed), Binding(optimizer, \.optimizer),
    Binding(learningRate, \.learningRate), Binding(schedule, \.schedule), Binding(warmup, \.warmup),
    Binding(encoderLearningRate, \.encoderLearningRate), Binding(decoderLearningRate, \.decoderLearningRate),
    Binding(width, \.width), Binding(amortization, \.amortization), Binding(refinements, \.refinements),
    Binding(refinementRate, \.refinementRate), Binding(tableOptimizer, \.tableOptimizer),
    Binding(tableRate, \.tableRate), Binding(initialization, \.initialization), Binding(outputBias, \.outputBias),
    Binding(validation, \.validation), Binding(stageEpochs, \.stageEpochs), Binding(stageFactors, \.stageFactors),
    Binding(reduction, \.reduction), Binding(clip, \.clip), Binding(clipValue, \.clipValue),
    Binding(average, \.average), Binding(onNaN, \.onNaN), Binding(keep, \.keep),
    Binding(device) { $1.device = $0[device].description },
    Binding(testEvery, \.testEvery), Binding(checkpointEvery, \.checkpointEvery),
  ]

  /// The options on the command line that change settings, apart from those that a run may go on with.
  static func given(in call: Call) -> [String] {
    ([config, set] as [any AnyOption] + bindings.map(\.option))
      .filter { call.isGiven($0) && ![device.name, dataFolder.name, onNaN.name].contains($0.name) }.map {
        "--" + $0.name
      }
  }

  /// The settings of a call: `base`, then the configuration file, then `--set`, then options.
  static func settings(of call: Call, from base: Settings = Settings()) throws -> Settings {
    if call.isGiven(epochs), call.isGiven(steps) {
      throw UsageError("--epochs and --steps both say how long to train", hint: "give one of them")
    }
    var settings = base
    if let path = call[config] {
      let json = try Data(contentsOf: URL(filePath: path))
      do {
        try settings.merge(json: json)
      } catch let error as SettingsError {
        throw UsageError(error, in: KeyPlace(of: error.key, in: [UInt8](json)).map { "\(path):\($0)" } ?? path)
      } catch {
        throw DataError.malformed(
          path: path, found: "no object of JSON", expected: "settings such as config.json")
      }
    }
    for text in call[set] {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw UsageError("--set takes KEY=VALUE, not '\(text)'") }
      do { try settings.set(parts[0], to: parts[1]) } catch let error as SettingsError {
        throw UsageError(error, in: "--set")
      }
    }
    for binding in bindings where call.isGiven(binding.option) { binding.apply(call, &settings) }
    let idle = settings.network == .mlp ? channels : hidden
    if call.isGiven(idle) {
      throw UsageError("--network \(settings.network.rawValue) has no --\(idle.name)", hint: "leave one of them out")
    }
    return settings
  }
}

extension UsageError {
  /// A setting that cannot be, with the nearest that can.
  init(_ error: SettingsError, in place: String? = nil) {
    let message = (place.map { $0 + ": " } ?? "") + error.description
    switch error {
    case .unknown(let key):
      self.init(message, nearest: key, among: Settings.keys, otherwise: "'elbo help train' tells of them")
    case .invalid, .incompatible: self.init(message)
    }
  }
}

extension Settings {
  /// The device that the settings name.
  ///
  /// - Throws: `UsageError` where that is no device's name.
  func deviceName() throws -> DeviceName {
    guard let name = DeviceName(device) else {
      throw UsageError("the setting device takes auto, cpu, opencl or opencl:N, not '\(device)'")
    }
    return name
  }
}
