import Datasets
import FoundationEssentials
import Models
import Tensors

/// `report.html` of a run folder: one page that needs nothing else, not even the network.
public struct Report {
  private let folder: RunFolder
  private let configuration: RunConfiguration
  private let metrics: [Metrics]

  /// - Throws: `RunError` where the folder is no run.
  public init(_ folder: RunFolder) throws {
    self.folder = folder
    configuration = try folder.readConfiguration()
    metrics = try folder.readMetrics()
  }

  /// Writes the page, whole or not at all, and gives its path.
  @discardableResult
  public func write() throws -> String {
    try AtomicFile.write([Array(try html().utf8)], to: folder.reportPath)
    return folder.reportPath
  }

  func html() throws -> String {
    Page.html(
      title: Paths.name(folder.path),
      [summary, curves, try pictures(), try dimensions(), try results(), model, try configurationText()])
  }

  private func last(_ split: Metrics.Split) -> Metrics? { metrics.last { $0.split == split } }

  private var summary: String {
    let settings = configuration.settings
    guard let end = last(.test) ?? last(.validation) ?? last(.train) else { return "" }
    var tiles = [
      ("\(end.split.rawValue) ELBO", Chart.label(end.elbo)), ("reconstruction", Chart.label(end.reconstruction)),
      ("KL", Chart.label(end.kl)), ("steps", "\(end.step)"), ("epochs", "\(end.epoch)"),
    ]
    if let speed = last(.train)?.imagesPerSecond { tiles.append(("images/s", Chart.label(speed.rounded()))) }
    let cells = tiles.map { "<div><b>\($0.1)</b><small>\($0.0)</small></div>" }.joined()
    let about =
      "\(settings.model.rawValue) on \(Paths.name(settings.data)), \(configuration.machine.name) "
      + "(\(configuration.machine.device)); likelihoods in nats per datum."
    return "<p>\(Page.escaped(about))</p><div class=\"tiles\">\(cells)</div>"
  }

  private var curves: String {
    func series(_ value: (Metrics) -> Double?, _ splits: [Metrics.Split]) -> [Chart.Series] {
      splits.filter { last($0) != nil }.map { split in
        Chart.Series(
          name: split.rawValue,
          points: metrics.filter { $0.split == split }.compactMap { line in
            value(line).map { (Double(line.step), $0) }
          })
      }
    }
    let charts = [
      Chart(title: "ELBO", unit: "nats per datum", series: series(\.elbo, Metrics.Split.allCases)),
      Chart(title: "Reconstruction", unit: "nats per datum", series: series(\.reconstruction, Metrics.Split.allCases)),
      Chart(title: "KL divergence", unit: "nats per datum", series: series(\.kl, Metrics.Split.allCases)),
      Chart(title: "Gradient norm", unit: "mean over batches", series: series(\.gradientNorm, [.train])),
      Chart(title: "Throughput", unit: "images per second", series: series(\.imagesPerSecond, [.train])),
      Chart(title: "Learning rate", unit: "at the last batch", series: series(\.learningRate, [.train])),
    ]
    return "<h2>Training</h2><div class=\"grid2\">\(charts.map(\.html).joined())</div>"
  }

