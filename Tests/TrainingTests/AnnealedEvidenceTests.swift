import Datasets
import Distributions
import Inference
import Models
import Tensors
import Testing

@testable import Training

@Suite("log p(x) by annealing")
struct AnnealedEvidenceTests {
  /// Of a trained model annealing and importance sampling with very many draws agree, and few draws fall short of both.
  @Test("annealing and many importance-weighted draws come to the same")
  func agreement() throws {
    var settings = Small.settings
    settings.learningRate = 0.05
    let (device, data) = (try Small.device(), Small.data(40))
    let trainer = try Trainer(
      settings.makeModel(forShape: [2, 3]), optimizer: settings.makeOptimizer(dataCount: 40), on: device, seed: 3)
    try trainer.fit(data, batchSize: 8, epochs: 20)
    let evaluation = try Evaluation(trainer.model, on: data, samples: 2000, device: device)
    #expect(evaluation.elbo < evaluation.logLikelihood - 0.02)
    var options = AnnealedEvidence.Options()
    (options.count, options.temperatures, options.moves.leapfrogSteps) = (30, 60, 5)
    options.moves.chains = 20
    var shares: [Double] = []
    let found = try AnnealedEvidence(
      trainer.model, on: data, beside: evaluation, pixels: Pixels(), options: options, device: device
    ) { shares.append($0) }
    #expect(found.count == 30 && shares.last == 1 && (0.5...1).contains(found.acceptance))
    #expect(found.importanceSampled == evaluation.logLikelihoods[..<30].reduce(0, +) / 30)
    #expect(found.chainError < 0.02 && found.chainError < found.standardError)
    #expect(abs(found.logLikelihood - found.importanceSampled) < 4 * found.chainError + 0.005, "\(found)")
  }

  @Test("errors that one datum or one chain do not tell are not given, and chains beyond 31 bits refused")
  func unknownErrors() throws {
    let (device, data) = (try Small.device(), Small.data(9))
    let trainer = try Trainer(Small.settings.makeModel(forShape: [2, 3]), on: device, seed: 3)
    let evaluation = try Evaluation(trainer.model, on: data, device: device)
    var options = AnnealedEvidence.Options()
    (options.count, options.temperatures, options.moves.chains) = (1, 10, 1)
    func annealed() throws -> AnnealedEvidence {
      try AnnealedEvidence(
        trainer.model, on: data, beside: evaluation, pixels: Pixels(), options: options, device: device)
    }
    let found = try annealed()
    #expect(found.standardError == .infinity && found.chainError == .infinity && found.logLikelihood.isFinite)
    options.moves.chains = .max
    #expect(throws: EvaluationError.tooManyDraws(.max, limit: Int(Int32.max) / 6)) { try annealed() }
  }

  @Test("latent values that cannot go anywhere are not annealed")
  func positive() throws {
    var settings = Small.settings
    settings.prior = .exponential
    settings.posterior = .logNormal
    let (device, data) = (try Small.device(), Small.data(9))
    let trainer = try Trainer(settings.makeModel(forShape: [2, 3]), on: device, seed: 3)
    let evaluation = try Evaluation(trainer.model, on: data, device: device)
    #expect(throws: EvaluationError.latentNotReal(.positiveNumbers)) {
      try AnnealedEvidence(trainer.model, on: data, beside: evaluation, pixels: Pixels(), device: device)
    }
  }
}
