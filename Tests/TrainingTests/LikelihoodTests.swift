import Datasets
import Foundation
import Models
import Runtime
import TestSupport
import Testing

@testable import Training

/// Importance sampling held against probabilistic PCA, x|z ~ N(W z + b, s²), whose log p(x) is known.
@Suite("log p(x) by importance sampling")
struct LikelihoodTests {
  /// Columns at right angles, so that the exact posterior's dimensions are independent.
  static let weight = [[0.6, 0.1], [0.3, -0.2], [-0.2, 0.0], [0.0, 0.5]]
  static let bias = [0.2, -0.1, 0.4, 0.3]
  static let deviation = 0.5

  let data: DataSet

  init() {
    var generator = SplitMix(seed: 4)
    let values = (0..<44).map { _ in Float(Int(generator.next() % 2001) - 1000) / 700 }
    data = DataSet(name: "line", images: DataArray(values, shape: [11, 1, 4]), valueRange: 0...1)
  }

  /// log N(x; b, W W' + s²), in Double: with W'W diagonal, directions along W have their own variance, all others s².
  private func exact() -> [Double] {
    let (w, s2) = (Self.weight, Self.deviation * Self.deviation)
    return data.images.elements(as: Float.self).map(Double.init).chunks(of: 4).map { x in
      let centered = zip(x, Self.bias).map { $0 - $1 }
      var (quadratic, logDeterminant) = (centered.reduce(0) { $0 + $1 * $1 } / s2, 4 * log(s2))
      for column in 0..<2 {
        let length = w.reduce(0) { $0 + $1[column] * $1[column] }
        let along = zip(centered, w).reduce(0) { $0 + $1.0 * $1.1[column] }
        quadratic -= along * along / s2 * (1 / (s2 + length))
        logDeterminant += log(s2 + length) - log(s2)
      }
      return -0.5 * (quadratic + logDeterminant + 4 * log(2 * Double.pi))
    }
  }

  /// The model with its exact posterior, or one that is wider by a factor and shifted.
  private func model(wider factor: Double = 1, shift: Double = 0) throws -> Trainer {
    let model = VAE(
      encoder: .mlp(4, activation: .relu, head: .diagonalNormal(2)),
      decoder: .mlp(2, activation: .relu, head: .gaussian(4, standardDeviation: Self.deviation)))
    let trainer = try Trainer(model, on: Small.device(), seed: 1)
    let (w, s2) = (Self.weight, Self.deviation * Self.deviation)
    let precisions = (0..<2).map { column in 1 + w.reduce(0) { $0 + $1[column] * $1[column] } / s2 }
    func row(_ column: Int) -> [Double] { w.map { $0[column] / s2 / precisions[column] } }
    let mean = (0..<2).flatMap(row)
    let offset = (0..<2).map { column in shift - zip(row(column), Self.bias).reduce(0) { $0 + $1.0 * $1.1 } }
    func array(_ values: [Double], _ shape: [Int]) -> DataArray { DataArray(values.map(Float.init), shape: shape) }
    try trainer.minimizer.arena.load(
      [
        "encoder.mean.weight": array(mean, [2, 4]), "encoder.mean.bias": array(offset, [2]),
        "encoder.logVariance.weight": array([Double](repeating: 0, count: 8), [2, 4]),
        "encoder.logVariance.bias": array(precisions.map { log(factor / $0) }, [2]),
        "decoder.mean.weight": array(w.flatMap { $0 }, [4, 2]), "decoder.mean.bias": array(Self.bias, [4]),
      ], from: "test")
    return trainer
  }

  private func figures(
    _ trainer: Trainer, samples: Int, width: Int? = nil, noise: DataArray? = nil
  ) throws -> DrawnFigures {
    try DrawnFigures(
      trainer.model, on: data, inputs: Inputs(pixels: Pixels(range: 0...1), condition: .none), samples: samples,
      seed: 3, noise: noise, device: trainer.backend, width: width)
  }

  @Test("at the exact posterior one draw gives the evidence", arguments: [1, 7])
  func exactPosterior(samples: Int) throws {
    for (found, exact) in zip(try figures(model(), samples: samples).logLikelihood, exact()) {
      #expect(abs(found - exact) < 4e-6 * max(1, abs(exact)))
    }
  }

