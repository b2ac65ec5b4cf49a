import CPURuntime
import Distributions
import Foundation
import Inference
import Layers
import Models
import Optimizers
import Tensors
import Testing

/// Models whose evidence is known: x|z ~ N(W z, s²) and z ~ N(0, 1) have log p(x) = log N(x; 0, W W' + s²).
@Suite struct TractableTests {
  private static let weights = [1.2, 0.8, -0.5, 0.9, 0.3, 1.1, -0.7, 0.4]
  private static let deviation = 0.5
  private static let count = 64

  /// Data of the model, by fixed draws.
  private static let drawn = Result {
    let z = try RandomKey(seed: 1).normal([count, 2]).values(as: Float.self, on: CPUBackend(threads: 1))
    let e = try RandomKey(seed: 2).normal([count, 4]).values(as: Float.self, on: CPUBackend(threads: 1))
    return (0..<count * 4).map { i in
      let (row, column) = (i / 4, i % 4)
      let mean = Float(weights[column * 2]) * z[row * 2] + Float(weights[column * 2 + 1]) * z[row * 2 + 1]
      return mean + Float(deviation) * e[i]
    }
  }
  private let data: [Float]

  init() throws { data = try Self.drawn.get() }

  /// With W and s that are not learned.
  private struct Fixed: LatentVariableModel {
    var prior: any Distribution { Normal.standard(2) }
    func likelihood(given z: Tensor) -> any Distribution {
      let weights = Tensor(TractableTests.weights.map(Float.init), shape: [4, 2])
      return Normal(mean: z.matmul(weights.transposed()), standardDeviation: TractableTests.deviation)
    }
  }

  /// The mean of log p(x) by Cholesky's factor of the covariance, in Double.
  private func evidence(weights w: [Double], deviation s: Double, bias: [Double] = [0, 0, 0, 0]) -> Double {
    var factor = [[Double]](repeating: [0, 0, 0, 0], count: 4)
    for i in 0..<4 {
      for j in 0...i {
        var sum = w[i * 2] * w[j * 2] + w[i * 2 + 1] * w[j * 2 + 1] + (i == j ? s * s : 0)
        for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
        factor[i][j] = i == j ? sum.squareRoot() : sum / factor[j][j]
      }
    }
    let logDeterminant = (0..<4).reduce(0) { $0 + log(factor[$1][$1]) }
    let total = (0..<Self.count).reduce(0.0) { total, row in
      var solved: [Double] = []
      for i in 0..<4 {
        let x = Double(data[row * 4 + i]) - bias[i]
        solved.append((x - (0..<i).reduce(0) { $0 + factor[i][$1] * solved[$1] }) / factor[i][i])
      }
      return total - solved.reduce(0) { $0 + $1 * $1 } / 2 - logDeterminant - 2 * log(2 * Double.pi)
    }
    return total / Double(Self.count)
  }

  /// log p(x) - ELBO at the best posterior with independent dimensions: half of Σ log Λᵢᵢ - log |Λ|, Λ = 1 + W'W / s².
  private var meanFieldGap: Double {
    let (w, s) = (Self.weights, Self.deviation)
    func product(_ a: Int, _ b: Int) -> Double {
      (0..<4).reduce(a == b ? 1 : 0) { $0 + w[$1 * 2 + a] * w[$1 * 2 + b] / (s * s) }
    }
    return (log(product(0, 0) * product(1, 1)) - log(product(0, 0) * product(1, 1) - product(0, 1) * product(0, 1))) / 2
  }

  /// Minimizes a loss over all data and gives the mean of a bound afterwards, over many draws.
  private func trained(
    _ model: some Parameterized, steps: Int = 1200, learningRate: Double = 0.05,
    bound: (_ x: Tensor, _ rows: Tensor, _ noise: RandomKey, Objective) -> Estimate, measuring: Objective
  ) throws -> (bound: Double, arena: ParameterArena) {
    let backend = try CPUBackend(threads: 1)
    let x = Tensor(data, shape: [Self.count, 4])
    _ = try x.storage?.buffer(on: backend)
    let arena = ParameterArena(model, seed: 3)
    let minimizer = Minimizer(Adam(learningRate: .cosine(learningRate, over: steps)), of: arena)
    let source = BatchSource([x], order: .sequential)
    let training = try Step(on: backend, over: source, batchSize: Self.count, seed: 0, metrics: []) { batch in
      _ = minimizer.minimize(bound(batch.fields[0], batch.rows, batch.noise, Objective(samples: 8)).loss)
      return []
    }
    try training.replay(times: steps)
    let measured = try Step(on: backend, over: source, batchSize: Self.count, seed: 5, metrics: ["bound"]) { batch in
      [bound(batch.fields[0], batch.rows, batch.noise, measuring).objective.mean()]
    }
    let records = try measured.run(times: 20)
    return (records.reduce(0) { $0 + Double($1.values[0]) } / Double(records.count), arena)
  }

