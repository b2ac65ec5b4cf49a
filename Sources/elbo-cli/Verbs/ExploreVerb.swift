import Elbo

extension Verb {
  /// `elbo explore RUN KIND`.
  static let explore: Verb = {
    let options = ExplorationOptions.self
    return Verb(
      "explore", "draws what a model's latent space holds",
      discussion: "traverse: a grid over two latent dimensions, by the inverse of the prior's distribution function.\n"
        + "interpolate: the ways between pairs of data, which stand at both ends of a row.\n"
        + "arithmetic: data of class --from, moved more and more by the difference of the mean latent values of class "
        + "--to and of their own.\n"
        + "analogies: one latent value a row, one class a column, of a conditional model.\n"
        + "embedding: a point for each datum, coloured by class, along the two directions of largest variance.",
      arguments: [RunOptions.run, options.kind], options: [OptionGroup("exploration", options.all)]
    ) { call in
      _ = try ArrayFormat(of: call[options.output], for: options.output, among: [.png])
      if let path = call[options.numbers] {
        _ = try ArrayFormat(of: path, for: options.numbers, among: [.safetensors])
      }
      let trained = try RunOptions.model(call)
      let explored = try explore(trained, call)
      try explored.picture.writePNG(to: call[options.output])
      if let path = call[options.numbers] { try Safetensors(tensors: explored.arrays).write(to: path) }
      try call.console.json(Explored(output: call[options.output], numbers: call[options.numbers]))
      call.console.result(call[options.output])
    }
  }()

  private static func explore(_ trained: TrainedModel, _ call: Call) throws -> Exploration {
    let options = ExplorationOptions.self
    let kind = call[options.kind]
    func gallery() throws -> Gallery {
      try RunOptions.gallery(of: trained, seed: call[options.seed], on: RunOptions.device(call))
    }
    if kind == .analogies {
      guard let found = try gallery().analogies(call[options.count]) else { throw ClassificationError.noClasses }
      return found
    }
    let part = try RunOptions.part(of: trained, call)
    let rows = call[options.count]
    if kind == .embedding {
      let codes = try Encoding(
        trained.model, of: part.data, pixels: part.pixels, condition: trained.configuration.condition,
        seed: trained.settings.seed, device: RunOptions.device(call).backend)
      let embedding = try Embedding(codes.means, labels: part.data.labels, classNames: part.data.classNames)
      return Exploration(picture: embedding.picture, arrays: ["z": codes.means, "points": embedding.points])
    }
    guard trained.configuration.condition == .none else {
      throw DataError.unsupported(
        path: call[RunOptions.run], found: "\(kind.rawValue) of a conditional model",
        supported: "analogies and embedding are")
    }
    switch kind {
    case .traverse:
      if let wrong = call[options.dimensions]?.first(where: { $0 >= trained.settings.latent }) {
        throw UsageError("--dimensions takes numbers below \(trained.settings.latent), not '\(wrong)'")
      }
      guard (1...2).contains(call[options.dimensions]?.count ?? 2) else {
        throw UsageError("--dimensions takes one or two numbers")
      }
      return try gallery().traversal(
        of: part.data, pixels: part.pixels, dimensions: call[options.dimensions], steps: rows)
    case .interpolate:
      return try gallery().interpolations(of: part.data, pixels: part.pixels, along: call[options.along], rows: rows)
    default:
      guard let from = call[options.from], let to = call[options.to] else {
        throw UsageError("arithmetic needs --from and --to, two classes")
      }
      return try gallery().arithmetic(of: part.data, pixels: part.pixels, from: from, to: to, rows: rows)
    }
  }

  /// `elbo encode RUN`.
  static let encode: Verb = {
    let output = Option(
      "output", .path, default: "codes.npy",
      "an npy file of means, or a safetensors file of means, log variances and labels")
    return Verb(
      "encode", "writes the posterior means of data", arguments: [RunOptions.run],
      options: [
        OptionGroup(
          "encoding",
          [
            RunOptions.split, output, RunOptions.checkpoint, RunOptions.weights, RunOptions.dataFolder,
            RunOptions.device,
          ])
      ]
    ) { call in
      let format = try ArrayFormat(of: call[output], for: output, among: [.npy, .safetensors])
      let trained = try RunOptions.model(call)
      let part = try RunOptions.part(of: trained, call)
      let codes = try Encoding(
        trained.model, of: part.data, pixels: part.pixels, condition: trained.configuration.condition,
        seed: trained.settings.seed, device: RunOptions.device(call).backend)
      if format == .npy {
        try NPY.write(codes.means, to: call[output])
      } else {
        var tensors = ["mean": codes.means]
        tensors["logVariance"] = codes.logVariances
        tensors["labels"] = part.data.labels.map { DataArray($0) }
        try Safetensors(tensors: tensors).write(to: call[output])
      }
      try call.console.json(Written(output: call[output], count: part.data.count))
      call.console.result(call[output])
    }
  }()
}

/// What `elbo explore` takes.
private enum ExplorationOptions {
  enum Kind: String, CaseIterable { case traverse, interpolate, arithmetic, analogies, embedding }

  static let kind = Argument<Kind>("KIND", .choice, "what to draw")
  static let count = Option("count", .positiveInteger, default: 10, "rows of the picture; of a traversal, columns too")
  static let along = Option("along", .choice, default: Interpolation.linear, "the way between two latent values")
  static let dimensions = Option<[Int]?>(
    "dimensions", .set(of: .integer(in: 0...1_000_000)), absent: "the two that vary most",
    "one or two latent dimensions to traverse")
  static let from = Option<Int?>("from", .integer(in: 0...1_000_000), "the class that arithmetic begins with")
  static let to = Option<Int?>("to", .integer(in: 0...1_000_000), "the class that arithmetic goes to")
  static let seed = Option("seed", .seed, default: 0, "seed of the draws")
  static let output = Option("output", .path, default: "explored.png", "the PNG to write")
  static let numbers = Option<String?>("numbers", .path, "a safetensors file of the numbers behind the picture")

  static var all: [any AnyOption] {
    [
      count, along, dimensions, from, to, seed, output, numbers, RunOptions.split, RunOptions.checkpoint,
      RunOptions.weights,
      RunOptions.dataFolder, RunOptions.device,
    ]
  }
}

/// What `explore --json` says.
private struct Explored: Encodable {
  let output: String
  let numbers: String?
}
