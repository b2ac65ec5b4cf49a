import Datasets
import Inference
import Models
import Optimizers
import Tensors
import Testing

@testable import Training

@Suite("Training")
struct TrainerTests {
  private func trainer(seed: UInt64 = 0, learningRate: Double = 0.01) throws -> Trainer {
    try Trainer(
      Small.settings.makeModel(forShape: [2, 3]), optimizer: Adam(learningRate: .constant(learningRate)),
      on: Small.device(), seed: seed)
  }

  @Test("the bound grows, on data that were not seen as well")
  func learning() throws {
    let metrics = try trainer().fit(Small.data(24), batchSize: 8, epochs: 12, validating: Small.data(8, seed: 2))
    #expect(metrics.map(\.split) == Array(repeating: [.train, .test], count: 12).flatMap { $0 })
    #expect(metrics.map(\.epoch) == (1...12).flatMap { [$0, $0] })
    #expect(metrics.map(\.step) == (1...12).flatMap { [3 * $0, 3 * $0] })
    #expect(metrics[22].elbo > metrics[0].elbo + 0.2)
    #expect(metrics[23].elbo > metrics[1].elbo + 0.2)
    for line in metrics {
      #expect(line.elbo == line.reconstruction - line.kl)
      #expect(line.kl >= 0)
    }
    #expect(metrics[0].learningRate == Double(Float(0.01)))
    #expect(metrics[1].learningRate == nil)
  }

  @Test("the same seed gives the same bits, another seed others")
  func determinism() throws {
    func train(_ seed: UInt64) throws -> ([Metrics], [String: DataArray]) {
      let trainer = try trainer(seed: seed)
      let metrics = try trainer.fit(Small.data(10), batchSize: 4, epochs: 2, validating: Small.data(7))
      return (metrics.map(\.timeless), try trainer.parameterArrays())
    }
    let (first, again, other) = (try train(3), try train(3), try train(4))
    #expect(first.0 == again.0)
    #expect(first.1 == again.1)
    #expect(first.0 != other.0)
  }

  @Test("figures of a test are means over data, whatever the batches")
  func evaluationDoesNotDependOnBatches() throws {
    let trainer = try trainer()
    let data = Small.data(7)
    let figures = try [1, 3, 4, 7].map { size in
      try TrainingLoop(trainer, on: data, validating: data, batchSize: size).evaluate()
    }
    let whole = try Evaluation(trainer.model, on: data, pixels: Pixels(), seed: 0, device: trainer.backend)
    for line in figures {
      let line = try #require(line)
      #expect(isClose(line.reconstruction, whole.reconstruction))
      #expect(isClose(line.kl, whole.kl))
    }
  }

  /// Sums of float32 in another order.
  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 4 * Double(Float.ulpOfOne) * abs(b) }

  @Test("an evaluation leaves training as it is")
  func evaluationChangesNothing() throws {
    func train(testing: Bool) throws -> [String: DataArray] {
      let trainer = try trainer()
      let loop = try TrainingLoop(trainer, on: Small.data(10), validating: Small.data(7), batchSize: 4)
      for _ in 0..<2 {
        _ = try loop.advance()
        if testing { _ = try loop.evaluate() }
      }
      return try trainer.parameterArrays()
    }
    #expect(try train(testing: true) == train(testing: false))
  }

  @Test("beta weighs the divergence, and the bound is reported as it is")
  func beta() throws {
    let lines = try trainer().fit(Small.data(8), batchSize: 4, epochs: 1, objective: Objective(beta: 4))
    #expect(lines[0].beta == 4)
    // The objective is a sum of its own in single precision.
    #expect(isClose(lines[0].objective, lines[0].reconstruction - 4 * lines[0].kl))
    #expect(lines[0].elbo == lines[0].reconstruction - lines[0].kl)
    func divergence(_ beta: Double) throws -> Double {
      let lines = try trainer(learningRate: 0.05)
        .fit(Small.data(16), batchSize: 8, epochs: 15, objective: Objective(beta: beta))
      return lines[14].kl
    }
    #expect(try divergence(4) < divergence(0.1))
  }

  @Test("several draws for each datum are averaged: their noise is less")
  func samples() throws {
    let trainer = try trainer()
    let data = Small.data(6)
    func reconstruction(_ samples: Int) throws -> Double {
      let loop = try TrainingLoop(
        trainer, on: data, validating: data, batchSize: 6, objective: Objective(samples: samples))
      let line = try loop.evaluate()
      return try #require(line).reconstruction
    }
    let four = try Evaluation(trainer.model, on: data, pixels: Pixels(), samples: 4, device: trainer.backend)
    #expect(isClose(try reconstruction(4), four.reconstruction))
    #expect(try reconstruction(1) != reconstruction(4))
  }

  @Test("pixels are scaled, cut at a half, or drawn anew in training and once in evaluation")
  func binarization() throws {
    let stored = Tensor([0, 51, 127, 128, 255] as [UInt8], shape: [1, 5])
    let key = RandomKey(seed: 0, domain: .binarization)
    let backend = try Small.device()
    #expect(try Pixels(.none)(stored, key).values(as: Float.self, on: backend) == [0, 0.2, 127 / 255, 128 / 255, 1])
    #expect(try Pixels(.threshold)(stored, key).values(as: Float.self, on: backend) == [0, 0, 0, 1, 1])
    let grey = Tensor([UInt8](repeating: 51, count: 4000), shape: [4, 1000])
    let bits = try Pixels(.dynamic)(grey, key).values(as: Float.self, on: backend)
    #expect(bits.allSatisfy { $0 == 0 || $0 == 1 })
    // Four standard deviations of a binomial mean.
    #expect(abs(bits.reduce(0, +) / 4000 - 0.2) < 4 * (0.2 * 0.8 / 4000 as Float).squareRoot())

    let trainer = try trainer(learningRate: 1e-30)
    let data = Small.data(8)
    let loop = try TrainingLoop(trainer, on: data, validating: data, batchSize: 8, binarization: .dynamic)
    #expect(try loop.evaluate()?.timeless == loop.evaluate()?.timeless)
    _ = try loop.advance()
    let first = loop.finishLine()
    _ = try loop.advance()
    #expect(first.reconstruction != loop.finishLine().reconstruction)
  }

  @Test("a run that does not stay finite ends with an error that names the step")
  func divergence() throws {
    let trainer = try trainer(learningRate: 1e30)
    let error = #expect(throws: RunError.self) { try trainer.fit(Small.data(8), batchSize: 4, epochs: 9) }
    guard case .diverged(let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found.step > 0)
    #expect(found.learningRate == Double(Float(1e30)))
  }

  @Test("the optimizers and schedules that settings name train", arguments: OptimizerKind.allCases)
  func optimizers(kind: OptimizerKind) throws {
    var settings = Small.settings
    settings.optimizer = kind
    settings.learningRate = 1e-3
    settings.schedule = .cosine
    settings.steps = 10
    settings.warmup = 2
    settings.clip = 1
    let data = Small.data(8)
    let trainer = try Trainer(
      settings.makeModel(forShape: [2, 3]), optimizer: settings.makeOptimizer(dataCount: 8),
      options: settings.minimizerOptions,
      on: Small.device())
    let loop = try TrainingLoop(trainer, on: data, batchSize: 4)
    var rates: [Double] = []
    for step in 1...10 {
      _ = try loop.advance(to: step)
      rates.append(try #require(loop.finishLine().learningRate))
    }
    #expect(abs(rates[0] - 0.5e-3) < 1e-9)
    #expect(rates[1] > rates[0])
    #expect(rates[9] < 0.1e-3)
  }
}
