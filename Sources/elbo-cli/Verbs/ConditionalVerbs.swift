import Basics
import Elbo

extension Verb {
  /// `elbo classify RUN`.
  static let classify: Verb = {
    let samples = Option("samples", .positiveInteger, default: 20, "latent draws for each datum and class")
    let seed = Option<UInt64?>("seed", .seed, absent: "the run's", "seed of the draws")
    return Verb(
      "classify", "finds classes with a conditional model",
      discussion:
        "A cvae classifies by Bayes' rule, with p(x|y) by importance sampling and all classes equally likely; "
        + "an m2 by the classifier that it was trained with.",
      arguments: [RunOptions.run],
      options: [
        OptionGroup(
          "classification",
          [
            RunOptions.split, samples, seed, RunOptions.checkpoint, RunOptions.weights, RunOptions.dataFolder,
            RunOptions.device,
          ])
      ]
    ) { call in
      let trained = try RunOptions.model(call)
      let part = try RunOptions.part(of: trained, call)
      let found = try Classification(
        trained.model, on: part.data, pixels: part.pixels, condition: trained.configuration.condition,
        samples: call[samples], seed: call[seed] ?? trained.settings.seed,
        device: RunOptions.device(call).backend)
      let console = call.console
      try console.json(found)
      func percent(_ rate: Double) -> String { fixed(100 * rate, digits: 2) + " %" }
      console.result("error rate      \(percent(found.errorRate)) of \(found.count)")
      if let rate = found.elboErrorRate { console.result("by mean elbo    \(percent(rate))") }
      if let figure = found.logLikelihood { console.result("log p(x|y)      \(fixed(figure, digits: 2)) nats") }
      console.result("classes (rows) and what was found (columns):")
      for row in found.confusion {
        console.result(row.map { String(repeating: " ", count: max(0, 6 - "\($0)".count)) + "\($0)" }.joined())
      }
    }
  }()

  /// `elbo impute RUN`.
  static let impute: Verb = {
    let options = ImputationOptions.self
    return Verb(
      "impute", "fills in what is missing in data",
      discussion:
        "A PNG shows pictures, what is left of them, and what the model expects in place of the rest. A quarter, the "
        + "upper right, is hidden unless an option says otherwise.\n"
        + "An npy, safetensors or CSV file has the data themselves, of tables too, with numbers that are missing filled "
        + "in by what is expected given the others, and nothing is hidden unless an option says so. A CSV file has the columns "
        + "of numbers that the table was read as, of a column of words one of 0 and 1 for each word, filled in by shares, "
        + "and the classes last.",
      arguments: [RunOptions.run], options: [OptionGroup("imputation", options.all)]
    ) { call in
      let path = call[options.output]
      let format = try ArrayFormat(of: path, for: options.output, among: ArrayFormat.allCases)
      let given = ([options.fraction, options.quadrant, options.mask] as [any AnyOption])
        .filter(call.isGiven).map { "--" + $0.name }
      guard given.count < 2 else { throw UsageError("\(given.joined(separator: " and ")) both say what to hide") }
      let trained = try RunOptions.model(call)
      let hiding = try options.hiding(call, shape: trained.configuration.shape)
      guard format != .png || trained.configuration.shape.count > 1 else {
        throw DataError.unsupported(
          path: path, found: "a picture of a table",
          supported: "--output NAME.csv, .npy or .safetensors is")
      }
      let part = try options.part(of: trained, call)
      guard !(part.files + [call[options.mask]].compactMap(\.self)).contains(where: { Paths.replaces(path, $0) }) else {
        throw UsageError("--output \(path) would replace a file that is read; name another")
      }
      if format == .csv { try part.data.requireColumns(for: path) }
      if format == .png {
        try draw(trained, part, hiding: hiding ?? .quadrant(.upperRight), call)
      } else {
        try complete(trained, part, hiding: hiding, as: format, call)
      }
    }
  }()

  private static func draw(
    _ trained: TrainedModel, _ part: TrainedModel.Part, hiding: Hiding, _ call: Call
  ) throws {
    let options = ImputationOptions.self
    let gallery = try RunOptions.gallery(of: trained, seed: trained.settings.seed, on: RunOptions.device(call))
    let count = min(call[options.count] ?? 12, part.data.count)
    let imputation = try gallery.imputations(
      of: part.data, pixels: part.pixels, hiding: hiding, samples: call[options.samples], count: count)
    try imputation.picture.writePNG(to: call[options.output])
    try call.console.json(
      Imputed(
        output: call[options.output], count: count, unlabeled: part.unlabeledCount, missing: nil,
        hidden: imputation.hidden, rootMeanSquaredError: imputation.error))
    call.console.result("root mean squared error of hidden pixels: \(imputation.error)")
    call.console.result(call[options.output])
  }

