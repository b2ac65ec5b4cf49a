import Basics
import Elbo
import Harness

extension Verb {
  /// `elbo fit MODEL [DATA]`.
  static let fit: Verb = {
    let options = FitOptions.self
    let kinds = FitKind.allCases.map { "\($0.rawValue): \($0.summary)." }
    return Verb(
      "fit", "fits a model whose evidence is known, and leaves a run folder",
      discussion: kinds.joined(separator: "\n")
        + "\nEvery step is checked: an exact posterior makes the bound log p(X), and no step lowers the bound with the penalty "
        + "of --regularization.",
      arguments: [options.kind, options.data], options: options.groups
    ) { call in
      Interrupt.install()
      var settings = FitSettings()
      settings.fit = call[options.kind]
      settings.data = call[options.data] ?? settings.data
      settings.dataFolder = call[options.dataFolder]
      settings.labelColumn = call[options.labelColumn]
      settings.count = call[options.count]
      settings.reduction = call[options.reduction]
      settings.components = call[options.components]
      settings.latent = call[options.latent]
      settings.covariance = call[options.covariance]
      settings.noise = call[options.noise]
      settings.start = call[options.start]
      settings.restarts = call[options.restarts] ?? (settings.fit == .bayesianGMM ? 10 : 1)
      settings.iterations = call[options.iterations]
      settings.tolerance = call[options.tolerance]
      settings.regularization = call[options.regularization]
      settings.meanVariance = call[options.meanVariance]
      settings.rotation = call[options.rotation]
      settings.seed = call[options.seed]
      if settings.reduction != nil, settings.fit == .ppca {
        throw UsageError("--reduce is of mixtures and of hmm: ppca finds directions itself, as many as --latent says")
      }
      if settings.rotation != 0, settings.fit != .ppca || settings.latent != 2 {
        throw UsageError("--rotate turns the plane of a ppca of two latent dimensions, and of nothing else")
      }
      if let other = FitOptions.foreign(to: settings.fit).first(where: call.isGiven) {
        throw UsageError("fit \(settings.fit.rawValue) has no --\(other.name)", hint: FitOptions.kinds(with: other))
      }
      let source = try DataSource.resolve(
        settings.data, labelColumn: settings.labelColumn, dataFolder: settings.dataFolder, residence: .always)
      try Fitting.run(settings, on: source, call)
    }
  }()
}

private enum Fitting {
  static func run(_ settings: FitSettings, on source: DataSource, _ call: Call) throws {
    let console = call.console
    let count = settings.count.map { min($0, source.train.count) } ?? source.train.count
    console.note("data: \(source.name), \(count) of \(source.train.datumSize) numbers")
    let output =
      call[FitOptions.output] ?? DefaultOutput.path(source.name, after: settings.fit.rawValue)
    var bar = ProgressBar(console, total: settings.iterations * settings.restarts)
    var table = TextTable([">iteration", "step", ">ELBO", ">reconstruction", ">KL"])
    let run = try FitRun(settings, on: source, output: output) { step in
      if let signal = Interrupt.pending {
        throw Interrupted(signal: signal, description: "iteration \(step.iteration) of the fit, which is not kept")
      }
      try console.json(step)
      bar.update(
        ProgressBar.State(
          label: "iteration \(step.iteration)", completed: (step.restart - 1) * settings.iterations + step.iteration,
          loss: -step.elbo))
      func figure(_ value: Double) -> String { fixed(value, digits: 6) }
      // The first steps say most; then one in ten.
      if step.restart == 1, step.iteration <= 5 || step.iteration.isMultiple(of: 10) {
        table.append(
          ["\(step.iteration)", step.step, figure(step.elbo), figure(step.reconstruction), figure(step.kl)])
      }
    }
    bar.finish()
    for line in table.lines { console.result(line) }
    console.result("")
    var results = TextTable(["", ">"])
    for (name, value) in run.model.results.table { results.append([name, value]) }
    for line in results.lines.dropFirst() { console.result(line) }
    console.result("run: \(run.folder.path)")
    console.result("pictures: \(run.folder.imagesPath)")
    try console.json(run.model.results)
  }
}

