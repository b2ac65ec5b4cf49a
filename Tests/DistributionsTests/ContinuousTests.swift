import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

@Suite struct ContinuousTests {
  @Test(arguments: Case.continuous) func densitiesIntegrateToOneAndHaveTheirMean(_ one: Case) throws {
    let (places, weights) = one.rule
    let densities = try one.logProbabilities(of: places).map { exp($0) }
    let total = zip(densities, weights).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(total - 1) < 1e-9)
    guard one.isMeanExact else { return }
    let mean = zip(places, zip(densities, weights)).reduce(0) { $0 + $1.0 * $1.1.0 * $1.1.1 }
    #expect(abs(try interpreted(one.distribution.mean)[0] - mean) < 1e-8 * max(1, abs(mean)))
  }

  /// Kolmogorov and Smirnov: a distance of 1.95 is passed once in a thousand.
  @Test(arguments: Case.continuous) func drawsAreOfTheDensity(_ one: Case) throws {
    let draws = try one.draws(1500, seed: 5)
    #expect(draws.allSatisfy { one.distribution.support.contains($0) })
    #expect(kolmogorovSmirnov(draws, try one.distributionFunction()) < 1.95)
  }

  @Test(arguments: Case.continuous) func entropiesAreThoseOfQuadrature(_ one: Case) throws {
    guard let entropy = one.distribution.entropy else { return }
    let (places, weights) = one.rule
    let logarithms = try one.logProbabilities(of: places)
    let expected = -zip(logarithms, weights).reduce(0) { $0 + exp($1.0) * $1.0 * $1.1 }
    #expect(abs(try interpreted(entropy)[0] - expected) < 1e-8)
  }

  /// Each closed divergence against quadrature.
  @Test func divergencesAreThoseOfQuadrature() throws {
    let others: [any Distribution] = [
      Normal(mean: Tensor([0.3]), standardDeviation: 1.4, eventRank: 0),
      Laplace(mean: Tensor([0.5]), scale: Tensor([0.8]), eventRank: 0),
      Exponential(rate: Tensor([1.3]), eventRank: 0),
      LogNormal(logarithm: Normal(mean: Tensor([0.2]), standardDeviation: 0.9, eventRank: 0)),
    ]
    var closed = 0
    for one in Case.continuous {
      for other in others {
        guard let found = one.distribution.klDivergence(from: other) else { continue }
        closed += 1
        var split = one
        split.kinks += (-12...12).map { 0.5 + Double($0) / 4 }
        let (places, weights) = split.rule
        let logarithms = try one.logProbabilities(of: places)
        let otherLogarithms = try interpreted(other.logProbability(of: Tensor(places)))
        let expected = zip(zip(logarithms, otherLogarithms), weights).reduce(0) {
          $0 + exp($1.0.0) * ($1.0.0 - $1.0.1) * $1.1
        }
        #expect(abs(try interpreted(found)[0] - expected) < 1e-7 * max(1, expected), "\(one) from \(other)")
      }
    }
    #expect(closed == 10)
  }

  /// KL(Expo(a) from Expo(b)) = ln(a/b) + b/a - 1.
  @Test func divergenceOfExponentials() throws {
    let (a, b) = (0.7, 2.25)
    let found = Exponential(rate: Tensor([a])).klDivergence(from: Exponential(rate: Tensor([b])))
    #expect(abs(try interpreted(#require(found))[0] - (log(a / b) + b / a - 1)) < 1e-14)
  }

  /// d/dλ of E[z] is -1/λ², from draws, within 4 standard errors.
  @Test func theGradientOfAnExpectationPassesThroughDraws() throws {
    let count = 4000
    let rate = Tensor([1.6])
    let z = Exponential(rate: rate.broadcast(to: [count]), eventRank: 0).sample(RandomKey(seed: 2))
    // Each draw depends on the rate by itself: dz/dλ = -z/λ.
    let slopes = try interpreted([-(z / 1.6), gradient(of: z.mean(), withRespectTo: rate)])
    let mean = slopes[0].reduce(0, +) / Double(count)
    let variance = slopes[0].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(slopes[1][0] - mean) < 1e-12)
    #expect(abs(mean + 1 / (1.6 * 1.6)) < 4 * (variance / Double(count)).squareRoot())
  }

  @Test(arguments: Case.continuous.filter { $0.distribution is any ReparameterizedDistribution })
  func aDrawKnowsItsLogProbability(_ one: Case) throws {
    let many = one.make(one.parameters.map { Tensor([$0]).broadcast(to: [50]) })
    let posterior = try #require(many as? any ReparameterizedDistribution)
    let draw = posterior.draw(RandomKey(seed: 4))
    let found = try interpreted([draw.logProbability, many.logProbability(of: draw.value)])
    for (a, b) in zip(found[0], found[1]) { #expect(abs(a - b) < 1e-9 * max(1, abs(b))) }
  }
}

/// Slopes of log probabilities against central differences, for all distributions.
@Suite struct DensityGradientTests {
  @Test(arguments: Case.continuous + Case.discrete) func logProbabilitiesHaveTheirSlopes(_ one: Case) throws {
    let x =
      one.levelCount.map { [0, 1, 2, $0 - 1].map { level in Double(level) / Double(one.levelCount! - 1) } }
      ?? (one.range.lowerBound == 0 && one.range.upperBound > 1 ? [0, 1, 4, 9] : [0.2, 0.9, 0.37, 0.71])
    let variables = one.parameters.map { Tensor([$0]) }
    let value = one.make(variables).logProbability(of: Tensor(x)).sum()
    let slopes = try interpreted(gradients(of: value, withRespectTo: variables))
    for i in variables.indices {
      func figure(_ step: Double) throws -> Double {
        var moved = one.parameters
        moved[i] += step
        let distribution = one.make(moved.map { Tensor([$0]) })
        return try interpreted(distribution.logProbability(of: Tensor(x)).sum())[0]
      }
      let h = 1e-3 * (one.parameters[i] == 0 ? 1 : min(1, abs(one.parameters[i])))
      let difference = try (8 * (figure(h) - figure(-h)) - (figure(2 * h) - figure(-2 * h))) / (12 * h)
      #expect(abs(slopes[i][0] - difference) < 1e-7 * max(1, abs(difference)), "parameter \(i)")
    }
  }
}
