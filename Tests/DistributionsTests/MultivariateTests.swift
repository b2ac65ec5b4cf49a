import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

@Suite struct MultivariateNormalTests {
  private let mean = Tensor([0.5, -1, 2])
  /// What stands above the diagonal does not count.
  private let factor = Tensor([1.5, 9, 9, -0.4, 0.5, 9, 0.8, 0.3, 1.2], shape: [3, 3])
  private var normal: MultivariateNormal { MultivariateNormal(mean: mean, factor: factor) }

  /// With R⁻¹ by hand, row by row.
  @Test func logProbabilitiesAreThoseOfTheClosedForm() throws {
    let x = [1.0, 0.5, 1]
    let first = (1.0 - 0.5) / 1.5
    let second = (0.5 + 1 + 0.4 * first) / 0.5
    let third = (1.0 - 2 - 0.8 * first - 0.3 * second) / 1.2
    let squares = first * first + second * second + third * third
    let expected = -squares / 2 - log(1.5 * 0.5 * 1.2) - 1.5 * log(2 * Double.pi)
    let byLogarithms = MultivariateNormal(
      mean: mean, logDiagonal: Tensor([1.5, 0.5, 1.2]).log(), below: factor)
    for normal in [normal, byLogarithms] {
      #expect(abs(try interpreted(normal.logProbability(of: Tensor(x)))[0] - expected) < 1e-13)
    }
  }

