import Datasets
import FoundationEssentials

/// Several runs on one page: their curves in one picture each, what their settings differ in, what they ended with.
public struct Comparison {
  private struct Entry {
    let name: String
    let folder: RunFolder
    let configuration: RunConfiguration
    let metrics: [Metrics]
    let results: Evaluation?
  }

  /// As many as are told apart by colour.
  public static let mostRuns = Page.seriesCount

  private let entries: [Entry]

  /// - Throws: `RunError` where a folder is no run.
  public init(_ folders: [RunFolder]) throws {
    entries = try zip(folders, Self.names(of: folders)).map { folder, name in
      Entry(
        name: name, folder: folder, configuration: try folder.readConfiguration(), metrics: try folder.readMetrics(),
        results: try folder.readResults())
    }
  }

  /// The last parts of the paths, as many as tell the runs apart.
  private static func names(of folders: [RunFolder]) -> [String] {
    let parts = folders.map { $0.path.split(separator: "/").map(String.init) }
    func names(_ count: Int) -> [String] { parts.map { $0.suffix(count).joined(separator: "/") } }
    let longest = parts.map(\.count).max() ?? 1
    return names((1...max(1, longest)).first { Set(names($0)).count == folders.count } ?? longest)
  }

  /// Writes the page, whole or not at all.
  public func write(to path: String) throws { try AtomicFile.write([Array(try html().utf8)], to: path) }

  func html() throws -> String {
    Page.html(
      title: entries.map(\.name).joined(separator: " · "),
      [ends, curves, try differences(), evaluations, try pictures()])
  }

  private var ends: String {
    let rows = entries.map { entry -> [String] in
      let (judged, best) = (entry.metrics.judged, entry.metrics.best)
      return [
        entry.name, best.map { Chart.label($0.elbo) } ?? "—", best.map { "\($0.step)" } ?? "—",
        judged.last.map { Chart.label($0.elbo) } ?? "—", entry.metrics.last.map { "\($0.step)" } ?? "—",
        entry.metrics.last.map { Chart.label($0.seconds) } ?? "—",
      ]
    }
    return "<p>Likelihoods in nats per datum, of the test data where there are any.</p>"
      + Page.table(rows, heading: ["run", "best ELBO", "at step", "last ELBO", "steps", "seconds"])
  }

  private var curves: String {
    func chart(
      _ title: String, _ unit: String, _ value: (Metrics) -> Double?, _ lines: (Entry) -> [Metrics]
    ) -> String {
      Chart(
        title: title, unit: unit,
        series: entries.map { entry in
          Chart.Series(
            name: entry.name, points: lines(entry).compactMap { line in value(line).map { (Double(line.step), $0) } })
        }
      ).html
    }
    let charts = [
      chart("ELBO", "nats per datum", \.elbo, \.metrics.judged),
      chart("Reconstruction", "nats per datum", \.reconstruction, \.metrics.judged),
      chart("KL divergence", "nats per datum", \.kl, \.metrics.judged),
      chart("Gradient norm", "mean over batches", \.gradientNorm, \.metrics),
      chart("Learning rate", "at the last batch", \.learningRate, \.metrics),
      chart("Throughput", "images per second", \.imagesPerSecond, \.metrics),
    ]
    return "<h2>Training</h2><div class=\"grid2\">\(charts.joined())</div>"
  }

  /// The settings that are not the same in all.
  private func differences() throws -> String {
    let settings = try entries.map { try $0.configuration.settings.texts() }
    let rows = Settings.keys.compactMap { key -> [String]? in
      let values = settings.map { $0[key] ?? "—" }
      return Set(values).count > 1 ? [key] + values : nil
    }
    guard !rows.isEmpty else { return "<h2>Settings</h2><p>All are the same.</p>" }
    return "<h2>Settings that differ</h2>" + Page.table(rows, heading: ["setting"] + entries.map(\.name))
  }

  private var evaluations: String {
    let evaluated = entries.filter { $0.results != nil }
    guard !evaluated.isEmpty else { return "" }
    func row(_ name: String, _ text: (Evaluation) -> String) -> [String] {
      [name] + evaluated.map { $0.results.map(text) ?? "—" }
    }
    let rows = [
      row("split", { "\($0.split.rawValue), \($0.count) data" }), row("ELBO", { Chart.label($0.elbo) }),
      row("log-likelihood") { Chart.label($0.logLikelihood, standardError: $0.logLikelihoodStandardError) },
      row("draws", { "\($0.samples)" }), row("bits per dimension", { Chart.label($0.bitsPerDimension) }),
      row("active units", { "\($0.activeUnits) of \($0.latentSize)" }),
    ]
    return "<h2>Evaluation</h2>" + Page.table(rows, heading: [""] + evaluated.map(\.name))
  }

  /// What each drew at its end.
  private func pictures() throws -> String {
    let figures = try ["samples.png", "reconstructions.png"].flatMap { name in
      try entries.compactMap { entry -> String? in
        let path = entry.folder.imagesPath + "/" + name
        guard Paths.exists(path) else { return nil }
        let bytes = try Data(contentsOf: URL(filePath: path))
        let title = "\(Page.escaped(entry.name)), \(name.dropLast(4))"
        return "<figure><figcaption><b>\(title)</b></figcaption><img alt=\"\(title)\" "
          + "src=\"data:image/png;base64,\(bytes.base64EncodedString())\"></figure>"
      }
    }
    return figures.isEmpty ? "" : "<h2>Pictures</h2><div class=\"grid2\">\(figures.joined())</div>"
  }
}
