import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

/// A distribution of one number, made of float64 parameters, as the suites that every one of them passes see it.
struct Case: Sendable, CustomTestStringConvertible {
  let name: String
  let parameters: [Double]
  /// Where all but 1e-12 of the mass lies; of counts, the largest that are looked at.
  let range: ClosedRange<Double>
  /// Where a density or its slope jumps, besides the ends.
  var kinks: [Double] = []
  /// Levels from 0 to 1; nil for counts and densities.
  var levelCount: Int?
  var isMeanExact = true
  /// From parameters of one shape.
  let make: @Sendable ([Tensor]) -> any Distribution

  var testDescription: String { "\(name) \(parameters)" }

  var distribution: any Distribution { make(parameters.map { Tensor([$0]) }) }

  /// log p at each of many numbers.
  func logProbabilities(of x: [Double]) throws -> [Double] {
    try interpreted(make(parameters.map { Tensor([$0]) }).logProbability(of: Tensor(x)))
  }

  /// Many draws.
  func draws(_ count: Int, seed: UInt64) throws -> [Double] {
    let shape: Shape = [count]
    let many = make(parameters.map { Tensor([$0]).broadcast(to: shape) })
    return try interpreted(many.sample(RandomKey(seed: seed)))
  }
}

extension Case {
  static let continuous: [Case] =
    continuousBernoullis + laplaces + studentTs + exponentials + logNormals + gammas + transformed

  private static let continuousBernoullis = [-3, -0.05, 0, 1e-3, 0.7, 30].map { logit in
    Case(name: "continuous Bernoulli", parameters: [logit], range: 0...1) {
      ContinuousBernoulli(logits: $0[0], eventRank: 0)
    }
  }

  private static let laplaces = [(0.0, 1.0), (-1.5, 0.3)].map { mean, scale in
    Case(name: "Laplace", parameters: [mean, scale], range: mean - 30 * scale...mean + 30 * scale, kinks: [mean]) {
      Laplace(mean: $0[0], scale: $0[1], eventRank: 0)
    }
  }

  private static let studentTs = [(0.0, 1.0, 9.0), (2, 0.25, 30)].map { mean, scale, freedom in
    let range = mean - 150 * scale...mean + 150 * scale
    return Case(name: "Student's t", parameters: [mean, scale, freedom], range: range, kinks: [mean]) {
      StudentT(mean: $0[0], scale: $0[1], degreesOfFreedom: $0[2], eventRank: 0)
    }
  }

  private static let exponentials = [0.4, 2.5].map { rate in
    Case(name: "exponential", parameters: [rate], range: 1e-300...30 / rate) { Exponential(rate: $0[0], eventRank: 0) }
  }

  private static let logNormals = [(0.0, 0.0), (-0.5, -2)].map { mean, logVariance in
    func quantile(_ deviations: Double) -> Double { exp(mean + deviations * exp(logVariance / 2)) }
    return Case(
      name: "log-normal", parameters: [mean, logVariance], range: quantile(-9)...quantile(9),
      kinks: (-35...35).map { quantile(Double($0) / 4) }
    ) { LogNormal(logarithm: Normal(mean: $0[0], logVariance: $0[1], eventRank: 0)) }
  }

  private static let gammas = [(3.0, 2.0, 30.0), (7.5, 0.5, 150)].map { shape, rate, largest in
    // Where the density is steep, the places are closer.
    Case(
      name: "gamma", parameters: [shape, rate], range: 1e-300...largest,
      kinks: (1...5).map { largest / Double(1 << $0) }
    ) {
      Gamma(shape: $0[0], rate: $0[1], eventRank: 0)
    }
  }