  /// Pictures by kind, each over the epochs at which it was drawn, under a slider.
  private func pictures() throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.imagesPath).filter { $0.hasSuffix(".png") }
    var kinds: [String: [(epoch: Int, label: String, name: String)]] = [:]
    for name in names {
      let stem = String(name.dropLast(4))
      let parts = stem.split(separator: "-epoch-", maxSplits: 1).map(String.init)
      let epoch = parts.count > 1 ? Int(parts[1]) ?? 0 : .max
      kinds[parts[0], default: []].append((epoch, parts.count > 1 ? "epoch \(parts[1])" : "at the end", name))
    }
    let figures = try kinds.sorted { $0.key < $1.key }.map { kind, pictures in
      let ordered = pictures.sorted { $0.epoch < $1.epoch }
      let images = try ordered.enumerated().map { place, picture in
        let bytes = try Data(contentsOf: URL(filePath: folder.imagesPath + "/" + picture.name))
        let hidden = place == ordered.count - 1 ? "" : " hidden"
        return "<img\(hidden) alt=\"\(kind), \(picture.label)\" data-label=\"\(picture.label)\" "
          + "src=\"data:image/png;base64,\(bytes.base64EncodedString())\">"
      }
      let slider =
        ordered.count < 2
        ? ""
        : """
        <input type="range" min="0" max="\(ordered.count - 1)" value="\(ordered.count - 1)" aria-label="time" \
        oninput="const f=this.closest('figure');f.querySelectorAll('img').forEach((e,i)=>{e.hidden=i!=this.value;\
        if(i==this.value)f.querySelector('output').value=e.dataset.label})">
        """
      let all = "<small class=\"print\">\(ordered.map(\.label).joined(separator: ", "))</small>"
      return "<figure\(slider.isEmpty ? "" : " class=\"time\"")><figcaption><b>\(Page.escaped(kind))</b> "
        + "<output>\(ordered.last?.label ?? "")</output> \(all)\(slider)</figcaption>\(images.joined())</figure>"
    }
    return figures.isEmpty ? "" : "<h2>Pictures</h2><div class=\"grid2\">\(figures.joined())</div>"
  }

  /// KL by latent dimension, of the last evaluation.
  private func dimensions() throws -> String {
    guard let found = try folder.readResults(), let largest = found.klPerDimension.max(), largest > 0 else { return "" }
    let bars = found.klPerDimension.enumerated().sorted { $0.element > $1.element }.map { number, value in
      "<div title=\"dimension \(number): \(Chart.label(value)) nats\" style=\"height:"
        + "\((value / largest * 1000).rounded() / 10)%\"><i>\(number)</i></div>"
    }
    return "<h2>KL by latent dimension</h2><p>Largest first: \(Chart.label(largest)) nats; \(found.activeUnits) of "
      + "\(found.latentSize) dimensions are active.</p><div class=\"bars\">\(bars.joined())</div>"
  }

  private func results() throws -> String {
    guard let found = try folder.readResults() else { return "" }
    var rows = [
      ("split", "\(found.split.rawValue), \(found.count) data"), ("ELBO", Chart.label(found.elbo)),
      ("reconstruction", Chart.label(found.reconstruction)), ("KL", Chart.label(found.kl)),
      (
        "\(configuration.condition.likelihoodName), \(found.samples) draws",
        Chart.label(found.logLikelihood, standardError: found.logLikelihoodStandardError)
      ),
      ("bits per dimension", Chart.label(found.bitsPerDimension)),
      ("active units", "\(found.activeUnits) of \(found.latentSize)"),
    ]
    if let other = found.against { rows.append(("AUROC against \(other.data)", Chart.label(other.auroc))) }
    if let gap = found.amortizationGap {
      rows.append(
        (
          "amortization gap",
          Chart.label(gap.value, standardError: gap.standardError) + ", of \(gap.count) data"
        ))
    }
    return "<h2>Evaluation</h2>" + Page.table(rows)
  }

  private var model: String {
    let model = configuration.makeModel()
    var entries: [(String, String)] = []
    var total = 0
    for entry in model.parameters.entries {
      entries.append((entry.path, "\(entry.parameter.shape) — \(entry.parameter.count)"))
      total += entry.parameter.count
    }
    return "<h2>Model</h2><p>\(total) parameters.</p>" + Page.table(entries)
  }

  private func configurationText() throws -> String {
    let text = String(decoding: try Data(contentsOf: URL(filePath: folder.configurationPath)), as: UTF8.self)
    return "<h2>Configuration</h2><pre>\(Page.escaped(text))</pre>"
  }
}
