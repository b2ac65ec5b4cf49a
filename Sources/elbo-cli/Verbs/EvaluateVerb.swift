import Elbo

extension Verb {
  /// `elbo evaluate RUN…`.
  static let evaluate: Verb = {
    let options = EvaluationOptions.self
    return Verb(
      "evaluate", "computes the likelihood of a run's model, the bound, and its parts",
      discussion:
        "Figures are in nats per datum. log p(x) is found by importance sampling from so many draws: with few it "
        + "falls short, so published figures take --samples 5000. Of a model that is told a class it is log p(x|y), of "
        + "one that is shown a part of the picture log p(hidden|shown). The result is also kept as results.json in the run "
        + "folder. Several runs are set side by side in a table.",
      arguments: [RunOptions.runs],
      options: [OptionGroup("evaluation", options.all)]
    ) { call in
      if call.isGiven(options.noise),
        let other = ([options.samples, options.seed] as [any AnyOption]).first(where: call.isGiven)
      {
        throw UsageError("--noise brings the draws along and takes no --\(other.name)")
      }
      if !call.isGiven(options.chains),
        let other = ([options.temperatures, options.annealedCount] as [any AnyOption]).first(where: call.isGiven)
      {
        throw UsageError("--\(other.name) is of --ais CHAINS, which is not given")
      }
      let runs = call[RunOptions.runs]
      if runs.count > 1, let one = [options.noise, options.saveNoise].first(where: call.isGiven) {
        throw UsageError("--\(one.name) is of one run, not of \(runs.count)")
      }
      if let path = call[options.picture] { _ = try ArrayFormat(of: path, for: options.picture, among: [.png]) }
      // All are opened before the first is worked on.
      let subjects = try runs.map { try EvaluationSubject($0, call) }
      if call[options.picture] != nil {
        for subject in subjects { try subject.requireDivergenceByDimension() }
      }
      let device = try RunOptions.device(call)
      var lines: [EvaluationLine] = []
      for subject in subjects {
        let evaluation = try subject.evaluate(on: device, call)
        try subject.folder.writeResults(evaluation)
        let line = EvaluationLine(run: runs.count > 1 ? subject.path : nil, evaluation: evaluation)
        try call.console.json(line)
        lines.append(line)
      }
      if lines.count == 1 {
        EvaluationReport.show(lines[0].evaluation, of: subjects[0].trained, call.console)
      } else {
        EvaluationReport.compare(
          lines, given: subjects.map(\.trained.configuration.condition), call.console)
      }
      if let path = call[options.picture] {
        try DivergencePicture(lines.map(\.evaluation)).picture.writePNG(to: path)
      }
    }
  }()
}

/// A run that is to be evaluated, with its data.
private struct EvaluationSubject {
  let path: String
  let folder: RunFolder
  let trained: TrainedModel
  private let part: TrainedModel.Part
  private let others: TrainedModel.Part?
  private let noise: DataArray?

  init(_ path: String, _ call: Call) throws {
    let options = EvaluationOptions.self
    self.path = path
    folder = try RunFolder.open(path)
    trained = try TrainedModel(folder, call[RunOptions.checkpoint], weights: call[RunOptions.weights])
    part = try RunOptions.part(of: trained, call)
    others = try call[options.against].map { [trained] in
      try trained.openOther($0, in: call[RunOptions.dataFolder])
    }
    noise = try call[options.noise].map { try NPY.read($0) }
  }

  /// - Throws: `EvaluationError.divergenceNotByDimension`, before anything is computed.
  func requireDivergenceByDimension() throws {
    let isKnown = try Evaluation.hasDivergenceByDimension(
      trained.model, on: part.data, pixels: part.pixels, condition: trained.configuration.condition)
    guard isKnown else { throw EvaluationError.divergenceNotByDimension }
  }