  private static func complete(
    _ trained: TrainedModel, _ part: TrainedModel.Part, hiding: Hiding?, as format: ArrayFormat, _ call: Call
  ) throws {
    let options = ImputationOptions.self
    let path = call[options.output]
    let completion = try Completion(
      trained.model, of: part.data, pixels: part.pixels, condition: trained.configuration.condition, hiding: hiding,
      samples: call[options.samples], first: call[options.count], seed: trained.settings.seed,
      device: RunOptions.device(call).backend)
    let data = completion.data
    switch format {
    case .npy: try NPY.write(data.images, to: path)
    case .safetensors:
      var tensors = ["data": data.images]
      tensors["labels"] = data.labels.map { DataArray($0) }
      try Safetensors(tensors: tensors).write(to: path)
    default: try data.writeCSV(to: path, labelColumn: trained.settings.labelColumn)
    }
    try call.console.json(
      Imputed(
        output: path, count: data.count, unlabeled: part.unlabeledCount, missing: completion.missing,
        hidden: completion.hidden, rootMeanSquaredError: completion.error))
    call.console.result("filled in: \(completion.missing) missing numbers of \(data.count) data")
    if hiding != nil {
      call.console.result("root mean squared error of \(completion.hidden) hidden numbers: \(completion.error)")
    }
    call.console.result(path)
  }
}

/// What `elbo impute` takes.
private enum ImputationOptions {
  static let fraction = Option<Double?>(
    "fraction", .probability, "a share of the numbers to hide, drawn for each datum")
  static let quadrant = Option<Hiding.Quadrant?>("quadrant", .choice, "a quarter to hide")
  static let mask = Option<String?>("mask", .path, "an npy file of a datum's shape, 0 where a number is hidden")
  static let samples = Option("samples", .positiveInteger, default: 50, "latent draws for each datum, by their weights")
  static let data = Option<String?>(
    "data", .text("DATA"), absent: "the run's", "other data of the same shape to fill in")
  static let count = Option<Int?>(
    "count", .positiveInteger, absent: "12 in a PNG, else all", "how many data, from the first on")
  static let output = Option("output", .path, default: "imputed.png", "the PNG, npy, safetensors or CSV file to write")

  static var all: [any AnyOption] {
    [
      fraction, quadrant, mask, samples, data, count, output, RunOptions.split, RunOptions.checkpoint,
      RunOptions.weights, RunOptions.dataFolder, RunOptions.device,
    ]
  }

  /// What a call hides; nil where it does not say.
  static func hiding(_ call: Call, shape: [Int]) throws -> Hiding? {
    if let path = call[mask] { return try .reading(path, shape: shape) }
    if let quadrant = call[quadrant] {
      guard shape.count > 1 else {
        throw UsageError("--quadrant is of pictures, and the data are a table; --fraction hides numbers of both")
      }
      return .quadrant(quadrant)
    }
    return call[fraction].map { .fraction($0) }
  }

  static func part(of trained: TrainedModel, _ call: Call) throws -> TrainedModel.Part {
    guard let name = call[data] else { return try RunOptions.part(of: trained, call) }
    if call.isGiven(RunOptions.split) { throw UsageError("--data names other data, and --split is of the run's") }
    let part = try trained.openOther(name, in: call[RunOptions.dataFolder])
    RunOptions.note(part, on: call.console)
    return part
  }
}

/// What `impute --json` says.
private struct Imputed: Encodable {
  let output: String
  let count: Int
  /// Data that were left out, as the model is told labels and they have none.
  let unlabeled: Int
  /// Numbers that were missing in all data; nil of a picture.
  let missing: Int?
  /// Numbers that were hidden in all data.
  let hidden: Int
  /// Of the hidden numbers, where 1 is from black to white.
  let rootMeanSquaredError: Double
}

extension TrainedModel {
  /// - Throws: `UsageError` where the model knows no such class.
  func requireClass(_ label: Int) throws(UsageError) {
    guard case .label(let classes) = configuration.condition else {
      throw UsageError("--label is of models that are conditional on classes, and this one is not")
    }
    guard label < classes else { throw UsageError("--label takes an integer from 0 to \(classes - 1), not '\(label)'") }
  }
}
