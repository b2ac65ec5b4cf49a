import Distributions
import Foundation
import Inference
import TensorTestSupport
import Tensors
import Testing

func logarithm(_ x: Double) -> Double { Foundation.log(x) }

@Suite struct ObjectiveTests {
  private static let rows = 3000

  /// All forms of the divergence, with one draw and with several, are the same bound.
  @Test(arguments: DivergenceEstimate.allCases, [1, 3]) func theFormsOfTheBoundAgree(
    _ divergence: DivergenceEstimate, samples: Int
  ) throws {
    let line = Line(rows: Self.rows)
    let found = try interpreted([
      line.estimate(Objective(samples: samples, divergence: divergence)).objective, line.exactELBO,
    ])
    expectMean(of: found[0], found[1][0])
  }

  static let estimators: [(String, Objective)] = [
    ("closed", Objective()),
    ("sampled", Objective(divergence: .sampled)),
    ("entropy", Objective(divergence: .entropy)),
    ("three draws", Objective(samples: 3)),
    ("sticking the landing", Objective(samples: 2, gradient: .stickingTheLanding)),
    ("doubly reparameterized", Objective(samples: 2, gradient: .doublyReparameterized)),
    ("score function", Objective(samples: 3, gradient: .scoreFunction)),
  ]

  /// The mean of each estimator over independent draws against the analytic gradient.
  @Test(arguments: estimators.indices) func gradientsAreUnbiased(_ index: Int) throws {
    let line = Line(rows: Self.rows)
    let expected = try interpreted(gradients(of: line.exactELBO.sum(), withRespectTo: line.parameters))
    let found = try line.gradients(of: Self.estimators[index].1)
    for (found, expected) in zip(found, expected) { expectMean(of: found, expected[0]) }
  }

  static let bounds: [(String, Bound)] = [
    ("iwae", .importanceWeighted), ("miwae", .multiple(2)), ("ciwae", .combined(elboShare: 0.3)),
  ]

  /// Gradients of bounds of four draws, against those along the paths of many more draws.
  @Test(arguments: bounds.indices) func gradientsOfOtherBoundsAreUnbiased(_ index: Int) throws {
    let bound = Self.bounds[index].1
    let reference = try Line(rows: 12_000).gradients(of: Objective(bound, samples: 4), seed: 7)
    for gradient in [GradientEstimator.doublyReparameterized, .scoreFunction] {
      let found = try Line(rows: Self.rows).gradients(of: Objective(bound, samples: 4, gradient: gradient))
      for (found, reference) in zip(found, reference) { expectSameMean(found, reference) }
    }
  }

  /// With two draws the importance-weighted bound's gradient is an integral over two numbers.
  @Test func theImportanceWeightedGradientIsThatOfQuadrature() throws {
    let (points, width) = (61, 14.0)
    let epsilon = (0..<points).map { (Double($0) / Double(points - 1) - 0.5) * width }
    let pairs = epsilon.flatMap { a in epsilon.map { [a, $0] } }
    let weights = pairs.map { exp(-($0[0] * $0[0] + $0[1] * $0[1]) / 2) }
    let line = Line(rows: 1)
    let noise = Tensor(pairs.flatMap { $0 }, shape: [1, 2 * pairs.count, 1])
    let z = line.mean + (line.logVariance * 0.5).exp() * noise
    let logWeights =
      line.likelihood(given: z).logProbability(of: line.x.expandedDimensions(at: 1))
      + line.prior.logProbability(of: z) - line.posterior.repeated(1).logProbability(of: z)
    let bounds = logWeights.reshaped(pairs.count, 2).logMeanExp(axis: -1)
    let total = weights.reduce(0, +)
    let bound = (bounds * Tensor(weights)).sum() / total
    let expected = try interpreted([bound] + gradients(of: bound, withRespectTo: line.parameters))

    let many = Line(rows: Self.rows)
    expectMean(
      of: try interpreted(many.estimate(Objective(.importanceWeighted, samples: 2)).objective), expected[0][0])
    for gradient in [GradientEstimator.pathwise, .doublyReparameterized, .scoreFunction] {
      let found = try many.gradients(of: Objective(.importanceWeighted, samples: 2, gradient: gradient))
      for (found, expected) in zip(found, expected.dropFirst()) { expectMean(of: found, expected[0]) }
    }
  }

