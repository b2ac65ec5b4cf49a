import Datasets
import Models
import Tensors
import Testing

@testable import Training

@Suite("The amortization gap")
struct AmortizationGapTests {
  /// Where the decoder does not look at z, the best posterior is the prior, and the gap is the encoder's divergence.
  @Test("of a decoder that ignores latent values it is the divergence")
  func ignored() throws {
    let (device, data) = (try Small.device(), Small.data(9))
    let model = Small.settings.makeModel(forShape: [2, 3])
    let trainer = try Trainer(model, on: device, seed: 3)
    let path = "decoder.layers.0.weight"
    let shape = try #require(trainer.minimizer.arena.entry(at: path)).shape
    try trainer.minimizer.arena.load(
      [path: Tensor([Float](repeating: 0, count: shape.elementCount), shape: shape)], partially: true)
    let gap = try AmortizationGap(model, on: data, pixels: Pixels(), steps: 400, device: device)
    let evaluation = try Evaluation(model, on: data, device: device)
    #expect(evaluation.kl > 0.01)
    #expect(abs(gap.value - evaluation.kl) < 1e-3 * evaluation.kl + 1e-4)
    #expect(gap.count == 9 && gap.standardError > 0)
  }
}
