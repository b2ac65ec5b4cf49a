/// A run in one line: what it is, how far it is, and its best figures.
public struct RunSummary: Codable, Hashable, Sendable {
  public var run: String
  public var model: String
  public var data: String
  public var step: Int
  public var epoch: Int
  /// The largest of the test data, or of those learned from where there are no others; nats per datum.
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
    let configuration = try folder.readConfiguration()
    let metrics = try folder.readMetrics()
    let tests = metrics.filter { $0.split == .test }
    let judged = tests.isEmpty ? metrics : tests
    let best = judged.filter { $0.elbo.isFinite }.max { $0.elbo < $1.elbo }
    let results = try folder.readResults()
    run = name
    model = configuration.settings.model.rawValue
    data = Paths.name(configuration.settings.data)
    step = metrics.last?.step ?? 0
    epoch = metrics.last?.epoch ?? 0
    bestElbo = best?.elbo
    bestStep = best?.step
    lastElbo = judged.last?.elbo
    logLikelihood = results?.logLikelihood
    samples = results?.samples
    seconds = metrics.last?.seconds ?? 0
  }
}