  /// At the exact posterior every weight is the evidence: all bounds are tight, and the gradients that stick to the
  /// landing have no noise there.
  @Test func theExactPosteriorIsTheLanding() throws {
    let line = Line(exactRows: 20)
    let evidence = try interpreted(line.evidence)
    let objectives = [
      Objective(samples: 4, divergence: .sampled), Objective(.importanceWeighted, samples: 4),
      Objective(.multiple(2), samples: 4), Objective(.combined(elboShare: 0.5), samples: 4),
    ]
    for objective in objectives {
      let found = try interpreted(line.estimate(objective).objective)
      #expect(agree(found, evidence, ulps: 256).isClose)
    }
    let landing = try line.gradients(of: Objective(gradient: .stickingTheLanding))
    let doubly = try line.gradients(of: Objective(.importanceWeighted, samples: 4, gradient: .doublyReparameterized))
    let plain = try line.gradients(of: Objective(divergence: .sampled))
    for parameter in 0..<2 {
      #expect(landing[parameter].allSatisfy { abs($0) < 1e-12 })
      #expect(doubly[parameter].allSatisfy { abs($0) < 1e-12 })
    }
    #expect(plain[0].contains { abs($0) > 0.1 })
  }

  @Test func boundsRiseWithTheDrawsTowardTheEvidence() throws {
    let line = Line(rows: Self.rows)
    var means: [Double] = []
    for samples in [1, 4, 16] {
      let found = try interpreted(line.estimate(Objective(.importanceWeighted, samples: samples)).objective)
      means.append(found.reduce(0, +) / Double(found.count))
    }
    let evidence = try interpreted(line.evidence)[0]
    #expect(means[0] < means[1] && means[1] < means[2] && means[2] < evidence)
    #expect(evidence - means[2] < 0.1 * (evidence - means[0]))
  }

  @Test func boundsMeetAtTheirEnds() throws {
    let line = Line(rows: 6)
    func values(_ bound: Bound) throws -> [Double] {
      try interpreted(line.estimate(Objective(bound, samples: 6)).objective)
    }
    let (mean, weighted) = (
      try interpreted(line.estimate(Objective(samples: 6, divergence: .sampled)).objective),
      try values(.importanceWeighted)
    )
    #expect(agree(try values(.multiple(6)), mean, ulps: 64).isClose)
    #expect(agree(try values(.multiple(1)), weighted, ulps: 64).isClose)
    #expect(agree(try values(.combined(elboShare: 1)), mean, ulps: 64).isClose)
    #expect(agree(try values(.combined(elboShare: 0)), weighted, ulps: 64).isClose)
  }
}

/// Whether draws of something of this mean may be what they are, by four standard errors.
func expectMean(of draws: [Double], _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation) {
  let (mean, variance) = moments(draws)
  let error = (variance / Double(draws.count)).squareRoot()
  #expect(abs(mean - expected) <= 4 * error + 1e-12, sourceLocation: sourceLocation)
}

/// Whether two lots of independent draws may have the same mean.
func expectSameMean(_ a: [Double], _ b: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
  let (first, second) = (moments(a), moments(b))
  let error = (first.variance / Double(a.count) + second.variance / Double(b.count)).squareRoot()
  #expect(abs(first.mean - second.mean) <= 4 * error + 1e-12, sourceLocation: sourceLocation)
}

private func moments(_ draws: [Double]) -> (mean: Double, variance: Double) {
  let count = Double(draws.count)
  let mean = draws.reduce(0, +) / count
  return (mean, draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count)
}