/// What `elbo fit` takes.
private enum FitOptions {
  static let kind = Argument<FitKind>("MODEL", .choice, "what to fit")
  static let data = Argument(optional: "DATA", .text("DATA"), "geyser, iris, or what 'elbo train' takes [geyser]")

  private static let defaults = FitSettings()

  static let count = Option<Int?>("count", .positiveInteger, absent: "all", "the first so many of the data")
  static let reduction = Option<Int?>(
    "reduce", .positiveInteger, absent: "the data as they are",
    "so many directions of largest variance, along which the data are taken first")
  static let dataFolder = Option<String?>("data-folder", .path, "the only folder to look for data in")
  static let labelColumn = Option<String?>(
    "label-column", .text("NAME"), absent: "none", "the column of a CSV file that is left out, as it holds classes")
  static let components = Option(
    "components", .positiveInteger, default: defaults.components, "components of a mixture, states of hmm")
  static let latent = Option(
    "latent", .positiveInteger, default: defaults.latent, "latent dimensions of ppca, and of each of ppca-mixture")
  static let covariance = Option(
    "covariance", .choice, default: defaults.covariance, "what components of gmm and hmm have in common")
  static let noise = Option(
    "noise", .choice, default: defaults.noise,
    "one variance for ppca and ppca-mixture, or one a dimension: factor analysis")
  static let start = Option("start", .choice, default: defaults.start, "where EM of components begins")
  static let restarts = Option<Int?>(
    "restarts", .positiveInteger, absent: "1; 10 of bayesian-gmm", "starts, of which the best is kept")
  static let iterations = Option("iterations", .positiveInteger, default: defaults.iterations, "iterations at most")
  static let tolerance = Option(
    "tolerance", .nonNegativeNumber, default: defaults.tolerance, "nats per datum that one more iteration must bring")
  static let regularization = Option(
    "regularization", .nonNegativeNumber, default: defaults.regularization, "scatter of a covariance before data")
  static let meanVariance = Option(
    "mean-variance", .positiveNumber, default: defaults.meanVariance,
    "variance of the means before data, of bayesian-gmm")
  static let rotation = Option(
    "rotate", .number, default: defaults.rotation, "degrees by which the latent plane of ppca is turned afterwards")
  static let seed = Option("seed", .seed, default: defaults.seed, "seed of the start")
  static let output = Option<String?>("output", .path, absent: "runs/MODEL-DATA-DATE", "the run folder to make")

  /// The options that some kinds of fit have, with those kinds; the others are of all.
  private static let kinds: [(option: any AnyOption, kinds: [FitKind])] = [
    (components, [.gmm, .ppcaMixture, .bayesianGMM, .hmm]), (covariance, [.gmm, .hmm]),
    (latent, [.ppca, .ppcaMixture]), (noise, [.ppca, .ppcaMixture]), (meanVariance, [.bayesianGMM]),
    (rotation, [.ppca]), (start, [.gmm, .ppcaMixture, .hmm]), (restarts, [.gmm, .ppcaMixture, .bayesianGMM]),
    (regularization, [.gmm, .ppcaMixture, .hmm]), (reduction, [.gmm, .ppcaMixture, .bayesianGMM, .hmm]),
  ]

  /// The options that a kind of fit has not.
  static func foreign(to fit: FitKind) -> [any AnyOption] {
    kinds.filter { !$0.kinds.contains(fit) }.map(\.option)
  }

  /// Which kinds of fit have an option: "it is of gmm and hmm".
  static func kinds(with option: any AnyOption) -> String? {
    kinds.first { $0.option.name == option.name }.map { "it is of \(listed($0.kinds.map(\.rawValue), "and"))" }
  }

  static var groups: [OptionGroup] {
    [
      OptionGroup("model", [components, covariance, latent, noise, meanVariance, rotation]),
      OptionGroup("fit", [start, restarts, iterations, tolerance, regularization, seed]),
      OptionGroup("data", [count, reduction, labelColumn, dataFolder]), OptionGroup("run", [output]),
    ]
  }
}