  private let many = Objective(samples: 100)

  /// Everything learned: with a full-covariance posterior the bound is the evidence.
  @Test func theFullCovarianceReachesTheEvidence() throws {
    let vae = VAE(
      encoder: .mlp(4, activation: .identity, head: .fullCovarianceNormal(2)),
      decoder: .mlp(2, activation: .identity, head: .gaussian(4, scale: .learned)))
    let found = try trained(
      vae, bound: { x, _, noise, objective in vae.estimate(objective, x, noise: noise) }, measuring: many)
    func values(_ path: String) throws -> [Double] { try #require(try found.arena.value(of: path)).scalars() }
    let logScale = try values("decoder.logScale")[0]
    let deviation = exp(log1p(exp(logScale + 7)) - 7)
    let exact = try evidence(
      weights: values("decoder.mean.weight"), deviation: deviation, bias: values("decoder.mean.bias"))
    #expect(abs(found.bound - exact) < 0.05, "\(found.bound) of \(exact)")
    // And the model is about as good as the one that the data are from.
    #expect(exact > evidence(weights: Self.weights, deviation: Self.deviation) - 0.05)
  }

  /// A posterior with independent dimensions misses the evidence by what the mean field predicts, and importance weights
  /// make up for it.
  @Test func theDiagonalShowsThePredictedGap() throws {
    let encoder = Encoder.mlp(4, activation: .identity, head: .diagonalNormal(2))
    let exact = evidence(weights: Self.weights, deviation: Self.deviation)
    var bounds: [Double] = []
    let (found, _) = try trained(
      encoder, bound: { x, _, noise, objective in objective.estimate(Fixed(), encoder(x), x, noise: noise) },
      measuring: many)
    bounds.append(found)
    #expect(abs(exact - found - meanFieldGap) < 0.02, "\(exact - found) of \(meanFieldGap)")
    let backend = try CPUBackend(threads: 1)
    let x = Tensor(data, shape: [Self.count, 4])
    for samples in [5, 50, 500] {
      let estimate = Objective(.importanceWeighted, samples: samples)
        .estimate(Fixed(), encoder(x), x, noise: RandomKey(seed: 6))
      bounds.append(try estimate.objective.mean().scalar(on: backend))
    }
    #expect(bounds[0] < bounds[1] && bounds[1] < bounds[2], "\(bounds) of \(exact)")
    #expect(abs(exact - bounds[2]) < 0.02 && abs(exact - bounds[3]) < 0.01, "\(bounds) of \(exact)")
  }

  /// An encoder that is too small leaves a gap; steps from where it begins make it smaller, and parameters of each datum's
  /// own leave that of the mean field alone.
  @Test func gapsAreOrdered() throws {
    let exact = evidence(weights: Self.weights, deviation: Self.deviation)
    func narrow() -> Encoder { .mlp(4, 1, activation: .tanh, head: .diagonalNormal(2)) }
    let encoder = narrow()
    let amortized = try trained(
      encoder, bound: { x, _, noise, objective in objective.estimate(Fixed(), encoder(x), x, noise: noise) },
      measuring: many
    ).bound
    let start = narrow()
    func refined(_ x: Tensor, _ noise: RandomKey) -> any ReparameterizedDistribution {
      let posterior = start(x)
      guard let normal = posterior as? Normal, let form = PosteriorFamily.diagonalNormal(2).form else {
        return posterior
      }
      return form.refined(
        from: [normal.mean, normal.logVariance], for: Fixed(), x, by: Refinement(steps: 4, rate: 0.05), noise: noise)
    }
    let semiAmortized = try trained(
      start, bound: { x, _, noise, objective in objective.estimate(Fixed(), refined(x, noise), x, noise: noise) },
      measuring: many
    ).bound
    let table = PosteriorTable(Self.count, .diagonalNormal(2))
    let free = try trained(
      table, bound: { x, rows, noise, objective in objective.estimate(Fixed(), table(rows: rows), x, noise: noise) },
      measuring: many
    ).bound
    #expect(amortized + 0.05 < semiAmortized && semiAmortized < free, "\(amortized), \(semiAmortized), \(free)")
    #expect(abs(exact - free - meanFieldGap) < 0.02, "\(exact - free) of \(meanFieldGap)")
  }
}
