import Distributions
import Foundation
import TensorTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct NormalTests {
  private static let means = [0, 1.5, -2, 0.25]
  private static let deviations = [1, 0.5, 2, 1.75]

  private func density(_ x: Double, _ mean: Double, _ deviation: Double) -> Double {
    exp(-(x - mean) * (x - mean) / (2 * deviation * deviation)) / (deviation * (2 * Double.pi).squareRoot())
  }

  /// The same four distributions made in each way; the last has one deviation for all.
  private var both: [Normal] {
    let deviations = Tensor(Self.deviations)
    return [
      Normal(mean: Tensor(Self.means), standardDeviation: deviations, eventRank: 0),
      Normal(mean: Tensor(Self.means), logVariance: deviations.squared().log(), eventRank: 0),
    ]
  }

  @Test func logProbabilitiesAreThoseOfTheClosedForm() throws {
    let x = [0.5, 1.5, -7, 3]
    let expected = zip(x, zip(Self.means, Self.deviations)).map { log(density($0, $1.0, $1.1)) }
    for normal in both {
      #expect(agree(try interpreted(normal.logProbability(of: Tensor(x))), expected).isClose)
    }
  }

  @Test func densitiesIntegrateToOne() throws {
    for (mean, deviation) in zip(Self.means, Self.deviations) {
      let normal = Normal(mean: Tensor([mean]), standardDeviation: deviation, eventRank: 0)
      let places = (0...400).map { mean + (Double($0) / 200 - 1) * 12 * deviation }
      let logarithms = try interpreted(normal.logProbability(of: Tensor(places)))
      let step = 24 * deviation / 400
      // The trapezoidal rule, exact to rounding for a function that is analytic and vanishes at both ends.
      #expect(abs(logarithms.reduce(0) { $0 + exp($1) } * step - 1) < 1e-13)
    }
  }

  @Test func farOutliersStayFinite() throws {
    let normal = Normal(mean: Tensor([0.0]), logVariance: Tensor([-20.0]))
    #expect(try interpreted(normal.logProbability(of: Tensor([100.0])))[0].isFinite)
  }

  @Test func figuresAreSumsOverTheEvent() throws {
    let x = numbers(2, 3, 4)
    let normal = Normal(mean: numbers(2, 3, 4, from: 30), logVariance: numbers(3, 4, from: 60), eventRank: 2)
    #expect(normal.logProbability(of: x).shape == [2])
    #expect(normal.entropy?.shape == [2])
    #expect(normal.klDivergence(from: normal).shape == [2])
    let elements = try interpreted(normal.elementLogProbability(of: x))
    let sums = [elements[..<12], elements[12...]].map { $0.reduce(0, +) }
    #expect(agree(try interpreted(normal.logProbability(of: x)), sums, ulps: 64).isClose)
  }

  @Test func divergencesAreThoseOfQuadrature() throws {
    let others = (means: [0.5, 0, -2, 0.25], deviations: [2, 1, 0.5, 1.75])
    let expected = (0..<4).map { i in
      let (mean, deviation) = (Self.means[i], Self.deviations[i])
      return integral(from: mean - 12 * deviation, to: mean + 12 * deviation) { x in
        let q = density(x, mean, deviation)
        let other = -pow((x - others.means[i]) / others.deviations[i], 2) / 2 - log(others.deviations[i])
        let own = -pow((x - mean) / deviation, 2) / 2 - log(deviation)
        return q * (own - other)
      }
    }
    let prior = Normal(mean: Tensor(others.means), standardDeviation: Tensor(others.deviations), eventRank: 0)
    for normal in both {
      let found = try interpreted(normal.klDivergence(from: prior))
      for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-12 * max(1, expected)) }
      let erased: any Distribution = normal
      #expect(try interpreted(#require(erased.klDivergence(from: prior))) == found)
    }
  }

  @Test func divergenceFromTheStandardNormal() throws {
    let q = Normal(mean: Tensor(Self.means), standardDeviation: Tensor(Self.deviations))
    // 1/2 sum(mu^2 + s^2 - 1 - ln s^2)
    let expected = zip(Self.means, Self.deviations).reduce(0) { $0 + ($1.0 * $1.0 + $1.1 * $1.1 - 1) / 2 - log($1.1) }
    let found = try interpreted(q.klDivergence(from: .standard(4, type: .float64)))
    #expect(abs(found[0] - expected) < 1e-14 * expected)
    #expect(try interpreted(Normal.standard(3).klDivergence(from: .standard(3))) == [0])
  }

  @Test func entropiesAreThoseOfQuadrature() throws {
    for normal in both {
      let found = try interpreted(#require(normal.entropy))
      for (found, (mean, deviation)) in zip(found, zip(Self.means, Self.deviations)) {
        let expected = integral(from: mean - 12 * deviation, to: mean + 12 * deviation) { x in
          let q = density(x, mean, deviation)
          return q > 0 ? -q * log(q) : 0
        }
        #expect(abs(found - expected) < 1e-12)
      }
    }
  }

  @Test func aDrawKnowsItsLogProbability() throws {
    let normal = Normal(mean: numbers(50, 3), logVariance: numbers(50, 3, from: 7))
    let draw = normal.draw(RandomKey(seed: 4, domain: .training))
    let found = try interpreted([draw.logProbability, normal.logProbability(of: draw.value)])
    #expect(agree(found[0], found[1], ulps: 256).isClose)
  }

  /// The mean and the variance of 4000 draws, and the divergence estimated from them, within 4 standard errors.
  @Test func drawsAreOfTheDistribution() throws {
    let count = 4000
    for (mean, deviation) in zip(Self.means, Self.deviations) {
      let normal = Normal(mean: Tensor([mean]), standardDeviation: deviation).repeated(count)
      #expect(normal.mean.shape == [count, 1])
      let draw = normal.draw(RandomKey(seed: 9))
      let prior = Normal.standard(1, type: .float64)
      let values = try interpreted([
        draw.value, draw.logProbability - prior.logProbability(of: draw.value), normal.klDivergence(from: prior),
      ])
      expect(values[0], mean: mean)
      expect(values[0].map { ($0 - mean) * ($0 - mean) }, mean: deviation * deviation)
      expect(values[1], mean: values[2][0])
    }
  }

  /// Whether draws of something of this mean may be what they are.
  private func expect(_ draws: [Double], mean: Double) {
    let count = Double(draws.count)
    let found = draws.reduce(0, +) / count
    let variance = draws.reduce(0) { $0 + ($1 - found) * ($1 - found) } / count
    #expect(abs(found - mean) <= 4 * (variance / count).squareRoot() + 1e-12)
  }

  @Test func gradientsPassThroughDraws() throws {
    let (mean, logVariance) = (numbers(2, 3), numbers(2, 3, from: 9))
    let normal = Normal(mean: mean, logVariance: logVariance)
    let z = normal.draw(RandomKey(seed: 1)).value
    let slopes = try interpreted(gradients(of: z, withRespectTo: [mean, logVariance]) + [(z - mean) * 0.5])
    #expect(slopes[0] == [1, 1, 1, 1, 1, 1])
    #expect(agree(slopes[1], slopes[2]).isClose)
    let stopped = normal.stoppingGradient()
    let held = stopped.logProbability(of: numbers(2, 3, from: 20)).sum() + mean.sum() + logVariance.sum()
    #expect(try interpreted(gradient(of: held, withRespectTo: logVariance)) == [1, 1, 1, 1, 1, 1])
    #expect(try interpreted(gradient(of: held, withRespectTo: mean)) == [1, 1, 1, 1, 1, 1])
  }

  @Test func whatIsNoDistributionTraps() async {
    await #expect(processExitsWith: .failure) { _ = Normal(mean: .zeros([2]), standardDeviation: 0) }
    await #expect(processExitsWith: .failure) { _ = Normal(mean: .zeros([2]), logVariance: .zeros([3])) }
    await #expect(processExitsWith: .failure) {
      _ = Normal(mean: .zeros([2]), logVariance: .zeros([2]), eventRank: 2)
    }
  }
}
