import Foundation
import Optimizers
import Tensors
import TestSupport
import Testing

@Suite struct MinimizerTests {
  @Test func aStepTellsItsLossNormAndRate() throws {
    let problem = Problem(
      SGD(learningRate: .linear(0.5, to: 0, over: 4)), type: .float64, options: .init(largestNorm: 1e-3))
    let records = try problem.run(times: 3)
    let p = [0.5, -1.25, 2.0, 0.03125, -3.0]
    let (a, b) = ([1.0, 0.1, 3.0, 0.01, 0.5], [0.3, 1.7, -0.9, 2.2, 1.1])
    var (loss, gradient): (Double, [Double]) = (0, [])
    for (p, (a, b)) in zip(p, zip(a, b)) {
      loss += a * p * p / 2 + sin(b * p)
      gradient.append(a * p + b * cos(b * p))
    }
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(Double(records[0].values[0]) - loss) < 1e-6)
    // The norm is that before clipping.
    #expect(abs(Double(records[0].values[1]) - norm) < 1e-6)
    #expect(records.map { $0.values[2] } == [0.5, 0.375, 0.25])
  }

  @Test func theStateHasNamesForCheckpoints() throws {
    let problem = Problem(Adam(learningRate: 0.1), type: .float32)
    _ = try problem.run(times: 3)
    let variables = problem.minimizer.variables
    #expect(variables.map(\.name) == ["step", "firstMoment", "secondMoment"])
    #expect(try variables[0].variable.value().scalars() == [3])
    #expect(variables[1].variable.shape == [5])
  }

  @Test func goingOnFromACheckpointIsExact() throws {
    let optimizer = Adam(learningRate: .cosine(0.1, over: 12).warmedUp(over: 3))
    let whole = Problem(optimizer, type: .float32)
    _ = try whole.run(times: 10)

    let first = Problem(optimizer, type: .float32)
    _ = try first.run(times: 4)
    let second = Problem(optimizer, type: .float32)
    try second.minimizer.arena.variable.write(first.minimizer.arena.variable.value())
    for (from, to) in zip(first.minimizer.variables, second.minimizer.variables) {
      try to.variable.write(from.variable.value())
    }
    _ = try second.run(times: 6)
    #expect(
      try second.minimizer.arena.variable.storage.bytes() == whole.minimizer.arena.variable.storage.bytes())
  }

  @Test func aRateThatIsAVariableChangesBetweenSteps() throws {
    let rate = Variable([0.25])
    let problem = Problem(SGD(learningRate: .variable(rate)), type: .float64)
    let step = try problem.step()
    #expect(try step.run(times: 1)[0].values[2] == 0.25)
    try rate.write([0.5])
    #expect(try step.run(times: 1)[0].values[2] == 0.5)
  }

  /// The parameters and both moments are written by one map over the arena, the last.
  @Test func adamIsOneMap() throws {
    let problem = Problem(Adam(learningRate: 0.1), type: .float32)
    let plan = try #require(try problem.step().plans[1])
    let maps = plan.launches.flatMap(\.kernels).filter { "\($0.kernel)" == "map 5" }
    #expect(maps.last?.kernel.stores.count == 3)
  }
}