  private static let transformed: [Case] = [
    Case(name: "sigmoid of a normal", parameters: [0.4, -0.3], range: 1e-6...1 - 1e-6, isMeanExact: false) {
      Transformed(Normal(mean: $0[0], logVariance: $0[1], eventRank: 0), by: ElementwiseBijector.sigmoid, eventRank: 0)
    },
    Case(name: "softplus of a normal", parameters: [0.4, -0.3], range: 1e-5...12, isMeanExact: false) {
      Transformed(Normal(mean: $0[0], logVariance: $0[1], eventRank: 0), by: ElementwiseBijector.softplus, eventRank: 0)
    },
    Case(name: "tanh, moved", parameters: [0.2, 0.5], range: -0.5 + 1e-7...1.5 - 1e-7, isMeanExact: false) {
      let moved = AffineBijector(scale: $0[1] * 2, shift: $0[1], eventRank: 0)
      return Transformed(
        Normal(mean: $0[0], standardDeviation: 0.6, eventRank: 0), by: Chain([ElementwiseBijector.tanh, moved]),
        eventRank: 0)
    },
    Case(name: "logistic by an exponential", parameters: [1], range: -40...40, isMeanExact: false) {
      Transformed(
        Exponential(rate: $0[0], eventRank: 0), by: Inverse(ElementwiseBijector.softplus), eventRank: 0)
    },
  ]

  static let discrete: [Case] = poissons + negativeBinomials + discretizedLogistics + [categorical]

  private static let poissons = [(-2.0, 40), (1, 80), (2.2, 80), (3.9, 160)].map { logRate, largest in
    Case(name: "Poisson", parameters: [logRate], range: 0...Double(largest)) { Poisson(logRate: $0[0], eventRank: 0) }
  }

  private static let negativeBinomials = [(0.6, 0.5), (5, -0.3)].map { totalCount, logit in
    Case(name: "negative binomial", parameters: [totalCount, logit], range: 0...160) {
      NegativeBinomial(totalCount: $0[0], logits: $0[1], eventRank: 0)
    }
  }

  private static let discretizedLogistics = [(0.4, 0.02), (0.98, 0.1), (0.5, 0.0002), (0.2, 2)].map { location, scale in
    Case(
      name: "discretized logistic", parameters: [location, scale], range: 0...255, levelCount: 256, isMeanExact: false
    ) { DiscretizedLogistic(location: $0[0], scale: $0[1], eventRank: 0) }
  }

  private static let categorical = Case(
    name: "categorical levels", parameters: [0.2, -1, 0.5, 2, -0.7], range: 0...4, levelCount: 5
  ) { CategoricalLevels(logits: stacked($0, axis: -1), eventRank: 0) }
}

/// The largest distance between the distribution of draws and a distribution function, times the root of their number.
func kolmogorovSmirnov(_ draws: [Double], _ distribution: (Double) -> Double) -> Double {
  let count = Double(draws.count)
  let distances = draws.sorted().enumerated().map { index, x in
    let value = distribution(x)
    return max(abs(value - Double(index) / count), abs(value - Double(index + 1) / count))
  }
  return (distances.max() ?? 0) * count.squareRoot()
}

/// χ² of how often outcomes came, in standard deviations above its mean; rare outcomes are taken together.
func chiSquaredExcess(_ counts: [Int], _ probabilities: [Double]) -> Double {
  let total = Double(counts.reduce(0, +))
  var cells: [(found: Double, expected: Double)] = [(0, 0)]
  for (count, probability) in zip(counts, probabilities) {
    cells[cells.count - 1].found += Double(count)
    cells[cells.count - 1].expected += total * probability
    if cells[cells.count - 1].expected >= 8 { cells.append((0, 0)) }
  }
  let rest = cells.removeLast()
  if var last = cells.popLast() {
    last.found += rest.found
    last.expected += rest.expected
    cells.append(last)
  }
  let statistic = cells.reduce(0) { $0 + ($1.found - $1.expected) * ($1.found - $1.expected) / $1.expected }
  let freedom = max(Double(cells.count - 1), 1)
  return (statistic - freedom) / (2 * freedom).squareRoot()
}
