import Elbo
import FoundationEssentials

extension Verb {
  /// `elbo evaluate RUN`.
  static let evaluate: Verb = {
    let samples = Option("samples", .positiveInteger, default: 1, "latent draws for each datum, averaged over")
    let seed = Option<UInt64?>("seed", .seed, absent: "the run's", "of the draws")
    let saveNoise = Option<String?>(
      "save-noise", .path, "writes the standard-normal draws used: npy, data x samples x latent")
    let noise = Option<String?>("noise", .path, "reads the draws to use from such a file")
    return Verb(
      "evaluate", "computes the bound of a run's model, and its parts",
      discussion: "Figures are in nats per datum. The result is also kept as results.json in the run folder.",
      arguments: [RunOptions.run],
      options: [
        OptionGroup(
          "evaluation",
          [
            RunOptions.split, samples, seed, noise, saveNoise, RunOptions.checkpoint, RunOptions.dataFolder,
            RunOptions.device,
          ])
      ]
    ) { call in
      if call.isGiven(noise), let other = ([samples, seed] as [any AnyOption]).first(where: call.isGiven) {
        throw UsageError("--noise brings the draws along and takes no --\(other.name)")
      }
      let folder = try RunFolder.open(call[RunOptions.run])
      let trained = try RunOptions.model(call)
      let part = try trained.openData(call[RunOptions.split], in: call[RunOptions.dataFolder])
      let given = try call[noise].map { try NPY.read($0) }
      let device = try RunOptions.device(call)
      var draws: [UInt8] = []
      let evaluation = try Evaluation(
        trained.model, on: part.data, split: part.split, pixels: part.pixels,
        condition: trained.configuration.condition, samples: call[samples], seed: call[seed] ?? trained.settings.seed,
        noise: given, device: device.backend,
        keepNoise: call[saveNoise] == nil ? nil : { draws += $0.bytes })
      if let path = call[saveNoise] {
        let shape = [evaluation.count, evaluation.samples, evaluation.latentSize]
        try NPY.write(DataArray(bytes: draws, type: .float32, shape: shape), to: path)
      }
      try folder.writeResults(evaluation)
      try call.console.json(evaluation)
      report(evaluation, of: trained, call.console)
    }
  }()

  private static func report(_ evaluation: Evaluation, of trained: TrainedModel, _ console: Console) {
    func figure(_ name: String, _ value: Double) {
      console.result(name + String(repeating: " ", count: 16 - name.count) + fixed(value, digits: 4))
    }
    console.result(
      "\(trained.settings.data), \(evaluation.split) split, \(evaluation.count) data, after step \(trained.progress.step); "
        + "nats per datum")
    figure("elbo", evaluation.elbo)
    figure("reconstruction", evaluation.reconstruction)
    figure("kl", evaluation.kl)
    console.result("active units    \(evaluation.activeUnits) of \(evaluation.latentSize)")
    guard !evaluation.klPerDimension.isEmpty else { return }
    let list = evaluation.klPerDimension.map { fixed($0, digits: 2) }.joined(separator: " ")
    console.result("kl by dimension " + list)
  }

  /// A number with so many digits after the point.
  private static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let units = Int((abs(value) * Double(scale)).rounded())
    let fraction = String(units % scale)
    return (value < 0 && units > 0 ? "-" : "") + "\(units / scale)."
      + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
