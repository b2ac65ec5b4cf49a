import Datasets
import Distributions
import Foundation
import Models
import Tensors
import Testing

@testable import Training

@Suite("Exploration")
struct ExplorationTests {
  @Test("a spherical way keeps the length and passes the middle of the arc, a linear one is straight")
  func interpolation() {
    let (a, b) = ([2.0, 0], [0.0, 2])
    let middle = Interpolation.spherical(a, b, at: 0.5)
    #expect(abs(middle[0] - 2.0.squareRoot()) < 1e-12 && abs(middle[1] - 2.0.squareRoot()) < 1e-12)
    #expect(Interpolation.linear(a, b, at: 0.25) == [1.5, 0.5])
    for path in Interpolation.allCases {
      for (found, expected) in zip(path(a, b, at: 0) + path(a, b, at: 1), a + b) {
        #expect(abs(found - expected) < 1e-12)
      }
      // No angle: no arc to go along.
      #expect(path([0, 0], [0, 0], at: 0.5) == [0, 0])
    }
  }

  @Test("quantiles are those of the normal distribution")
  func quantiles() {
    for (p, z) in [(0.5, 0.0), (0.975, 1.959963984540054), (0.1, -1.2815515655446004)] {
      #expect(abs(Gallery.normalQuantile(p) - z) < 1e-12)
    }
  }

  @Test("a way needs two data, and one is told so")
  func oneDatum() throws {
    let (device, data) = (try Small.device(), Small.data(1))
    let model = Small.settings.makeModel(forShape: [2, 3])
    _ = try Trainer(model, on: device, seed: 3)
    let gallery = try #require(Gallery(model, shape: [2, 3], seed: 0, on: device))
    let error = #expect(throws: DataError.self) {
      try gallery.interpolations(of: data, pixels: Pixels(), along: .linear)
    }
    #expect(error?.description == "small: interpolation of 1 datum is not supported; of two or more it is")
  }

  private func gallery(_ settings: Settings) throws -> Gallery {
    let trainer = try Trainer(settings.makeModel(forShape: [2, 3]), on: Small.device())
    return try #require(Gallery(trainer.model, shape: [2, 3], seed: 0, on: trainer.backend))
  }

  @Test("quantiles are those of the prior: exactly of a normal one, by draws of others")
  func priors() throws {
    let gallery = try gallery(Small.settings)
    let shares = [0.1, 0.5, 0.9]
    func found(_ prior: any Distribution) throws -> [Double] {
      try gallery.quantiles(of: prior, in: [1], at: shares)[0]
    }
    func expect(_ prior: any Distribution, near expected: [Double], within bound: Double) throws {
      for (found, expected) in zip(try found(prior), expected) { #expect(abs(found - expected) < bound) }
    }
    func row(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }
    let z = 1.2815515655446004
    try expect(
      Normal(mean: row([0, 3]), standardDeviation: row([1, 0.5])), near: [3 - 0.5 * z, 3, 3 + 0.5 * z], within: 1e-5)
    try expect(Exponential.standard(2), near: shares.map { -log(1 - $0) }, within: 1e-6)
    // Four standard errors of a quantile of so many draws, √(p (1 - p) / n) / density.
    try expect(
      Laplace(mean: row([0, 1]), scale: row([1, 1])), near: [1 + log(0.2), 1, 1 - log(0.2)], within: 0.09)
    // Two components that do not touch, a quarter of the mass below: 0.1 is 0.4 of the first.
    let mixture = NormalMixture(
      logits: row([0, Float(log(3.0))]),
      components: Normal(
        mean: Tensor([0, -10, 0, 10] as [Float], shape: [2, 2]),
        logVariance: Tensor([0, 0, 0, 0] as [Float], shape: [2, 2])))
    try expect(
      mixture,
      near: [
        -10 + Gallery.normalQuantile(0.4), 10 + Gallery.normalQuantile(1 / 3.0), 10 + Gallery.normalQuantile(13 / 15.0),
      ],
      within: 0.09)
  }

  @Test("a traversal keeps to what the prior lets be")
  func support() throws {
    var settings = Small.settings
    (settings.posterior, settings.prior) = (.exponential, .exponential)
    let data = Small.data(10)
    let explored = try gallery(settings).traversal(of: data, pixels: Pixels(.none, of: data), steps: 3)
    let levels = try #require(explored.arrays["levels"])
    #expect(levels.shape == [2, 3] && levels.elements(as: Double.self).allSatisfy { $0 > 0 })
    #expect(explored.arrays["z"]?.shape == [9, 2])
    #expect(try #require(explored.arrays["z"]).elements(as: Float.self).allSatisfy { $0 > 0 })
  }

  @Test("points of an embedding lie along the directions of largest variance")
  func embedding() throws {
    // Along (3, 4) / 5 with length 10, and across it with length 1.
    let along = [-10.0, -5, 0, 5, 10]
    let across = [1.0, -1, 0, -1, 1]
    var values: [Float] = []
    for (a, b) in zip(along, across) { values += [Float(0.6 * a - 0.8 * b), Float(0.8 * a + 0.6 * b)] }
    let embedding = try Embedding(DataArray(values, shape: [5, 2]), labels: [0, 1, 2, 3, 12])
    #expect(embedding.points.shape == [5, 2])
    let points = embedding.points.elements(as: Float.self).map(Double.init)
    // The largest number of a direction is positive: (0.6, 0.8) and (0.8, -0.6).
    for (place, expected) in along.enumerated() { #expect(abs(points[2 * place] - expected) < 1e-4) }
    for (place, expected) in across.enumerated() { #expect(abs(points[2 * place + 1] + expected) < 1e-4) }
    #expect(embedding.picture.channels == 3)
  }

  @Test("latent values of one dimension, or all the same, make a picture too")
  func flatEmbedding() throws {
    let one = try Embedding(DataArray([1, 2, 3] as [Float], shape: [3, 1]), labels: nil)
    #expect(one.points.elements(as: Float.self).enumerated().allSatisfy { $0 % 2 == 0 || $1 == 0 })
    let same = try Embedding(DataArray([1, 2, 1, 2] as [Float], shape: [2, 2]), labels: nil)
    #expect(same.points.elements(as: Float.self).allSatisfy { $0 == 0 })
    let wrong = DataArray([1, .nan, 1, 2] as [Float], shape: [2, 2])
    #expect(throws: DataError.self) { try Embedding(wrong, labels: nil) }
  }
}
