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
      let part = try trained.openData(call[RunOptions.split], in: call[RunOptions.dataFolder])
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
    let fraction = Option<Double?>("fraction", .probability, "a share of the pixels to hide, drawn for each picture")
    let quadrant = Option<Hiding.Quadrant?>("quadrant", .choice, "a quarter to hide")
    let mask = Option<String?>("mask", .path, "an npy file of a picture's shape, 0 where a pixel is hidden")
    let samples = Option("samples", .positiveInteger, default: 50, "latent draws for each picture, by their weights")
    let count = Option("count", .positiveInteger, default: 12, "how many pictures, from the first on")
    let output = Option("output", .path, default: "imputed.png", "the PNG to write")
    return Verb(
      "impute", "fills in pixels that are missing",
      discussion: "The PNG shows pictures, what is left of them, and what the model expects in place of the rest. "
        + "A quarter, the upper right, is hidden unless an option says otherwise.",
      arguments: [RunOptions.run],
      options: [
        OptionGroup(
          "imputation",
          [
            fraction, quadrant, mask, samples, count, output, RunOptions.split, RunOptions.checkpoint,
            RunOptions.weights,
            RunOptions.dataFolder, RunOptions.device,
          ])
      ]
    ) { call in
      _ = try ArrayFormat(of: call[output], for: output, among: [.png])
      let given = ([fraction, quadrant, mask] as [any AnyOption]).filter(call.isGiven).map { "--" + $0.name }
      guard given.count < 2 else { throw UsageError("\(given.joined(separator: " and ")) both say what to hide") }
      let trained = try RunOptions.model(call)
      let part = try trained.openData(call[RunOptions.split], in: call[RunOptions.dataFolder])
      let gallery = try RunOptions.gallery(of: trained, seed: trained.settings.seed, on: RunOptions.device(call))
      let hiding: Hiding =
        if let path = call[mask] {
          try .reading(path, shape: gallery.datumShape)
        } else {
          call[fraction].map { .fraction($0) } ?? .quadrant(call[quadrant] ?? .upperRight)
        }
      let imputation = try gallery.imputations(
        of: part.data, pixels: part.pixels, hiding: hiding, samples: call[samples], count: call[count])
      try imputation.picture.writePNG(to: call[output])
      try call.console.json(
        Imputed(
          output: call[output], count: min(call[count], part.data.count), hidden: imputation.hidden,
          rootMeanSquaredError: imputation.error))
      call.console.result("root mean squared error of hidden pixels: \(imputation.error)")
      call.console.result(call[output])
    }
  }()
}

/// What `impute --json` says.
private struct Imputed: Encodable {
  let output: String
  let count: Int
  /// Pixels that were hidden in all pictures.
  let hidden: Int
  /// Of the hidden pixels, where 1 is from black to white.
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
