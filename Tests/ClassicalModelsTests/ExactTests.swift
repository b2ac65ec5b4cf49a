import ClassicalModels
import Distributions
import Foundation
import Inference
import LinearAlgebra
import Testing

/// Bounds at exact posteriors, against evidence computed another way.
@Suite struct ExactTests {
  @Test(arguments: CovarianceShape.allCases) func mixturesAreTight(shape: CovarianceShape) throws {
    var problem = Problem(1)
    let x = DataMatrix(problem.clusters(300, 3, around: 4))
    let fit = try GaussianMixture.fit(components: 4, shape: shape, to: x, regularization: 1e-3)
    let model = fit.model
    // log Σ πₖ N(x; μₖ, Σₖ), datum by datum.
    var expected = 0.0
    let components = try (0..<4).map { try model.components.component($0) }
    for row in 0..<x.count {
      let datum = Array(x.values[row: row])
      expected += log(
        try (0..<4).reduce(0) { try $0 + model.weights[$1] * exp(components[$1].logProbability(of: datum)) })
    }
    #expect(agree(fit.logEvidence, expected, 1e-12))
    #expect(agree(try elbo(model, fit.posterior, x).value, expected, 1e-12))
    #expect(fit.isConverged)
  }

  @Test(arguments: NoiseShape.allCases, [false, true])
  func linearGaussianModelsAreTight(shape: NoiseShape, hasMissing: Bool) throws {
    var problem = Problem(2)
    var values = problem.clusters(60, 5, around: 3)
    if hasMissing { for place in stride(from: 0, to: 300, by: 7) { values.elements[place] = .nan } }
    let x = DataMatrix(values)
    let start = try LinearGaussianModel.start(2, shape: shape, of: x, seed: 3)
    let fit = try ExpectationMaximization(iterations: 30).fit(start, to: x, count: 60)
    let evidence = try fit.model.evidence()
    let expected = try (0..<60).reduce(0.0) { sum, row in
      let seen = (0..<5).filter { !values[row, $0].isNaN }
      return try sum + evidence.marginal(seen).logProbability(of: seen.map { values[row, $0] })
    }
    #expect(agree(fit.logEvidence, expected, 1e-11))
    #expect(agree(try elbo(fit.model, fit.posterior, x).value, expected, 1e-11))
  }

  /// EM comes to the optimum that the eigenvectors give.
  @Test func principalComponentsAreTheOptimum() throws {
    var problem = Problem(3)
    let x = DataMatrix(problem.clusters(80, 4, around: 3))
    let closed = try LinearGaussianModel.principalComponents(2, of: x)
    let (_, best) = try closed.inferred(from: x)
    let start = try LinearGaussianModel.start(2, shape: .isotropic, of: x, seed: 1)
    let fit = try ExpectationMaximization(iterations: 3000, tolerance: 1e-11).fit(start, to: x, count: 80)
    #expect(fit.logEvidence <= best + 1e-9 * abs(best))
    #expect(agree(fit.logEvidence, best, 1e-7))
  }

  /// Every path of a short chain, summed.
  @Test func hiddenMarkovModelsAreTight() throws {
    var problem = Problem(4)
    let data = DataMatrix(problem.clusters(9, 2, around: 2))
    let sequences = Sequences(data, lengths: [4, 5])
    let emissions = try GaussianComponents(
      means: problem.matrix(3, 2, scale: 2), covariances: [problem.covariance(2)], isTied: true)
    let model = HiddenMarkovModel(
      initial: [0.5, 0.3, 0.2], transitions: Matrix([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]]),
      emissions: emissions)
    let components = try (0..<3).map { try emissions.component($0) }
    var expected = 0.0
    for range in sequences.ranges {
      var total = 0.0
      for path in 0..<Int(pow(3.0, Double(range.count))) {
        var (rest, logJoint, before) = (path, 0.0, 0)
        for (place, row) in range.enumerated() {
          let state = rest % 3
          rest /= 3
          logJoint += log(place == 0 ? model.initial[state] : model.transitions[before, state])
          logJoint += try components[state].logProbability(of: Array(data.values[row: row]))
          before = state
        }
        total += exp(logJoint)
      }
      expected += log(total)
    }
    let (posterior, logEvidence) = try model.inferred(from: sequences)
    #expect(agree(logEvidence, expected, 1e-12))
    #expect(agree(try elbo(model, posterior, sequences).value, expected, 1e-12))
    #expect(agree(posterior.transitions.elements.reduce(0, +), 7, 1e-12))
    // The states of a long chain far apart are found again.
    let apart = HiddenMarkovModel(
      initial: model.initial, transitions: model.transitions,
      emissions: try GaussianComponents(
        means: Matrix([[-20, 0], [0, 20], [20, 0]]), variances: Matrix(rows: 3, columns: 2, repeating: 1)))
    let drawn = try apart.sample(200, seed: 1)
    #expect(try apart.mostProbableStates(Sequences(DataMatrix(drawn.values))) == drawn.states)
  }

  /// The mean field of a Bayesian mixture stays below the sum over all choices, and Gibbs sampling comes to that sum.
  @Test func bayesianMixturesAreBelowTheirEvidence() throws {
    let x = DataMatrix(Matrix(rows: 8, columns: 1, [-2.1, -1.9, -2.3, 0.1, 2.2, 1.8, 2.4, -0.2]))
    let model = BayesianMixture(components: 2, size: 1, meanVariance: 9)
    let exact = try #require(model.enumerated(x))
    #expect(agree(exact.logEvidence, -17.753_584_688_7, 1e-11))
    let found = try model.fit(x)
    #expect(agree(found.bound.value, -18.835_363_155_4, 1e-11))
    let gibbs = model.gibbsCoincidence(x, sweeps: 20_000, seed: 1)
    let together = try #require(model.enumeratedCoincidence(x))
    // Binomial deviations of at most 0.0035, widened for draws that follow on one another.
    #expect(gibbs.distance(to: together) < 0.03)
    let start = try model.start(x, seed: 2)
    let stochastic = try model.stochasticFit(x, from: start, batchSize: 4, steps: 4000, seed: 1)
    #expect(stochastic.bound.value <= found.bound.value + 1e-9)
    #expect(stochastic.bound.value > found.bound.value - 0.2)
  }

  @Test func coordinateAscentTellsHowItEnded() async throws {
    let x = DataMatrix(Matrix(rows: 8, columns: 1, [-2.1, -1.9, -2.3, 0.1, 2.2, 1.8, 2.4, -0.2]))
    let model = BayesianMixture(components: 2, size: 1, meanVariance: 9)
    func fit(_ rounds: Int) throws -> CoordinateAscent.Outcome<BayesianMixture.Posterior> {
      try CoordinateAscent(rounds: rounds, tolerance: 1e-6).fit(model, from: model.start(x, seed: 1), x)
    }
    let found = try fit(500)
    #expect(found.isConverged && (2..<500).contains(found.rounds))
    let same = try fit(found.rounds)
    #expect(same.isConverged && same.rounds == found.rounds && same.bound == found.bound)
    let short = try fit(found.rounds - 1)
    #expect(!short.isConverged && short.rounds == found.rounds - 1)

    await #expect(processExitsWith: .failure) { _ = CoordinateAscent(rounds: 0) }
  }
}
