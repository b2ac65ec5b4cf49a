import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

@Suite struct DiscreteTests {
  @Test(arguments: Case.discrete) func probabilitiesSumToOneAndHaveTheirMean(_ one: Case) throws {
    let probabilities = try one.probabilities()
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-11)
    let mean = zip(one.outcomes, probabilities).reduce(0) { $0 + $1.0 * $1.1 }
    if one.isMeanExact {
      #expect(abs(try interpreted(one.distribution.mean)[0] - mean) < 1e-9 * max(1, mean))
    }
  }

  /// χ² less than 5 of its standard deviations above its mean.
  @Test(arguments: Case.discrete) func drawsAreOfTheDistribution(_ one: Case) throws {
    let draws = try one.draws(800, seed: 6)
    #expect(draws.allSatisfy { one.distribution.support.contains($0) })
    #expect(chiSquaredExcess(one.counts(of: draws), try one.probabilities()) < 5)
  }

  /// Far from its level a discretized logistic has a logarithm where its probability is 0.
  @Test func logarithmsStayFinite() throws {
    let logistic = DiscretizedLogistic(location: Tensor([0.1]), scale: Tensor([1e-4]), eventRank: 0)
    let found = try interpreted(logistic.logProbability(of: Tensor([0, 0.5, 1])))
    #expect(found.allSatisfy { $0.isFinite && $0 < -100 })
  }

  /// With a mean that stays and r without bound a negative binomial distribution becomes a Poisson one: the difference of
  /// the logarithms is ((x - μ)² - x) / 2r and less.
  @Test(arguments: [1e5, 1e7, 1e12]) func negativeBinomialsOfLargeCountsAreNearlyPoisson(_ r: Double) throws {
    let mean = 5.0
    let counts: [Double] = [0, 1, 5, 9, 30]
    let negative = NegativeBinomial(totalCount: Tensor([r]), logits: Tensor([log(mean / r)]), eventRank: 0)
    let poisson = Poisson(logRate: Tensor([log(mean)]), eventRank: 0)
    let found = try interpreted([
      negative.logProbability(of: Tensor(counts)), poisson.logProbability(of: Tensor(counts)),
    ])
    for (i, count) in counts.enumerated() {
      let difference = ((count - mean) * (count - mean) - count) / (2 * r)
      #expect(abs(found[0][i] - found[1][i] - difference) < 1e-11 + 1e4 / (r * r), "\(count)")
    }
  }

  /// Both forms of log Γ(r + x) - log Γ(r) where they meet, and their slopes.
  @Test func theFormsOfTheRisingFactorialMeet() throws {
    func value(_ r: Double, _ x: Double) throws -> [Double] {
      let (r, logits) = (Tensor([r]), Tensor([0.0]))
      let negative = NegativeBinomial(totalCount: r, logits: logits, eventRank: 0)
      let value = negative.logProbability(of: Tensor([x]))
      return try interpreted([value, gradient(of: value.sum(), withRespectTo: r)]).map { $0[0] }
    }
    for x in [0.0, 3, 200] {
      let (below, above) = (try value(16 - 1e-9, x), try value(16 + 1e-9, x))
      #expect(abs(above[0] - below[0] - 2e-9 * above[1]) < 1e-11)
      #expect(abs(above[1] - below[1]) < 1e-8)
    }
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
