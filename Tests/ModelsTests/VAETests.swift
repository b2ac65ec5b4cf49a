import Layers
import Models
import TensorTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct VAETests {
  private let device = ReferenceBackend()

  private func vae(
    _ activation: Activation = .tanh, head: LikelihoodFamily = .bernoulli(6)
  ) -> VAE {
    VAE(
      encoder: .mlp(6, 5, 4, activation: activation, head: .diagonalNormal(2)),
      decoder: .mlp(2, 4, 5, activation: activation, head: head))
  }

  private func placed(_ vae: VAE) throws -> ParameterArena {
    let arena = ParameterArena(vae, seed: 7)
    _ = try arena.variable.tensor.evaluated(on: device)
    return arena
  }

  private let x = Tensor([0, 1, 0.5, 0.25, 1, 0, 1, 1, 0, 0.75, 0, 0.125] as [Float], shape: [2, 6])

  @Test func pathsAreThoseOfCheckpoints() {
    #expect(
      vae().parameters.entries.map(\.path).filter { $0.hasSuffix("weight") } == [
        "encoder.layers.0.weight", "encoder.layers.1.weight", "encoder.mean.weight", "encoder.logVariance.weight",
        "decoder.layers.0.weight", "decoder.layers.1.weight", "decoder.logits.weight",
      ])
    #expect(
      vae(head: .gaussian(6, standardDeviation: 0.1)).parameters.entries.last?.path == "decoder.mean.bias")
  }

  @Test func everyFigureIsOfADatum() throws {
    let vae = vae()
    _ = try placed(vae)
    let key = RandomKey(seed: 1)
    let bound = vae.elbo(x, noise: key)
    #expect(bound.reconstruction.shape == [2] && bound.kl.shape == [2])
    #expect(vae.encoder(x).mean.shape == [2, 2])
    #expect(vae.reconstruct(x).shape == [2, 6])
    #expect(vae.decode(.zeros([3, 2])).shape == [3, 6])
    let sample = try interpreted(vae.sample(5, key))
    #expect(sample.count == 30 && sample.allSatisfy { $0 == 0 || $0 == 1 })
    let mean = try interpreted(vae.sampleMean(5, key))
    #expect(mean.count == 30 && mean.allSatisfy { $0 > 0 && $0 < 1 })
    #expect(vae.decoder.head.support == .unitInterval)
  }

  /// The bound is what the paper's equations give when they are written out: equation 10 with appendices B and C.
  @Test func theBoundIsThatOfThePaper() throws {
    let vae = vae()
    let arena = try placed(vae)
    func affine(_ x: Tensor, _ path: String) throws -> Tensor {
      let weight = try #require(try arena.value(of: path + ".weight")).cast(to: .float64)
      return x.matmul(weight.transposed()) + (try #require(try arena.value(of: path + ".bias")).cast(to: .float64))
    }
    let x = x.cast(to: .float64)
    let h = try affine(affine(x, "encoder.layers.0").tanh(), "encoder.layers.1").tanh()
    let (mean, logVariance) = (try affine(h, "encoder.mean"), try affine(h, "encoder.logVariance"))
    let epsilon = RandomKey(seed: 1).normal([2, 2]).cast(to: .float64)
    let z = mean + (logVariance / 2).exp() * epsilon
    let g = try affine(affine(z, "decoder.layers.0").tanh(), "decoder.layers.1").tanh()
    let y = try affine(g, "decoder.logits").sigmoid()
    let reconstruction = (x * y.log() + (1 - x) * (1 - y).log()).sum(axis: -1)
    let kl = (1 + logVariance - mean.squared() - logVariance.exp()).sum(axis: -1) * -0.5

    let bound = vae.elbo(self.x, noise: RandomKey(seed: 1))
    let found = try interpreted([bound.reconstruction, reconstruction, bound.kl, kl])
    for (a, b) in [(found[0], found[1]), (found[2], found[3])] {
      for (a, b) in zip(a, b) { #expect(abs(a - b) < 1e-12 * max(1, abs(b))) }
    }
  }

  static let compositions: [(Activation, Bool)] = [(.tanh, true), (.softplus, false), (.gelu, true), (.silu, false)]

  /// Gradients against central differences in Double, for every parameter.
  @Test(arguments: compositions) func gradientsAreSlopes(_ activation: Activation, isBernoulli: Bool) throws {
    let vae = vae(activation, head: isBernoulli ? .bernoulli(6) : .gaussian(6, standardDeviation: 0.5))
    let arena = try placed(vae)
    try expectSlopes(of: vae.elbo(x, noise: RandomKey(seed: 1)).loss, in: arena)
  }
}
