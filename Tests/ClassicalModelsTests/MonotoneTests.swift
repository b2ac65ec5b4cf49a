import ClassicalModels
import Distributions
import Inference
import LinearAlgebra
import Testing

/// EM and coordinate ascent over a thousand small problems each. The drivers check every step, and throw where a bound
/// falls or is not tight; here the sequences they report are looked at again.
@Suite struct MonotoneTests {
  private func holds(_ steps: [ExpectationMaximization.Step], _ number: Int) {
    for (a, b) in zip(steps, steps.dropFirst()) {
      #expect(b.objective >= a.objective - 1e-9 * max(1, abs(a.objective)), "problem \(number), step \(b.iteration)")
    }
  }

  @Test func mixturesRise() throws {
    let em = ExpectationMaximization(iterations: 12, tolerance: 0)
    for number in 0..<700 {
      var problem = Problem(number)
      let (n, d, k) = (problem.integer(6...30), problem.integer(1...3), problem.integer(1...4))
      let x = DataMatrix(problem.clusters(n, d, around: problem.integer(1...4)))
      let shape = CovarianceShape.allCases[number % 4]
      let start = try GaussianMixture.start(
        number.isMultiple(of: 3) ? .random : .kMeans, components: k, shape: shape, of: x, seed: UInt64(number),
        regularization: 1e-2)
      let outcome = try em.fit(start, to: x, count: n)
      holds(outcome.steps, number)
      // Any other posterior stays below the evidence.
      let rows = (0..<n).map { _ in
        let weights = (0..<k).map { _ in problem.uniform() }
        return weights.map { $0 / weights.reduce(0, +) }
      }
      let other = try elbo(outcome.model, Enumerated(probabilities: Matrix(rows)), x)
      #expect(other.value <= outcome.logEvidence + 1e-9 * abs(outcome.logEvidence) && other.kl >= 0)
    }
  }

  @Test func linearGaussianModelsRise() throws {
    let em = ExpectationMaximization(iterations: 15, tolerance: 0)
    for number in 0..<200 {
      var problem = Problem(number + 10_000)
      let (n, d) = (problem.integer(8...25), problem.integer(2...5))
      var values = problem.clusters(n, d, around: 2)
      if number.isMultiple(of: 2) {
        for place in values.elements.indices where problem.uniform() < 0.15 { values.elements[place] = .nan }
      }
      let x = DataMatrix(values)
      let shape = NoiseShape.allCases[number % 4 / 2]
      let start = try LinearGaussianModel.start(1, shape: shape, of: x, seed: UInt64(number))
      let outcome = try em.fit(start, to: x, count: n)
      holds(outcome.steps, number)
      let meanField = try elbo(outcome.model, outcome.posterior.meanField(), x)
      #expect(meanField.value <= outcome.logEvidence + 1e-9 * abs(outcome.logEvidence))
    }
  }

  @Test func linearMixturesRise() throws {
    let em = ExpectationMaximization(iterations: 10, tolerance: 0)
    for number in 0..<150 {
      var problem = Problem(number + 40_000)
      let (n, d, k) = (problem.integer(8...30), problem.integer(2...4), problem.integer(1...3))
      var values = problem.clusters(n, d, around: 3)
      if number.isMultiple(of: 2) {
        for place in values.elements.indices where problem.uniform() < 0.1 { values.elements[place] = .nan }
      }
      let x = DataMatrix(values)
      let start = try LinearGaussianMixture.start(
        number.isMultiple(of: 3) ? .random : .kMeans, components: k, latentSize: problem.integer(0...d - 1),
        shape: NoiseShape.allCases[number % 4 / 2], of: x, seed: UInt64(number), regularization: 1e-2)
      let outcome = try em.fit(start, to: x, count: n)
      holds(outcome.steps, number)
      let fields = try outcome.posterior.factors.map { try $0.meanField() }
      let field = LinearGaussianMixture.Posterior(choices: outcome.posterior.choices, factors: fields)
      #expect(try elbo(outcome.model, field, x).value <= outcome.logEvidence + 1e-9 * abs(outcome.logEvidence))
    }
  }

  @Test func hiddenMarkovModelsRise() throws {
    let em = ExpectationMaximization(iterations: 10, tolerance: 0)
    for number in 0..<100 {
      var problem = Problem(number + 20_000)
      let lengths = [problem.integer(1...12), problem.integer(4...15)]
      let data = DataMatrix(problem.clusters(lengths.reduce(0, +), 2, around: 3))
      let mixture = try GaussianMixture.start(
        .kMeans, components: 3, shape: .diagonal, of: data, seed: UInt64(number), regularization: 1e-2)
      let outcome = try em.fit(
        HiddenMarkovModel(start: mixture), to: Sequences(data, lengths: lengths), count: data.count)
      holds(outcome.steps, number)
    }
  }

  @Test func coordinateAscentRises() throws {
    for number in 0..<1000 {
      var problem = Problem(number + 30_000)
      let (n, d, k) = (problem.integer(2...7), problem.integer(1...2), problem.integer(2...3))
      let x = DataMatrix(problem.clusters(n, d, around: 2))
      let model = BayesianMixture(components: k, size: d, meanVariance: 1 + 8 * problem.uniform())
      var last = -Double.infinity
      let found = try CoordinateAscent(rounds: 40).fit(model, from: model.start(x, seed: UInt64(number)), x) {
        #expect($2.value >= last - 1e-9 * max(1, abs(last)))
        last = $2.value
      }
      if let exact = model.enumerated(x) {
        #expect(found.bound.value <= exact.logEvidence + 1e-9 * abs(exact.logEvidence))
      }
    }
  }
}
