import Basics
import Elbo
import Harness

/// An evaluation as `--json` has it: with the name of the run, where there are several.
struct EvaluationLine: Encodable {
  let run: String?
  let evaluation: Evaluation

  private enum CodingKeys: String, CodingKey { case run }

  func encode(to encoder: any Swift.Encoder) throws {
    try evaluation.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(run, forKey: .run)
  }
}

/// Evaluations for people.
enum EvaluationReport {
  /// One, a figure a line.
  static func show(_ found: Evaluation, of trained: TrainedModel, _ console: Console) {
    func line(_ name: String, _ text: String) {
      console.result(name + String(repeating: " ", count: max(1, 20 - name.count)) + text)
    }
    console.result(
      "\(trained.settings.data), \(found.split) split, \(found.count) data, after step \(trained.progress.step); "
        + "nats per datum")
    let name = trained.configuration.condition.likelihoodName
    // What such a model is trained by is another bound.
    let isOfLabels = trained.settings.model == .m2
    line(
      "elbo",
      fixed(found.elbo, digits: 4)
        + (isOfLabels ? ", of log p(x|y); that of training is of log p(x, y), or of log p(x) without a label" : ""))
    line("reconstruction", fixed(found.reconstruction, digits: 4))
    line("kl", fixed(found.kl, digits: 4))
    line(
      name,
      "\(likelihood(found)) (standard error), \(found.samples) \(found.samples == 1 ? "draw" : "draws") a datum"
        + (found.samples < 100 ? "; --samples 5000 comes nearer" : ""))
    line("bits per dimension", fixed(found.bitsPerDimension, digits: 4))
    line("active units", "\(found.activeUnits) of \(found.latentSize)")
    if let information = found.mutualInformation {
      line("mutual information", "\(fixed(information.value, digits: 4)), at most log \(information.count)")
    }
    if !found.klPerDimension.isEmpty {
      line("kl by dimension", found.klPerDimension.map { fixed($0, digits: 2) }.joined(separator: " "))
    }
    if let gap = found.amortizationGap {
      line(
        "amortization gap",
        "\(fixed(gap.value, digits: 4)) ± \(error(gap.standardError)) on \(gap.count) data, "
          + "after \(gap.steps) steps of search")
    }
    if let annealed = found.annealed {
      let samples = "\(found.samples) \(found.samples == 1 ? "draw" : "draws")"
      line(
        "\(name), annealed",
        "\(fixed(annealed.logLikelihood, digits: 4)) ± \(error(annealed.standardError)) on "
          + "\(annealed.count) data, of which the chains ± \(error(annealed.chainError)); by "
          + "\(samples) of the posterior \(fixed(annealed.importanceSampled, digits: 4))")
      line(
        "annealing",
        "\(annealed.chains) chains, \(annealed.temperatures) temperatures, \(annealed.leapfrogSteps) leapfrog steps, "
          + "\(fixed(annealed.acceptance, digits: 2)) of the moves accepted")
    }
    if let other = found.against {
      line(
        "against \(other.data)",
        "\(name) \(fixed(other.logLikelihood, digits: 4)) of \(other.count) data, AUROC "
          + fixed(other.auroc, digits: 4))
    }
  }

  /// Several, a run a line.
  ///
  /// - Parameter conditions: what the models are told.
  static func compare(_ lines: [EvaluationLine], given conditions: [Condition], _ console: Console) {
    let names = Set(conditions.map(\.likelihoodName)).sorted()
    let hasOthers = lines.contains { $0.evaluation.against != nil }
    let isAnnealed = lines.contains { $0.evaluation.annealed != nil }
    var table = TextTable(
      [
        "run", ">elbo", ">reconstruction", ">kl", ">\(names.joined(separator: " or "))", ">bits/dim", ">active",
        ">samples",
      ]
        + (isAnnealed ? [">annealed"] : []) + (hasOthers ? [">AUROC"] : []))
    for line in lines {
      let found = line.evaluation
      table.append(
        [
          line.run ?? "", fixed(found.elbo, digits: 3), fixed(found.reconstruction, digits: 3),
          fixed(found.kl, digits: 3), likelihood(found), fixed(found.bitsPerDimension, digits: 4),
          "\(found.activeUnits)/\(found.latentSize)", "\(found.samples)",
        ] + (isAnnealed ? [found.annealed.map { fixed($0.logLikelihood, digits: 4) } ?? "-"] : [])
          + (hasOthers ? [found.against.map { fixed($0.auroc, digits: 4) } ?? "-"] : []))
    }
    for line in table.lines { console.result(line) }
  }

  private static func likelihood(_ found: Evaluation) -> String {
    "\(fixed(found.logLikelihood, digits: 4)) ± \(error(found.logLikelihoodStandardError))"
  }

  private static func error(_ value: Double) -> String { value.isFinite ? fixed(value, digits: 4) : "unknown" }
}
