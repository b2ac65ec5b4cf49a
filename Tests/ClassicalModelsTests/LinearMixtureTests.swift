import ClassicalModels
import Distributions
import Foundation
import Inference
import LinearAlgebra
import Testing

/// Mixtures of linear Gaussian models, against the models that they are where one of their parts is missing.
@Suite struct LinearMixtureTests {
  private let em = ExpectationMaximization(iterations: 25, tolerance: 0)

  private func holds(_ a: Matrix, _ b: Matrix, _ relative: Double = 1e-9) {
    #expect(a.distance(to: b) <= relative * max(1, b.elements.map(abs).max() ?? 0))
  }

  /// One component is the model itself, step by step.
  @Test(arguments: NoiseShape.allCases, [false, true])
  func oneComponentIsTheModel(shape: NoiseShape, hasMissing: Bool) throws {
    var problem = Problem(21)
    var values = problem.clusters(60, 4, around: 3)
    if hasMissing { for place in stride(from: 0, to: 240, by: 7) { values.elements[place] = .nan } }
    let x = DataMatrix(values)
    let start = try LinearGaussianModel.start(2, shape: shape, of: x, seed: 3)
    let alone = try em.fit(start, to: x, count: 60)
    let mixed = try em.fit(LinearGaussianMixture(weights: [1], components: [start]), to: x, count: 60)
    for (a, b) in zip(alone.steps, mixed.steps) {
      #expect(agree(a.bound.reconstruction, b.bound.reconstruction, 1e-10) && agree(a.bound.kl, b.bound.kl, 1e-10))
    }
    holds(mixed.model.components[0].weights, alone.model.weights)
    #expect(mixed.model.parameterCount == alone.model.parameterCount)
  }

  /// Without factors the components are normal distributions without correlations.
  @Test(arguments: [(NoiseShape.isotropic, CovarianceShape.spherical), (.diagonal, .diagonal)])
  func noFactorsLeaveAPlainMixture(shape: NoiseShape, covariance: CovarianceShape) throws {
    var problem = Problem(22)
    let x = DataMatrix(problem.clusters(120, 3, around: 3))
    let start = try LinearGaussianMixture.start(
      .kMeans, components: 3, latentSize: 0, shape: shape, of: x, seed: 2, regularization: 0.1)
    let components = try GaussianComponents(
      means: Matrix(start.components.map(\.mean)), variances: Matrix(start.components.map(\.noise)), shape: covariance)
    let plain = try em.fit(
      GaussianMixture(weights: start.weights, components: components, regularization: 0.1), to: x, count: 120)
    let mixed = try em.fit(start, to: x, count: 120)
    for (a, b) in zip(plain.steps, mixed.steps) {
      #expect(agree(a.bound.value, b.bound.value, 1e-10) && agree(a.objective, b.objective, 1e-10))
    }
    holds(Matrix(mixed.model.components.map(\.mean)), plain.model.components.means)
    #expect(mixed.model.parameterCount == plain.model.parameterCount)
  }

  /// With all factors but one every covariance can be had: the optimum of a full mixture is a fixed point.
  @Test(arguments: NoiseShape.allCases) func allFactorsMakeAFullMixture(shape: NoiseShape) throws {
    var problem = Problem(23)
    let x = DataMatrix(problem.clusters(150, 3, around: 2))
    let full = try GaussianMixture.fit(
      components: 2, to: x, regularization: 0, by: ExpectationMaximization(iterations: 4000, tolerance: 1e-14))
    let components = try (0..<2).map { k in
      let eigen = try SymmetricEigen(full.model.components.covariance(of: k))
      let noise = eigen.values[2]
      return try LinearGaussianModel(
        weights: Matrix(rows: 3, columns: 2) { eigen.vectors[$1, $0] * (eigen.values[$1] - noise).squareRoot() },
        mean: Array(full.model.components.means[row: k]), noise: [noise, noise, noise], shape: shape)
    }
    let start = LinearGaussianMixture(weights: full.model.weights, components: components)
    let (_, logEvidence) = try start.inferred(from: x)
    #expect(agree(logEvidence, full.logEvidence, 1e-11))
    holds(try start.marginal().components.covariance(of: 1), full.model.components.covariance(of: 1))
    let further = try em.fit(start, to: x, count: 150)
    #expect(agree(further.logEvidence, full.logEvidence, 1e-9))
  }

  /// log p(x) datum by datum as a sum over components, with numbers missing; and the bound below it for any posterior.
  @Test(arguments: NoiseShape.allCases, [false, true])
  func evidenceIsThatOfTheMarginal(shape: NoiseShape, hasMissing: Bool) throws {
    var problem = Problem(24)
    var values = problem.clusters(80, 4, around: 3)
    if hasMissing { for place in stride(from: 0, to: 320, by: 9) { values.elements[place] = .nan } }
    let x = DataMatrix(values)
    let fit = try LinearGaussianMixture.fit(
      components: 3, latentSize: 1, shape: shape, to: x, restarts: 2, regularization: 1e-2, by: em)
    let marginal = try fit.model.marginal()
    var expected = 0.0
    for row in 0..<80 {
      let seen = (0..<4).filter { !values[row, $0].isNaN }
      expected += try log(
        (0..<3).reduce(0) {
          let component = try marginal.components.component($1).marginal(seen)
          return try $0 + marginal.weights[$1] * exp(component.logProbability(of: seen.map { values[row, $0] }))
        })
    }
    #expect(agree(fit.logEvidence, expected, 1e-11))
    #expect(agree(try elbo(fit.model, fit.posterior, x).value, expected, 1e-11))
    let field = LinearGaussianMixture.Posterior(
      choices: Enumerated(probabilities: Matrix(rows: 80, columns: 3, repeating: 1 / 3.0)),
      factors: fit.posterior.factors)
    let other = try elbo(fit.model, field, x)
    #expect(other.value < fit.logEvidence && other.kl > 0)
  }

  /// Draws have the means and covariances of the mixture, and a fit of them finds the lines that they lie along.
  @Test func drawsAreOfTheMixture() throws {
    let model = LinearGaussianMixture(
      weights: [0.3, 0.7],
      components: [
        try LinearGaussianModel(
          weights: Matrix([[3], [1], [0]]), mean: [0, 10, 0], noise: [0.1, 0.1, 0.1], shape: .isotropic),
        try LinearGaussianModel(
          weights: Matrix([[0], [-1], [2]]), mean: [0, 0, 4], noise: [0.2, 0.2, 0.2], shape: .isotropic),
      ])
    let (values, chosen) = try model.sample(6000, seed: 4)
    #expect(abs(Double(chosen.count { $0 == 0 }) / 6000 - 0.3) < 4 * (0.21 / 6000).squareRoot())
    for (k, component) in model.components.enumerated() {
      let own = DataMatrix(values.block(rows: chosen.indices.filter { chosen[$0] == k }, columns: [0, 1, 2]))
      #expect(try own.covariance().distance(to: component.evidence().covariance) < 0.8)
      for (a, b) in zip(own.means, component.mean) { #expect(abs(a - b) < 0.25) }
    }
    let fit = try LinearGaussianMixture.fit(components: 2, latentSize: 1, to: DataMatrix(values))
    let (_, truth) = try model.inferred(from: DataMatrix(values))
    // As good as the truth, and a little better by what was drawn: χ² with 17 degrees of freedom.
    #expect(fit.logEvidence > truth && fit.logEvidence < truth + 25)
    let places = zip(fit.posterior.choices.modes, chosen).count { $0 == $1 }
    #expect(places == 6000 || places == 0)
  }
}
