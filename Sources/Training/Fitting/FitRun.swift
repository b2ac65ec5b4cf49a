import ClassicalModels
import Datasets
import FoundationEssentials

/// A fit from its settings to the folder that it leaves:
///
///     config.json          the settings, and what the data were
///     metrics.jsonl        the bound after every half of an iteration, nats per datum
///     results.json         what came of it, nats of all data
///     model.safetensors    what was learned, float64
///     images/              pictures
///     report.html          all of it as one page
public struct FitRun: Sendable {
  public let folder: RunFolder
  public let model: FittedModel

  /// The entry of `config.json` by which a fit is told from a training.
  struct Kind: Decodable { let fit: FitKind }

  /// The entries of `config.json`.
  private struct Configuration: Encodable {
    let settings: FitSettings
    let fingerprints: [Fingerprint]
    let versions = RunConfiguration.Versions.current

    private enum Keys: String, CodingKey { case fingerprints, versions }

    func encode(to encoder: any Encoder) throws {
      try settings.encode(to: encoder)
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(fingerprints, forKey: .fingerprints)
      try container.encode(versions, forKey: .versions)
    }
  }

  /// Fits and writes.
  ///
  /// - Parameters:
  ///   - output: The folder to make.
  ///   - report: Told of every step.
  /// - Throws: `RunError` and `DataError` for the folder, and what the fit throws.
  public init(
    _ settings: FitSettings, on source: DataSource, output: String, report: (FitStep) throws -> Void = { _ in }
  ) throws {
    var settings = settings
    if !DataSource.names.contains(settings.data) { settings.data = Paths.absolute(settings.data) }
    settings.dataFolder = settings.dataFolder.map(Paths.absolute)
    let data = settings.count.map { source.train[0..<min($0, source.train.count)] } ?? source.train
    let whole = data.dataMatrix()
    let reduction = try settings.reduction.map { try PrincipalDirections(to: $0, of: whole) }
    let x = try reduction.map { try $0(whole) } ?? whole
    var steps: [FitStep] = []
    // First of all, so that a folder that cannot be made costs no fit.
    folder = try RunFolder.create(at: output)
    model = try FittedModel(settings, to: x) {
      steps.append($0)
      try report($0)
    }
    // A fit that fails leaves no run: the same command may be given again.
    let configuration = Configuration(settings: settings, fingerprints: try source.fingerprints())
    try Self.write(configuration, to: folder.configurationPath)
    let newline = [UInt8(ascii: "\n")]
    try AtomicFile.write(try steps.map { try JSON.encoded($0) + newline }, to: folder.metricsPath)
    try Self.write(model.results, to: folder.resultsPath)
    var arrays = model.arrays
    if let reduction {
      arrays["reduction.mean"] = DataArray(reduction.mean)
      arrays["reduction.directions"] = DataArray(
        reduction.directions.elements, shape: [reduction.directions.rows, reduction.directions.columns])
    }
    try Safetensors(tensors: arrays).write(to: folder.path + "/model.safetensors")
    let gallery = FitGallery(
      data: data, x: x, model: model, steps: steps, reduction: reduction, rotation: settings.rotation)
    let pictures = try gallery.pictures()
    for (name, picture) in pictures { try picture.writePNG(to: folder.imagesPath + "/\(name).png") }
    let report = FitReport(
      folder: folder, settings: settings, results: model.results, pictures: pictures.map(\.name))
    try AtomicFile.write([Array(try report.html().utf8)], to: folder.reportPath)
  }

  private static func write(_ value: some Encodable, to path: String) throws {
    try AtomicFile.write([try JSON.encoded(value, pretty: true), [UInt8(ascii: "\n")]], to: path)
  }
}

/// `report.html` of a fit.
struct FitReport {
  let folder: RunFolder
  let settings: FitSettings
  let results: FitResults
  let pictures: [String]

  func html() throws -> String {
    let reduced = settings.reduction == nil ? "" : " along the directions of largest variance"
    let about =
      "\(settings.fit.rawValue) of \(Paths.name(settings.data)): \(results.count) data of \(results.size) numbers"
      + "\(reduced); nats of all data, and in the picture of the bound per datum."
    let images = try pictures.map { name in
      let bytes = try Data(contentsOf: URL(filePath: folder.imagesPath + "/\(name).png"))
      return "<figure><figcaption><b>\(name)</b></figcaption><img alt=\"\(name)\" style=\"image-rendering:auto\" "
        + "src=\"data:image/png;base64,\(bytes.base64EncodedString())\"></figure>"
    }
    let text = String(decoding: try Data(contentsOf: URL(filePath: folder.configurationPath)), as: UTF8.self)
    return Page.html(
      title: Paths.name(folder.path),
      [
        "<p>\(Page.escaped(about))</p>", "<h2>Results</h2>\(Page.table(results.table))",
        "<h2>Pictures</h2><div class=\"grid2\">\(images.joined(separator: "\n"))</div>",
        "<h2>Configuration</h2><pre>\(Page.escaped(text))</pre>",
      ])
  }
}

extension FitResults {
  /// What people are shown, a line for each figure.
  public var table: [(String, String)] {
    func number(_ value: Double) -> String { "\((value * 1e6).rounded() / 1e6 + 0)" }
    var rows = [("iterations", "\(iterations)\(converged ? "" : ", not converged")")]
    rows.append(("log p(X)", logLikelihood.map(number) ?? "a sum over too many choices"))
    rows.append(("ELBO", number(elbo)))
    if let gap { rows.append(("log p(X) - ELBO", number(gap))) }
    let field = "ELBO of the mean field" + (fit == .ppcaMixture ? " given the choices" : "")
    if let meanFieldElbo { rows.append((field, number(meanFieldElbo))) }
    if let logLikelihood, let meanFieldElbo {
      rows.append(("log p(X) - \(field)", number(logLikelihood - meanFieldElbo)))
    }
    if let parameters { rows.append(("parameters", "\(parameters)")) }
    if let bic { rows.append(("BIC, larger is better", number(bic))) }
    if let aic { rows.append(("AIC, larger is better", number(aic))) }
    return rows
  }
}
