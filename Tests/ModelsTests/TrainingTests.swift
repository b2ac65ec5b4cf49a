import CPURuntime
import Layers
import Models
import Optimizers
import Runtime
import Tensors
import TestSupport
import Testing

/// A whole training step, from bytes to new parameters.
@Suite struct TrainingTests {
  private func step(
    _ vae: VAE, _ minimizer: Minimizer, pixels: Tensor, batchSize: Int, on device: any Backend = ReferenceBackend()
  ) throws -> Step {
    let metrics = ["elbo", "reconstruction", "kl", "gradientNorm"]
    return try Step(on: device, over: BatchSource([pixels]), batchSize: batchSize, seed: 0, metrics: metrics) { batch in
      let x = batch.fields[0].cast(to: .float32) / 255
      let elbo = vae.elbo(x, noise: batch.noise)
      let minimization = minimizer.minimize(elbo.loss)
      return [elbo.mean, elbo.reconstruction.mean(), elbo.kl.mean(), minimization.gradientNorm]
    }
  }

  struct Pinned: CustomTestStringConvertible, Sendable {
    let name: String
    var hidden = [400]
    var activation = Activation.relu
    var likelihood = LikelihoodFamily.bernoulli(784)
    let launches: Int
    let kernels: Int
    var testDescription: String { name }
  }

  static let pinned = [
    Pinned(name: "784-400-20, relu, Bernoulli", launches: 13, kernels: 28),
    Pinned(name: "tanh", activation: .tanh, launches: 13, kernels: 28),
    Pinned(name: "Gaussian", likelihood: .gaussian(784), launches: 13, kernels: 28),
    Pinned(name: "five layers", hidden: [500, 400, 300, 200, 100], launches: 29, kernels: 56),
  ]

  @Test(arguments: pinned) func launchesAreFew(_ pinned: Pinned) throws {
    let vae = VAE(
      encoder: .mlp([784] + pinned.hidden, activation: pinned.activation, head: .diagonalNormal(20)),
      decoder: .mlp([20] + pinned.hidden.reversed(), activation: pinned.activation, head: pinned.likelihood))
    let minimizer = Minimizer(Adam(learningRate: 1e-3), of: ParameterArena(vae, seed: 0))
    try minimizer.arena.variable.write(.zeros([minimizer.arena.count]))
    let pixels = Tensor([UInt8](repeating: 0, count: 128 * 784), shape: [128, 784])
    let plan = try #require(try step(vae, minimizer, pixels: pixels, batchSize: 128).plans[128])
    #expect(plan.launches.count == pinned.launches)
    #expect(plan.launches.reduce(0) { $0 + $1.kernels.count } == pinned.kernels)
  }

  /// Two patterns are learned that differ in four of eight pixels. Without its latent variable a model could not say
  /// which is which, and would reach -4 log 2 = -2.77 at best; with it, -log 2.
  @Test func aTinyModelLearns() throws {
    let (records, _) = try train(steps: 200, on: CPUBackend(threads: 2))
    #expect(records[0].values[0] < -5)
    let last = records.suffix(20).reduce(0) { $0 + $1.values[0] } / 20
    #expect(last > -1.7 && last < -0.69)
    for record in records {
      #expect(abs(record.values[0] - (record.values[1] - record.values[2])) < 1e-5 && record.values[2] >= 0)
    }
  }

  @Test func aRunRepeatsItselfOnAnyNumberOfThreads() throws {
    let (first, second) = (try train(steps: 30, on: CPUBackend(threads: 1)), try train(steps: 30, on: CPUBackend()))
    #expect(first.records == second.records && first.bytes == second.bytes)
  }

  @Test func aRunIsWhatThePlanSays() throws {
    let found = try train(steps: 4, on: CPUBackend(threads: 1)).records
    let expected = try train(steps: 4, on: ReferenceBackend()).records
    for (found, expected) in zip(found, expected) {
      for (found, expected) in zip(found.values, expected.values) {
        #expect(abs(found - expected) < 1e-5 * max(1, abs(expected)))
      }
    }
  }

  /// Trains a tiny model on the two patterns: metrics, and the parameters at the end.
  private func train(steps: Int, on device: any Backend) throws -> (records: [Step.Record], bytes: [UInt8]) {
    let patterns: [[UInt8]] = [[255, 255, 255, 255, 0, 0, 0, 0], [0, 0, 255, 255, 0, 0, 255, 255]]
    let pixels = Tensor((0..<8).flatMap { patterns[$0 % 2] }, shape: [8, 8])
    let vae = VAE(
      encoder: .mlp(8, 8, activation: .tanh, head: .diagonalNormal(1)),
      decoder: .mlp(1, 8, activation: .tanh, head: .bernoulli(8)))
    let minimizer = Minimizer(Adam(learningRate: 0.05), of: ParameterArena(vae, seed: 1))
    let step = try step(vae, minimizer, pixels: pixels, batchSize: 4, on: device)
    return (try step.run(times: steps), try minimizer.arena.variable.storage.bytes())
  }
}
