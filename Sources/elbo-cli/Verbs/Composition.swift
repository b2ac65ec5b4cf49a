import Elbo

/// What `elbo train --list` prints: every word that a run is composed of.
enum Composition {
  /// One word.
  private struct Entry: Encodable {
    let option: String
    let word: String
    let summary: String
  }

  static func list(on console: Console) throws {
    let entries =
      entries("model", ModelKind.self) + entries("condition", ConditionKind.self)
      + entries("network", NetworkKind.self)
      + entries("likelihood", LikelihoodKind.self) + entries("scale", ScaleKind.self)
      + entries("posterior", PosteriorKind.self)
      + entries("width", WidthKind.self) + entries("amortization", AmortizationKind.self)
      + entries("prior", PriorKind.self)
      + entries("objective", ObjectiveKind.self) + entries("gradient", GradientKind.self)
      + entries("divergence", DivergenceKind.self) + entries("annealing", AnnealingKind.self)
      + entries("activation", Activation.self) + entries("normalization", Normalization.self)
      + entries("initialization", InitializationKind.self) + entries("output-bias", OutputBiasKind.self)
      + entries("binarize", Binarization.self)
      + entries("optimizer", OptimizerKind.self) + entries("schedule", ScheduleKind.self)
      + entries("reduction", Reduction.self) + entries("on-nan", NonFiniteResponse.self)
    try console.json(entries)
    let width = entries.reduce(0) { max($0, $1.option.count + $1.word.count) }
    for entry in entries {
      let left = "--\(entry.option) \(entry.word)"
      console.result(left + String(repeating: " ", count: width + 5 - left.count) + entry.summary)
    }
  }

  private static func entries<Kind: Choice>(_ option: String, _ kind: Kind.Type) -> [Entry] {
    kind.allCases.map { Entry(option: option, word: $0.rawValue, summary: $0.summary) }
  }
}
