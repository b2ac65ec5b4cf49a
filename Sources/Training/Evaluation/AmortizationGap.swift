import Datasets
import Distributions
import Inference
import Models
import Optimizers
import Runtime
import Tensors

/// How much of the bound the encoder loses by being one function for all data: the bound with a normal posterior found
/// for each datum by itself, less that with the encoder's (Cremer, Li and Duvenaud, Inference suboptimality in
/// variational autoencoders, ICML 2018).
///
/// Both bounds are means over the same draws. The search begins at the encoder's posterior and ends after so many steps,
/// so the true gap is rather larger.
public struct AmortizationGap: Codable, Hashable, Sendable {
  /// Nats per datum.
  public var value: Double
  /// Of the mean over the data; infinite where it is not known, as of one datum.
  public var standardError: Double
  /// Data, from the first on.
  public var count: Int
  /// Steps of the search.
  public var steps: Int

  /// Data whose posteriors are found together.
  private static let mostData = 500
  /// Draws by which both bounds are computed.
  private static let draws: UInt32 = 32

  /// Searches.
  ///
  /// - Throws: `EvaluationError.posteriorNotNormal` for an encoder whose posterior has no independent normal dimensions,
  ///   and what the device throws.
  init(
    _ model: any TrainableModel, on data: DataSet, inputs: Inputs, steps: Int, seed: UInt64, device backend: any Backend
  ) throws {
    let count = min(data.count, Self.mostData)
    let first = data[0..<count]
    let fields = try inputs.fields(of: first)
    let rows = Tensor((0..<count).map(Int32.init))
    func noise(_ draw: UInt32) -> RandomKey {
      let state = Tensor([UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), draw])
      return RandomKey(state: state, domain: .evaluation, rows: rows)
    }
    let key = RandomKey.binarization(0..<count, seed: seed)
    let seen = inputs(fields, key)
    guard let posterior = seen.given(model).posterior(given: seen.x) as? Normal else {
      throw EvaluationError.posteriorNotNormal
    }
    let start = try evaluate([posterior.mean, posterior.logVariance], on: backend)
    let table = PosteriorTable(count, .diagonalNormal(start[0].shape[1]))
    let minimizer = Minimizer(
      Adam(learningRate: .cosine(0.03, to: 0.001, over: steps)), of: ParameterArena(table, seed: 0))
    try minimizer.arena.variable.write(try concatenated(start.map { $0.flattened() }).evaluated(on: backend))
    let step = try Step(
      on: backend, over: inputs.source(of: first, order: .sequential, on: backend), batchSize: count, seed: seed,
      metrics: []
    ) { batch in
      // The same bits and, step by step, other draws.
      let seen = inputs(batch.fields, key)
      let bound = elbo(seen.given(model), table(rows: batch.rows).drawn(batch.noise), seen.x)
      _ = minimizer.minimize(-bound.value.mean(), dataCount: count)
      return []
    }
    try step.replay(times: steps)
    try step.synchronize()

    var gaps = [Double](repeating: 0, count: count)
    for draw in 0..<Self.draws {
      let one = seen.given(model)
      let found = elbo(one, table(rows: rows).drawn(noise(draw)), seen.x).value
      let amortized = elbo(one, posterior.drawn(noise(draw)), seen.x).value
      let difference = try (found - amortized).scalars(on: backend)
      for datum in gaps.indices { gaps[datum] += difference[datum] / Double(Self.draws) }
    }
    let mean = SampleMean(gaps)
    (value, standardError) = (mean.value, mean.standardError)
    self.count = count
    self.steps = steps
  }
}

extension AmortizationGap {
  /// The gap of a model on a data set.
  ///
  /// - Parameters:
  ///   - pixels: how stored pictures become data.
  ///   - condition: what the model is told of a datum; its class where nil, and the model is told anything.
  ///   - steps: of the search.
  public init(
    _ model: any TrainableModel, on data: DataSet, pixels: Pixels, condition: Condition? = nil, steps: Int = 300,
    seed: UInt64 = 0, device backend: any Backend
  ) throws {
    let condition = condition ?? Condition(conditionSize: model.conditionSize)
    try self.init(
      model, on: data, inputs: Inputs(pixels: pixels, condition: condition, isIncomplete: data.isIncomplete),
      steps: steps, seed: seed, device: backend)
  }
}
