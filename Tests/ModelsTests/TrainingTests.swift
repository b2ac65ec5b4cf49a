import Models
import Optimizers
import Tensors
import TestSupport
import Testing

/// A whole training step, from bytes to new parameters.
@Suite struct TrainingTests {
  private let device = ReferenceBackend()

  private func step(_ vae: VAE, _ minimizer: Minimizer, data: BatchSource, batchSize: Int) throws -> Step {
    let metrics = ["elbo", "reconstruction", "kl", "gradientNorm"]
    return try Step(on: device, over: data, batchSize: batchSize, seed: 0, metrics: metrics) { batch in
      let x = batch.fields[0].cast(to: .float32) / 255
      let elbo = vae.elbo(x, noise: batch.noise)
      let minimization = minimizer.minimize(elbo.loss)
      return [elbo.mean, elbo.reconstruction.mean(), elbo.kl.mean(), minimization.gradientNorm]
    }
  }

  @Test func theReferenceStepKeepsItsLaunches() throws {
    let vae = VAE(
      encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),
      decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(784)))
    let minimizer = Minimizer(Adam(learningRate: 1e-3), of: ParameterArena(vae, seed: 0))
    #expect(minimizer.arena.count == 652_824)
    try minimizer.arena.variable.write(.zeros([minimizer.arena.count]))
    let data = BatchSource([Tensor([UInt8](repeating: 0, count: 128 * 784), shape: [128, 784])])
    let plan = try #require(try step(vae, minimizer, data: data, batchSize: 128).plans[128])
    #expect(plan.launches.count == 13)
    #expect(plan.launches.reduce(0) { $0 + $1.kernels.count } == 28)
  }
}
