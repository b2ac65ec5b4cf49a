import Basics
import Elbo
import FoundationEssentials
import Harness

extension Verb {
  /// `elbo runs [FOLDER]`.
  static let runs: Verb = {
    let folder = Argument("FOLDER", .path, default: "runs", "where runs are looked for, in it and in its folders")
    let order = Option("sort", .choice, default: RunOrder.name, "what runs are ordered by")
    return Verb(
      "runs", "lists runs with their best figures",
      discussion: "ELBO is that of the test data, where there are any, and best where the objective is, as in "
        + "--checkpoint best; the log-likelihood is that of the last 'elbo evaluate': log p(x), or of a conditional "
        + "model log p(x|y). Fits have iterations for epochs, and an exact log p(x) without draws. All are in nats per "
        + "datum.",
      arguments: [folder], options: [OptionGroup("listing", [order])]
    ) { call in
      let found = try RunList.summaries(in: call[folder]) { path, error in
        call.console.note("\(path) is left out: \(failureMessage(of: error))")
      }
      let sorted = call[order] == .name ? found : found.sorted { $0.bestElbo ?? -.infinity > $1.bestElbo ?? -.infinity }
      for summary in sorted { try call.console.json(summary) }
      guard !sorted.isEmpty else { return call.console.note("\(call[folder]) has no runs") }
      for line in RunList.table(sorted).lines { call.console.result(line) }
    }
  }()

  /// `elbo compare RUN RUN…`.
  static let compare: Verb = {
    let output = Option("output", .path, default: "comparison.html", "the page to write")
    return Verb(
      "compare", "sets runs side by side on one page",
      discussion: "Their curves in one picture each, the settings "
        + "that differ, evaluations, and pictures. The page needs nothing else, not even the network.",
      arguments: [RunOptions.runs], options: [OptionGroup("page", [output])]
    ) { call in
      let paths = call[RunOptions.runs]
      guard (2...Comparison.mostRuns).contains(paths.count) else {
        throw UsageError("compare takes 2 to \(Comparison.mostRuns) runs, not \(paths.count)")
      }
      try Comparison(paths.map(RunFolder.open)).write(to: call[output])
      try call.console.json(Written(output: call[output], count: paths.count))
      call.console.result(call[output])
    }
  }()

  /// `elbo report RUN`.
  static let report: Verb = Verb(
    "report", "writes a run's report.html again",
    discussion: "Training writes it at its end; this at any time, with what 'elbo evaluate' found since then.",
    arguments: [RunOptions.run]
  ) { call in
    let path = try Report(RunFolder.open(call[RunOptions.run])).write()
    try call.console.json(Written(output: path, count: 1))
    call.console.result(path)
  }
}

/// What runs are listed by.
enum RunOrder: String, CaseIterable { case name, elbo }

/// Runs of a folder.
private enum RunList {
  /// How far folders are gone into: `runs/experiment/seed-1`.
  private static let depth = 3

  /// - Parameter leavingOut: told of a run that is not understood, which does not hide the others.
  static func summaries(in folder: String, leavingOut: (String, any Error) -> Void) throws -> [RunSummary] {
    guard FileManager.default.fileExists(atPath: folder) else {
      throw DataError.missing(path: folder, expected: "a folder of runs")
    }
    return try paths(in: folder, depth).sorted().compactMap { path in
      do { return try RunSummary(RunFolder.open(path), named: path) } catch { leavingOut(path, error) }
      return nil
    }
  }

  private static func paths(in folder: String, _ depth: Int) throws -> [String] {
    let files = FileManager.default
    if files.fileExists(atPath: folder + "/config.json") { return [folder] }
    guard depth > 0 else { return [] }
    return try files.contentsOfDirectory(atPath: folder).flatMap { name -> [String] in
      let path = folder + "/" + name
      var isFolder = false
      guard files.fileExists(atPath: path, isDirectory: &isFolder), isFolder else { return [] }
      return (try? paths(in: path, depth - 1)) ?? []
    }
  }

  static func table(_ runs: [RunSummary]) -> TextTable {
    func figure(_ value: Double?) -> String { value.map { fixed($0, digits: 2) } ?? "-" }
    var table = TextTable(
      [
        "run", "model", "data", ">epochs", ">steps", ">best elbo", ">at step", ">last elbo", ">log-likelihood",
        ">draws",
      ])
    for run in runs {
      table.append([
        run.run, run.model, run.data, "\(run.epoch)", "\(run.step)", figure(run.bestElbo),
        run.bestStep.map(String.init) ?? "-", figure(run.lastElbo), figure(run.logLikelihood),
        run.samples.map(String.init) ?? "-",
      ])
    }
    return table
  }
}