  @Test("at another posterior many draws come near it, and the bound stays below")
  func otherPosterior() throws {
    let trainer = try model(wider: 1.6, shift: 0.2)
    let found = try figures(trainer, samples: 5000)
    let exact = exact()
    for (datum, exact) in exact.enumerated() {
      // The standard error of a logarithm of 5000 weights whose variance is below 1.
      #expect(abs(found.logLikelihood[datum] - exact) < 4 / 5000.0.squareRoot())
      #expect(found.reconstruction[datum] - found.divergence[datum] < exact - 0.01)
    }
    let evaluation = try Evaluation(
      trainer.model, on: data, pixels: Pixels(range: 0...1), samples: 5000, seed: 3, device: trainer.backend)
    let mean = exact.reduce(0, +) / 11
    #expect(abs(evaluation.logLikelihood - mean) < 0.01)
    let variance = exact.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10
    #expect(abs(evaluation.logLikelihoodStandardError - (variance / 11).squareRoot()) < 0.01)
    #expect(abs(evaluation.bitsPerDimension + evaluation.logLikelihood / (4 * log(2))) < 1e-9)
    #expect(
      abs(evaluation.elbo - (zip(found.reconstruction, found.divergence).reduce(0) { $0 + $1.0 - $1.1 }) / 11) < 0.05)
  }

  /// 300 draws go through in two rounds of 150, 257 in two of 129 of which the last has one too many.
  @Test("how data and draws are cut into pieces does not show", arguments: [1, 5, 257, 300])
  func pieces(samples: Int) throws {
    let trainer = try model(wider: 1.4, shift: 0.1)
    let whole = try figures(trainer, samples: samples)
    let single = try figures(trainer, samples: samples, width: 1)
    let uneven = try figures(trainer, samples: samples, width: 4 * samples)
    for other in [single, uneven] {
      for datum in 0..<11 {
        #expect(abs(other.logLikelihood[datum] - whole.logLikelihood[datum]) < 1e-5)
        #expect(abs(other.reconstruction[datum] - whole.reconstruction[datum]) < 1e-5)
        #expect(abs(other.divergence[datum] - whole.divergence[datum]) < 1e-5)
      }
    }
    #expect(whole.logLikelihood[0] != whole.logLikelihood[1])
  }

  @Test("draws in a file are those that are drawn")
  func noise() throws {
    let trainer = try model(wider: 1.4, shift: 0.1)
    var kept: [UInt8] = []
    let drawn = try Evaluation(
      trainer.model, on: data, pixels: Pixels(range: 0...1), samples: 300, seed: 3, device: trainer.backend,
      keepNoise: { kept += $0.bytes })
    let noise = DataArray(bytes: kept, type: .float32, shape: [11, 300, 2])
    let read = try figures(trainer, samples: 300, noise: noise).logLikelihood
    for (read, drawn) in zip(read, drawn.logLikelihoods) { #expect(abs(read - drawn) < 1e-5) }
  }

  @Test("more draws than can be numbered are refused")
  func tooMany() throws {
    #expect(throws: EvaluationError.tooManyDraws(200_000_000, limit: 195_225_786)) {
      try figures(model(), samples: 200_000_000)
    }
  }

  @Test("the area under the curve counts pairs, and ties by half")
  func auroc() {
    let (first, second) = ([3.0, 1, 2, 2], [2.0, 0, 2, 5, 1])
    var wins = 0.0
    for a in first { for b in second { wins += a > b ? 1 : a == b ? 0.5 : 0 } }
    #expect(Separation.auroc(first, second) == wins / 20)
    #expect(Separation(own: [1], others: [0, -1], named: "other").auroc == 1)
  }

  @Test("mutual information is 0 where the posterior does not move, and log n where data stand apart")
  func information() throws {
    func value(_ trainer: Trainer) throws -> Double {
      let inputs = Inputs(pixels: Pixels(range: 0...1), condition: .none)
      return try #require(
        try MutualInformation(trainer.model, on: data, inputs: inputs, seed: 1, device: trainer.backend)
      ).value
    }
    let apart = try model(wider: 1e-6)
    #expect(abs(try value(apart) - log(11)) < 1e-4)
    let still = try model()
    try still.minimizer.arena.load(
      still.parameterArrays().merging(
        ["encoder.mean.weight": DataArray([Float](repeating: 0, count: 8), shape: [2, 4])]) { $1 }, from: "test")
    #expect(abs(try value(still)) < 1e-5)
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
  }
}
