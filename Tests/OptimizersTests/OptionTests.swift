import Foundation
import Optimizers
import Tensors
import TestSupport
import Testing

@Suite struct OptionTests {
  /// What the problem begins with.
  private static let start = [0.5, -1.25, 2.0, 0.03125, -3.0]

  private func parameters(_ problem: Problem) throws -> [Double] {
    try problem.minimizer.arena.variable.value().scalars()
  }

  /// Of equal batches the mean gradient is each one's, so two make the step of one.
  @Test func accumulatedGradientsMakeOneStep() throws {
    let optimizer = Adam(learningRate: 0.1)
    let plain = Problem(optimizer, type: .float64)
    _ = try plain.run(times: 3)
    let accumulating = Problem(optimizer, type: .float64, options: .init(batchesPerUpdate: 4))
    _ = try accumulating.run(times: 11)
    #expect(try accumulating.minimizer.stepCount.value().scalars() == [2])
    _ = try accumulating.run(times: 1)
    #expect(try accumulating.minimizer.stepCount.value().scalars() == [3])
    for (found, expected) in zip(try parameters(accumulating), try parameters(plain)) {
      #expect(abs(found - expected) <= 1e-14 * max(1, abs(expected)))
    }
  }

  /// Two batches of other sizes make the step of all their data.
  @Test func batchesCountByTheirData() throws {
    let p = Parameter(
      [1], type: .float64, initializer: Initializer("one") { _, type, _ in Tensor([1.0]).cast(to: type) })
    let arena = ParameterArena(["p": p] as ParameterList, seed: 0)
    let minimizer = Minimizer(SGD(learningRate: 1), of: arena, options: .init(batchesPerUpdate: 2))
    let data = BatchSource([Tensor([1, 2, 6] as [Float])], order: .sequential)
    let step = try Step(on: ReferenceBackend(), over: data, batchSize: 2, seed: 0, metrics: ["norm"]) { batch in
      // The gradient by p is the mean of the batch.
      let loss = (p.tensor * batch.fields[0].cast(to: .float64)).mean()
      return [minimizer.minimize(loss, dataCount: batch.count).gradientNorm]
    }
    let records = try step.run(times: 2)
    #expect(records.map { $0.values[0] } == [1.5, 3])
    #expect(try arena.variable.value().scalars() == [-2])
  }

  @Test func numbersOfAGradientAreCutBeforeItsLength() throws {
    let both = Problem(SGD(learningRate: 1), type: .float64, options: .init(largestNorm: 0.01, largestValue: 0.5))
    let start = Self.start
    _ = try both.run(times: 1)
    let (a, b) = ([1.0, 0.1, 3.0, 0.01, 0.5], [0.3, 1.7, -0.9, 2.2, 1.1])
    let cut = start.indices.map { i -> Double in
      let slope: Double = a[i] * start[i] + b[i] * cos(b[i] * start[i])
      return min(0.5, max(-0.5, slope))
    }
    let norm = cut.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let share = min(1, 0.01 / (norm + 1e-6))
    for (i, found) in try parameters(both).enumerated() {
      let expected: Double = start[i] - cut[i] * share
      #expect(abs(found - expected) < 1e-13)
    }
  }

  /// d = min(decay, t / (t + 9)): 0, 1/10, 2/11, and then the decay.
  @Test func theAverageForgetsItsBeginning() throws {
    let problem = Problem(SGD(learningRate: 0.1), type: .float64, options: .init(averageDecay: 0.15))
    let step = try problem.step()
    var expected = [Double](repeating: 0, count: 5)
    for decay in [0, 0.1, 0.15, 0.15] {
      _ = try step.run(times: 1)
      expected = zip(expected, try parameters(problem)).map { decay * $0 + (1 - decay) * $1 }
    }
    let found = try #require(problem.minimizer.average).value().scalars()
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-14) }
  }

  @Test func ratesOfPartsAreApart() throws {
    for optimizer in [SGD(learningRate: 0.1) as any Optimizer, Adam(learningRate: 0.1), AdamW(learningRate: 0.1)] {
      let plain = problem(optimizer, [:])
      let apart = problem(optimizer, ["first": 0.5, "la": 2, "last": 0])
      let start = Self.start
      _ = try plain.run(times: 1)
      _ = try apart.run(times: 1)
      let (one, other) = (try parameters(plain), try parameters(apart))
      for i in 0..<2 {
        let (plain, halved): (Double, Double) = (one[i] - start[i], other[i] - start[i])
        #expect(abs(halved - 0.5 * plain) < 1e-6)
      }
      #expect(Array(other[2...]) == Array(start[2...]))
    }
  }

  private func problem(_ optimizer: some Optimizer, _ factors: [String: Double]) -> Problem {
    Problem(optimizer, type: .float64, options: .init(rateFactors: factors))
  }
}