  func evaluate(on device: Device, _ call: Call) throws -> Evaluation {
    let options = EvaluationOptions.self
    var draws: [UInt8] = []
    let keepsNoise = call[options.saveNoise] != nil
    var found = try evaluation(
      part, path, on: device, noise: noise, keepNoise: keepsNoise ? { draws += $0.bytes } : nil, call)
    if let path = call[options.saveNoise] {
      let shape = [found.count, found.samples, found.latentSize]
      try NPY.write(DataArray(bytes: draws, type: .float32, shape: shape), to: path)
    }
    if let steps = call[options.amortizationGap] {
      found.amortizationGap = try AmortizationGap(
        trained.model, on: part.data, pixels: part.pixels, condition: trained.configuration.condition, steps: steps,
        seed: call[options.seed] ?? trained.settings.seed, device: device.backend)
    }
    if let chains = call[options.chains] {
      var annealing = AnnealedEvidence.Options()
      annealing.moves.chains = chains
      annealing.temperatures = call[options.temperatures]
      annealing.count = call[options.annealedCount]
      found.annealed = try progress("\(path), annealing", call) { progress in
        try AnnealedEvidence(
          trained.model, on: part.data, beside: found, pixels: part.pixels, condition: trained.configuration.condition,
          options: annealing, seed: call[options.seed] ?? trained.settings.seed, device: device.backend,
          progress: progress)
      }
    }
    if let others, let name = call[options.against] {
      let other = try evaluation(others, name, on: device, noise: nil, keepNoise: nil, call)
      found.against = Separation(own: found.logLikelihoods, others: other.logLikelihoods, named: name)
    }
    return found
  }

  private func evaluation(
    _ part: TrainedModel.Part, _ label: String, on device: Device, noise: DataArray?,
    keepNoise: ((DataArray) -> Void)?, _ call: Call
  ) throws -> Evaluation {
    try progress(label, call) { progress in
      try Evaluation(
        trained.model, on: part.data, split: part.split, pixels: part.pixels,
        condition: trained.configuration.condition, samples: call[EvaluationOptions.samples],
        seed: call[EvaluationOptions.seed] ?? trained.settings.seed, noise: noise, device: device.backend,
        keepNoise: keepNoise, progress: progress)
    }
  }

  /// Shows the share of some work that is done while it is.
  private func progress<Result>(
    _ label: String, _ call: Call, _ work: ((Double) -> Void) throws -> Result
  ) rethrows -> Result {
    let total = 1000
    var bar = ProgressBar(call.console, total: total)
    defer { call.console.status("") }
    return try work { bar.update(ProgressBar.State(label: label, completed: Int($0 * Double(total)))) }
  }
}

/// What `elbo evaluate` takes.
enum EvaluationOptions {
  static let split = RunOptions.split
  static let samples = Option(
    "samples", .positiveInteger, default: 1, "latent draws for each datum, of which all figures are made")
  static let seed = Option<UInt64?>("seed", .seed, absent: "the run's", "seed of the draws")
  static let against = Option<String?>(
    "against", .text("DATA"), "other data of the same shape: how well log p(x) tells them apart")
  static let amortizationGap = Option<Int?>(
    "amortization-gap", .positiveInteger, absent: "not searched",
    "so many steps of search for each datum's own posterior: what the encoder loses, on 500 data")
  static let chains = Option<Int?>(
    "ais", .integer(in: 2...65536), absent: "no annealing",
    "so many chains for each datum, from the prior to the posterior: log p(x) without the encoder")
  static let temperatures = Option(
    "ais-temperatures", .integer(in: 1...1_000_000), default: AnnealedEvidence.Options().temperatures,
    "distributions on the way of --ais, each of ten leapfrog steps")
  static let annealedCount = Option(
    "ais-count", .positiveInteger, default: AnnealedEvidence.Options().count,
    "data that --ais anneals on, from the first on")
  static let noise = Option<String?>("noise", .path, "reads the draws to use from a file of --save-noise")
  static let saveNoise = Option<String?>(
    "save-noise", .path, "writes the standard-normal draws used: npy, data x samples x latent")
  static let picture = Option<String?>(
    "picture", .path, "draws KL by latent dimension, largest first, of one run beside the other: PNG")

  static var all: [any AnyOption] {
    [
      split, samples, seed, against, amortizationGap, chains, temperatures, annealedCount, noise, saveNoise, picture,
      RunOptions.checkpoint, RunOptions.weights, RunOptions.dataFolder, RunOptions.device,
    ]
  }
}
