import Datasets
import Foundation
import Models
import Testing

@testable import Training

@Suite("Evaluation")
struct EvaluationTests {
  let trainer: Trainer
  let data = Small.data(9)

  init() throws {
    trainer = try Trainer(Small.settings.makeModel(forShape: [2, 3]), on: Small.device(), seed: 5)
  }

  @Test("noise that was kept gives the same figures again", arguments: [1, 3])
  func noise(samples: Int) throws {
    var kept: DataArray?
    let first = try Evaluation(
      trainer.model, on: data, samples: samples, seed: 8, device: trainer.backend, keepNoise: { kept = $0 })
    let noise = try #require(kept)
    #expect(noise.shape == [9, samples, 2])
    let again = try Evaluation(trainer.model, on: data, noise: noise, device: trainer.backend)
    #expect(again == first)
    let other = try Evaluation(trainer.model, on: data, samples: samples, seed: 9, device: trainer.backend)
    #expect(other.reconstruction != first.reconstruction)
    #expect(other.kl == first.kl)
  }

  @Test("noise of another shape or type is refused")
  func wrongNoise() {
    for noise in [
      DataArray([Float](repeating: 0, count: 18), shape: [9, 2]),
      DataArray([Float](repeating: 0, count: 16), shape: [8, 1, 2]),
      DataArray([Float](repeating: 0, count: 27), shape: [9, 1, 3]),
      DataArray([Double](repeating: 0, count: 18), shape: [9, 1, 2]),
      DataArray([Float](), shape: [9, 0, 2]),
    ] {
      #expect(throws: EvaluationError.self) {
        try Evaluation(trainer.model, on: data, noise: noise, device: trainer.backend)
      }
    }
  }

  @Test("without noise the reconstruction is that of the posterior's mean, by plain loops")
  func plainLoops() throws {
    let noise = DataArray([Float](repeating: 0, count: 18), shape: [9, 1, 2])
    let found = try Evaluation(trainer.model, on: data, noise: noise, device: trainer.backend)

    let arrays = try trainer.parameterArrays().mapValues { $0.elements(as: Float.self).map(Double.init) }
    func linear(_ name: String, _ x: [Double], _ outputs: Int) -> [Double] {
      let (weight, bias) = (arrays[name + ".weight"] ?? [], arrays[name + ".bias"] ?? [])
      return (0..<outputs).map { row in
        zip(weight[row * x.count..<(row + 1) * x.count], x).reduce(bias[row]) { $0 + $1.0 * $1.1 }
      }
    }
    var (reconstruction, kl) = (0.0, [0.0, 0.0])
    for datum in 0..<9 {
      let x = data.images.bytes[datum * 6..<(datum + 1) * 6].map { Double($0) / 255 }
      let hidden = linear("encoder.layers.0", x, 5).map { max($0, 0) }
      let mean = linear("encoder.mean", hidden, 2)
      let logVariance = linear("encoder.logVariance", hidden, 2)
      let logits = linear("decoder.logits", linear("decoder.layers.0", mean, 5).map { max($0, 0) }, 6)
      reconstruction += zip(x, logits).reduce(0) { $0 + $1.0 * $1.1 - log1p(exp($1.1)) }
      for index in 0..<2 {
        kl[index] += (exp(logVariance[index]) + mean[index] * mean[index] - 1 - logVariance[index]) / 2
      }
    }
    #expect(abs(found.reconstruction - reconstruction / 9) < 1e-6)
    for index in 0..<2 { #expect(abs(found.klPerDimension[index] - kl[index] / 9) < 1e-6) }
  }

  @Test("the standard error of one datum is not known")
  func oneDatum() throws {
    let one = data[0..<1]
    let found = try Evaluation(trainer.model, on: one, device: trainer.backend)
    #expect(found.logLikelihood.isFinite && found.logLikelihoodStandardError == .infinity)
    let gap = try AmortizationGap(trainer.model, on: one, pixels: Pixels(), steps: 2, device: trainer.backend)
    #expect(gap.value.isFinite && gap.standardError == .infinity)
    #expect(Chart.label(-3, standardError: gap.standardError) == "-3 ± unknown")
    #expect(Chart.label(-.infinity, standardError: 0.5) == "-inf ± 0.5")
  }

  @Test("a dimension whose posterior mean does not move is not active")
  func activeUnits() throws {
    var parameters = try trainer.parameterArrays()
    parameters["encoder.mean.weight"] = DataArray(
      [Float](repeating: 0, count: 5) + [Float](repeating: 3, count: 5), shape: [2, 5])
    try trainer.minimizer.arena.load(parameters, from: "test")
    let found = try Evaluation(trainer.model, on: data, device: trainer.backend)
    #expect((found.activeUnits, found.latentSize) == (1, 2))
  }
}
