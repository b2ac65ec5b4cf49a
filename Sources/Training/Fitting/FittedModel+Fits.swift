import ClassicalModels
import Glibc
import Inference
import LinearAlgebra

// Each model's own fit.
extension FittedModel {
  static func mixture(_ settings: FitSettings, _ x: DataMatrix, _ log: FitLog) throws -> FittedModel {
    let outcome = try GaussianMixture.fit(
      components: settings.components, shape: settings.covariance, to: x, start: settings.start,
      restarts: settings.restarts, seed: settings.seed, regularization: settings.regularization, by: settings.em,
      report: log.tell)
    return FittedModel(
      .mixture(outcome.model, outcome.posterior),
      FitResults(
        settings, x, outcome.logEvidence, elbo: outcome.logEvidence, parameters: outcome.model.parameterCount,
        outcome.iterations, outcome.isConverged))
  }

  static func linear(_ settings: FitSettings, _ x: DataMatrix, _ log: FitLog) throws -> FittedModel {
    let closed = settings.noise == .isotropic && !x.hasMissing
    var (model, iterations, isConverged): (LinearGaussianModel, Int, Bool)
    if closed {
      (model, iterations, isConverged) = (try .principalComponents(settings.latent, of: x), 0, true)
    } else {
      let start = try LinearGaussianModel.start(settings.latent, shape: settings.noise, of: x, seed: settings.seed)
      let outcome = try settings.em.fit(start, to: x, count: x.count, report: log.tell)
      (model, iterations, isConverged) = (outcome.model, outcome.iterations, outcome.isConverged)
    }
    if settings.rotation != 0, settings.latent == 2 { model = try model.rotated(by: .rotation(settings.rotation)) }
    let (posterior, logEvidence) = try model.inferred(from: x)
    let bound = try elbo(model, posterior, x)
    if closed { try log.tell(1, "closed", bound, isFirst: true) }
    return FittedModel(
      .linear(model, posterior),
      FitResults(
        settings, x, logEvidence, elbo: bound.value, parameters: model.parameterCount, iterations, isConverged,
        meanField: try elbo(model, posterior.meanField(), x).value))
  }

  static func linearMixture(_ settings: FitSettings, _ x: DataMatrix, _ log: FitLog) throws -> FittedModel {
    let outcome = try LinearGaussianMixture.fit(
      components: settings.components, latentSize: settings.latent, shape: settings.noise, to: x,
      start: settings.start, restarts: settings.restarts, seed: settings.seed,
      regularization: settings.regularization, by: settings.em, report: log.tell)
    let fields = try outcome.posterior.factors.map { try $0.meanField() }
    let field = LinearGaussianMixture.Posterior(choices: outcome.posterior.choices, factors: fields)
    return FittedModel(
      .linearMixture(outcome.model, outcome.posterior),
      FitResults(
        settings, x, outcome.logEvidence, elbo: outcome.logEvidence, parameters: outcome.model.parameterCount,
        outcome.iterations, outcome.isConverged, meanField: try elbo(outcome.model, field, x).value))
  }

  static func bayesianMixture(_ settings: FitSettings, _ x: DataMatrix, _ log: FitLog) throws -> FittedModel {
    let model = BayesianMixture(components: settings.components, size: x.size, meanVariance: settings.meanVariance)
    let outcome = try model.fit(
      x, restarts: settings.restarts, seed: settings.seed,
      by: CoordinateAscent(rounds: settings.iterations, tolerance: settings.tolerance * Double(x.count))
    ) { round, factor, bound in
      try log.tell(round, factor == 0 ? "choices" : "means", bound, isFirst: round == 1 && factor == 0)
    }
    return FittedModel(
      .bayesianMixture(model, outcome.posterior),
      FitResults(
        settings, x, model.enumerated(x)?.logEvidence, elbo: outcome.bound.value, parameters: nil, outcome.rounds,
        outcome.isConverged))
  }

  static func chain(_ settings: FitSettings, _ x: DataMatrix, _ log: FitLog) throws -> FittedModel {
    let mixture = try GaussianMixture.start(
      settings.start, components: settings.components, shape: settings.covariance, of: x, seed: settings.seed,
      regularization: settings.regularization)
    let outcome = try settings.em.fit(
      HiddenMarkovModel(start: mixture), to: Sequences(x), count: x.count, report: log.tell)
    return FittedModel(
      .chain(outcome.model, outcome.posterior),
      FitResults(
        settings, x, outcome.logEvidence, elbo: outcome.logEvidence, parameters: outcome.model.parameterCount,
        outcome.iterations, outcome.isConverged))
  }
}

extension Matrix {
  /// The plane turned by so many degrees.
  static func rotation(_ degrees: Double) -> Matrix {
    let angle = degrees / 180 * Double.pi
    return Matrix([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
  }
}
