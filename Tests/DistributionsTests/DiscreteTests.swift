import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

@Suite struct DiscreteTests {
  private func outcomes(_ one: Case) -> [Double] {
    let indices = Array(Int(one.range.lowerBound)...Int(one.range.upperBound)).map(Double.init)
    return one.levelCount.map { count in indices.map { $0 / Double(count - 1) } } ?? indices
  }

  private func probabilities(_ one: Case, _ outcomes: [Double]) throws -> [Double] {
    let distribution = one.make(one.parameters.map { Tensor([$0]).broadcast(to: [outcomes.count]) })
    return try interpreted(distribution.logProbability(of: Tensor(outcomes))).map { exp($0) }
  }

  @Test(arguments: Case.discrete) func probabilitiesSumToOneAndHaveTheirMean(_ one: Case) throws {
    let outcomes = outcomes(one)
    let probabilities = try probabilities(one, outcomes)
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-11)
    let mean = zip(outcomes, probabilities).reduce(0) { $0 + $1.0 * $1.1 }
    if one.isMeanExact {
      #expect(abs(try interpreted(one.distribution.mean)[0] - mean) < 1e-9 * max(1, mean))
    }
  }

  /// χ² less than 5 of its standard deviations above its mean.
  @Test(arguments: Case.discrete) func drawsAreOfTheDistribution(_ one: Case) throws {
    let outcomes = outcomes(one)
    let draws = try one.draws(800, seed: 6)
    #expect(draws.allSatisfy { one.distribution.support.contains($0) })
    let steps = one.levelCount.map { Double($0 - 1) } ?? 1
    var counts = [Int](repeating: 0, count: outcomes.count)
    for draw in draws { counts[min(Int((draw * steps).rounded()), outcomes.count - 1)] += 1 }
    #expect(chiSquaredExcess(counts, try probabilities(one, outcomes)) < 5)
  }

  /// Far from its level a discretized logistic has a logarithm where its probability is 0.
  @Test func logarithmsStayFinite() throws {
    let logistic = DiscretizedLogistic(location: Tensor([0.1]), scale: Tensor([1e-4]), eventRank: 0)
    let found = try interpreted(logistic.logProbability(of: Tensor([0, 0.5, 1])))
    #expect(found.allSatisfy { $0.isFinite && $0 < -100 })
  }

  /// (r + x - 1)! / ((r - 1)! x!) (1 - p)ʳ pˣ for whole r.
  @Test func negativeBinomialCoefficientsAreThoseOfCounting() throws {
    let negative = NegativeBinomial(totalCount: Tensor([3.0]), logits: Tensor([log(0.25 / 0.75)]), eventRank: 0)
    let found = try interpreted(negative.logProbability(of: Tensor([0.0, 1, 2, 3])))
    for (x, coefficient) in [1.0, 3, 6, 10].enumerated() {
      #expect(abs(exp(found[x]) - coefficient * pow(0.75, 3) * pow(0.25, Double(x))) < 1e-13)
    }
  }
}
