import Datasets
import Inference
import Models
import Runtime
import Tensors

/// log p(x) by annealed importance sampling from the prior: an estimate that knows nothing of the encoder, and so tells
/// how far importance sampling with it can be trusted (Wu, Burda, Salakhutdinov and Grosse, On the quantitative analysis
/// of decoder-based generative models, ICLR 2017).
public struct AnnealedEvidence: Codable, Hashable, Sendable {
  /// Nats per datum.
  public var logLikelihood: Double
  /// Of the mean over the data; infinite where it is not known, as of one datum.
  public var standardError: Double
  /// What of it the chains leave undecided for just these data, nats per datum; infinite where it is not known, as of one
  /// chain.
  public var chainError: Double
  /// log p(x) of the same data by the evaluation's importance sampling, nats per datum.
  public var importanceSampled: Double
  /// Data, from the first on.
  public var count: Int
  /// Chains of each datum.
  public var chains: Int
  /// Distributions on the way, the posterior among them: moves of each chain.
  public var temperatures: Int
  public var leapfrogSteps: Int
  /// The mean probability with which a move was accepted.
  public var acceptance: Double

  /// What a search for the evidence takes.
  public struct Options: Hashable, Sendable {
    /// Data at most, from the first on.
    public var count = 100
    public var temperatures = 1000
    public var moves = LatentChains.Options()

    public init() {}
  }

  /// Chains that move at a time: enough work for each launch, and little memory.
  private static func width(on device: DeviceDescription) -> Int { device.kind == .cpu ? 1 << 11 : 1 << 15 }

  /// Anneals.
  ///
  /// - Parameters:
  ///   - evaluation: of the same data, with which the figure is set side by side.
  ///   - pixels: how stored pictures become data; bits that are drawn are those of the evaluation.
  ///   - condition: what the model is told of a datum; its class where nil, and the model is told anything.
  ///   - progress: told the share of the work that is done.
  /// - Throws: `EvaluationError.latentNotReal` where latent values cannot move freely, `.tooManyDraws` for chains
  ///   whose numbers do not fit into 31 bits, and what the device throws.
  public init(
    _ model: any TrainableModel, on data: DataSet, beside evaluation: Evaluation, pixels: Pixels,
    condition: Condition? = nil, options: Options = Options(), seed: UInt64 = 0, device backend: any Backend,
    progress: (Double) throws -> Void = { _ in }
  ) throws {
    let inputs = Inputs(
      pixels: pixels, condition: condition ?? Condition(conditionSize: model.conditionSize),
      isIncomplete: data.isIncomplete)
    let count = min(options.count, data.count)
    let width = max(1, Self.width(on: backend.device) / options.moves.chains)
    let limit = Int(Int32.max) / (width * max(data.datumSize, evaluation.latentSize, 1))
    guard options.moves.chains <= limit else { throw EvaluationError.tooManyDraws(options.moves.chains, limit: limit) }
    var found: [LatentChains.Evidence] = []
    var acceptance = 0.0
    for start in stride(from: 0, to: count, by: width) {
      let range = start..<min(start + width, count)
      let chains = try LatentChains(
        options.moves, along: .sigmoid(options.temperatures), latentSize: evaluation.latentSize,
        seed: seed &+ UInt64(start) << 32, over: inputs.fields(of: data, range), on: backend
      ) { batch in
        let seen = inputs(batch.fields, .binarization(range, seed: seed))
        let one = seen.given(model)
        guard one.prior.support == .realNumbers else { throw EvaluationError.latentNotReal(one.prior.support) }
        return LatentChains.Target(one, seen.x)
      }
      found += try chains.anneal { share in
        try progress((Double(start) + share * Double(range.count)) / Double(count))
      }
      acceptance += try chains.acceptance() * Double(range.count) / Double(count)
    }
    let mean = SampleMean(found.map(\.logLikelihood))
    (logLikelihood, standardError) = (mean.value, mean.standardError)
    chainError = found.reduce(0) { $0 + $1.standardError * $1.standardError }.squareRoot() / Double(count)
    importanceSampled = SampleMean(Array(evaluation.logLikelihoods.prefix(count))).value
    self.count = count
    (chains, temperatures) = (options.moves.chains, options.temperatures)
    leapfrogSteps = options.moves.leapfrogSteps
    self.acceptance = acceptance
  }
}