  @Test func aDiagonalFactorIsTheDiagonalNormal() throws {
    let deviations = Tensor([1.5, 0.5, 1.2])
    let (q, same) = (
      MultivariateNormal(mean: mean, factor: deviations.diagonalMatrix()),
      Normal(mean: mean, standardDeviation: deviations)
    )
    let prior = Normal(mean: Tensor([0.1, 0.2, 0.3]), standardDeviation: Tensor([2, 1, 0.5]))
    let x = numbers(5, 3)
    let found = try interpreted([
      q.logProbability(of: x), same.logProbability(of: x), #require(q.entropy), #require(same.entropy),
      #require(q.klDivergence(from: prior)), same.klDivergence(from: prior),
    ])
    for pair in [0, 2, 4] { #expect(agree(found[pair], found[pair + 1], ulps: 256).isClose) }
    #expect(q.klDivergence(from: Laplace(mean: mean, scale: deviations)) == nil)
  }

  /// From another full one: the closed form against that of diagonal ones, and against draws.
  @Test func divergencesFromFullFactorsAreClosed() throws {
    let prior = MultivariateNormal(
      mean: Tensor([0.1, 0.2, 0.3]), factor: Tensor([2, 0, 0, 0.7, 1, 0, -0.2, 0.4, 0.5], shape: [3, 3]))
    let diagonal = Normal(mean: Tensor([0.1, 0.2, 0.3]), standardDeviation: Tensor([2, 1, 0.5]))
    let same = MultivariateNormal(mean: diagonal.mean, factor: diagonal.standardDeviation.diagonalMatrix())
    let draw = normal.repeated(4000).draw(RandomKey(seed: 5))
    let found = try interpreted([
      #require(normal.klDivergence(from: same)), #require(normal.klDivergence(from: diagonal)),
      #require(normal.klDivergence(from: prior)), draw.logProbability - prior.logProbability(of: draw.value),
      #require(normal.klDivergence(from: normal)),
    ])
    #expect(agree(found[0], found[1], ulps: 256).isClose)
    expectMean(of: found[3], found[2][0])
    #expect(abs(found[4][0]) < 1e-13)
    // A batch has a divergence for each.
    let batch = try interpreted(#require(normal.repeated(2).klDivergence(from: prior)))
    #expect(agree(batch, [found[2][0], found[2][0]], ulps: 64).isClose)
  }

  /// Draws know their density; their second moments, and the divergence estimated from them, are right.
  @Test func drawsAreOfTheDistribution() throws {
    let count = 4000
    let prior = Normal.standard(3, type: .float64)
    let draw = normal.repeated(count).draw(RandomKey(seed: 3))
    let found = try interpreted([
      draw.value - mean, draw.logProbability, normal.logProbability(of: draw.value),
      draw.logProbability - prior.logProbability(of: draw.value), #require(normal.klDivergence(from: prior)),
    ])
    for (a, b) in zip(found[1], found[2]) { #expect(abs(a - b) < 1e-9 * max(1, abs(b))) }
    let rows = [[1.5, 0, 0], [-0.4, 0.5, 0], [0.8, 0.3, 1.2]]
    for i in 0..<3 {
      for j in 0...i {
        let products = (0..<count).map { found[0][$0 * 3 + i] * found[0][$0 * 3 + j] }
        expectMean(of: products, zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 })
      }
    }
    expectMean(of: found[3], found[4][0])
    let entropy = try interpreted(#require(normal.entropy))[0]
    expectMean(of: found[1], -entropy)
  }

  @Test func theGradientOfASolvedSystemIsItsSlope() throws {
    let x = Tensor([1.0, 0.5, 1])
    func value(_ factor: Tensor) -> Tensor { MultivariateNormal(mean: mean, factor: factor).logProbability(of: x) }
    let slopes = try interpreted(gradient(of: value(factor), withRespectTo: factor))
    let elements = try factor.scalars()
    for i in [0, 3, 4, 6, 7, 8] {
      func moved(_ step: Double) throws -> Double {
        var elements = elements
        elements[i] += step
        return try interpreted(value(Tensor(elements, shape: [3, 3])))[0]
      }
      let difference = try (moved(1e-5) - moved(-1e-5)) / 2e-5
      #expect(abs(slopes[i] - difference) < 1e-7 * max(1, abs(difference)))
    }
    #expect(slopes[1] == 0 && slopes[2] == 0 && slopes[5] == 0)
  }
}

@Suite struct NormalMixtureTests {
  private let logits = Tensor([0.3, -0.6, 1.1])
  private let means = Tensor([-2, 0.5, 3], shape: [3, 1])
  private let deviations = Tensor([0.5, 1, 0.8], shape: [3, 1])
  private var mixture: NormalMixture {
    NormalMixture(logits: logits, components: Normal(mean: means, standardDeviation: deviations))
  }

  private func density(_ x: Double) -> Double {
    let weights = [0.3, -0.6, 1.1].map { exp($0) }
    let total = weights.reduce(0, +)
    return zip(weights, [(-2.0, 0.5), (0.5, 1), (3, 0.8)]).reduce(0) { sum, part in
      let (weight, (mean, deviation)) = part
      let distance = (x - mean) / deviation
      return sum + weight / total * exp(-distance * distance / 2) / (deviation * (2 * Double.pi).squareRoot())
    }
  }

  @Test func densitiesAreWeightedSums() throws {
    let x = [-3, -1, 0.2, 2.5, 20]
    let found = try interpreted(mixture.logProbability(of: Tensor(x, shape: [5, 1])))
    for (x, found) in zip(x.dropLast(), found) { #expect(abs(found - log(density(x))) < 1e-13) }
    #expect(found[4].isFinite)
    let shares = try interpreted(mixture.logResponsibilities(of: Tensor(x, shape: [5, 1])).exp().sum(axis: -1))
    #expect(shares.allSatisfy { abs($0 - 1) < 1e-14 })
    #expect(abs(try interpreted(mixture.mean)[0] - integral(from: -12, to: 16) { $0 * density($0) }) < 1e-9)
  }

  @Test func drawsAreOfTheDensity() throws {
    let draws = try interpreted(mixture.repeated(1500).sample(RandomKey(seed: 11)))
    #expect(draws.count == 1500)
    #expect(kolmogorovSmirnov(draws) { x in integral(from: -12, to: x, intervals: 200, density) } < 1.95)
  }

  @Test func batchesAreBroadcast() {
    let z = Tensor.zeros([4, 7, 1], type: .float64)
    #expect(mixture.repeated(7).logProbability(of: z).shape == [4, 7])
  }
}

/// Whether draws of something of this mean may be what they are, by four standard errors.
func expectMean(of draws: [Double], _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation) {
  let count = Double(draws.count)
  let mean = draws.reduce(0, +) / count
  let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
  #expect(abs(mean - expected) <= 4 * (variance / count).squareRoot() + 1e-12, sourceLocation: sourceLocation)
}
