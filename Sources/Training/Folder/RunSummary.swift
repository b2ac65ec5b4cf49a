import Datasets

/// A run in one line: what it is, how far it is, and its best figures.
public struct RunSummary: Codable, Hashable, Sendable {
  public var run: String
  public var model: String
  public var data: String
  public var step: Int
  public var epoch: Int
  /// Where the objective is largest, as in the best checkpoint: of the data to validate or test with, or of those learned
  /// from where there are no others; nats per datum.
  public var bestElbo: Double?
  public var bestStep: Int?
  public var lastElbo: Double?
  /// Of the last evaluation, with the draws for each datum.
  public var logLikelihood: Double?
  public var samples: Int?
  public var seconds: Double

  /// - Parameter name: what the run is called.
  /// - Throws: `RunError` where the folder is no run.
  public init(_ folder: RunFolder, named name: String) throws {
    do {
      let configuration = try folder.readConfiguration()
      self.init(configuration, try folder.readMetrics(), try folder.readResults(), named: name)
    } catch RunError.fitted(let path, _) {
      guard let (results, steps) = try? folder.readFit() else {
        throw RunError.notARun(path: path, reason: "its results.json or metrics.jsonl is not that of a fit")
      }
      self.init(results, steps, named: name)
    }
  }

  private init(_ configuration: RunConfiguration, _ metrics: [Metrics], _ results: Evaluation?, named name: String) {
    let best = metrics.best
    run = name
    model = configuration.settings.model.rawValue
    data = Paths.name(configuration.settings.data)
    step = metrics.last?.step ?? 0
    epoch = metrics.last?.epoch ?? 0
    bestElbo = best?.elbo
    bestStep = best?.step
    lastElbo = metrics.judged.last?.elbo
    logLikelihood = results?.logLikelihood
    samples = results?.samples
    seconds = metrics.last?.seconds ?? 0
  }

  /// A fit: its iterations are passes over the data as epochs are, and its log p(x) needs no draws.
  private init(_ results: FitResults, _ steps: [FitStep], named name: String) {
    run = name
    model = results.fit.rawValue
    data = Paths.name(results.data)
    step = steps.count
    epoch = results.iterations
    bestElbo = results.elbo / Double(results.count)
    lastElbo = bestElbo
    logLikelihood = results.logLikelihood.map { $0 / Double(results.count) }
    seconds = steps.last?.seconds ?? 0
  }
}
