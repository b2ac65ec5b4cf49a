import ClassicalModels
import Datasets
import Distributions
import Glibc
import Inference
import LinearAlgebra

/// A classical model after its fit, with all that is told of it.
public struct FittedModel: Sendable {
  public enum Kind: Sendable {
    case mixture(GaussianMixture, Enumerated)
    case linear(LinearGaussianModel, LinearPosterior)
    case linearMixture(LinearGaussianMixture, LinearGaussianMixture.Posterior)
    case bayesianMixture(BayesianMixture, BayesianMixture.Posterior)
    case chain(HiddenMarkovModel, HiddenMarkovModel.Posterior)
  }

  public let kind: Kind
  public let results: FitResults

  /// Fits what settings describe to data.
  ///
  /// - Parameter report: Told of every step of the fit.
  /// - Throws: `FitError`, `LinearAlgebraError`, and `InferenceError` where a bound does what it must not.
  public init(_ settings: FitSettings, to x: DataMatrix, report: (FitStep) throws -> Void) throws {
    if settings.fit.hasFactors {
      guard settings.latent < x.size else { throw FitError.tooManyFactors(latent: settings.latent, size: x.size) }
    } else if let row = x.firstIncomplete {
      throw FitError.noNumber(row: row)
    }
    guard settings.fit == .ppca || settings.components <= x.count else {
      throw FitError.tooFew(data: x.count, components: settings.components)
    }
    var restart = 0
    let clock = ContinuousClock()
    let start = clock.now
    var seconds: Double { (clock.now - start) / .seconds(1) }
    func tell(_ step: ExpectationMaximization.Step) throws {
      if step.iteration == 1, step.kind == .expectation { restart += 1 }
      try report(
        FitStep(
          restart: restart, iteration: step.iteration, step: step.kind.rawValue, bound: step.bound,
          objective: step.objective, count: x.count, seconds: seconds))
    }
    switch settings.fit {
    case .gmm:
      let outcome = try GaussianMixture.fit(
        components: settings.components, shape: settings.covariance, to: x, start: settings.start,
        restarts: settings.restarts, seed: settings.seed, regularization: settings.regularization, by: settings.em,
        report: tell)
      kind = .mixture(outcome.model, outcome.posterior)
      results = FitResults(
        settings, x, outcome.logEvidence, elbo: outcome.logEvidence, parameters: outcome.model.parameterCount,
        outcome.iterations, outcome.isConverged)
    case .ppca:
      let closed = settings.noise == .isotropic && !x.hasMissing
      var (model, iterations, isConverged): (LinearGaussianModel, Int, Bool)
      if closed {
        (model, iterations, isConverged) = (try .principalComponents(settings.latent, of: x), 0, true)
      } else {
        let start = try LinearGaussianModel.start(settings.latent, shape: settings.noise, of: x, seed: settings.seed)
        let outcome = try settings.em.fit(start, to: x, count: x.count, report: tell)
        (model, iterations, isConverged) = (outcome.model, outcome.iterations, outcome.isConverged)
      }
      if settings.rotation != 0, settings.latent == 2 { model = try model.rotated(by: .rotation(settings.rotation)) }
      let (posterior, logEvidence) = try model.inferred(from: x)
      let bound = try elbo(model, posterior, x)
      if closed {
        try report(
          FitStep(
            restart: 1, iteration: 1, step: "closed", bound: bound, objective: bound.value, count: x.count,
            seconds: seconds))
      }
      kind = .linear(model, posterior)
      results = FitResults(
        settings, x, logEvidence, elbo: bound.value, parameters: model.parameterCount, iterations, isConverged,
        meanField: try elbo(model, posterior.meanField(), x).value)
    case .ppcaMixture:
      let outcome = try LinearGaussianMixture.fit(
        components: settings.components, latentSize: settings.latent, shape: settings.noise, to: x,
        start: settings.start, restarts: settings.restarts, seed: settings.seed,
        regularization: settings.regularization, by: settings.em, report: tell)
      kind = .linearMixture(outcome.model, outcome.posterior)
      let fields = try outcome.posterior.factors.map { try $0.meanField() }
      let field = LinearGaussianMixture.Posterior(choices: outcome.posterior.choices, factors: fields)
      results = FitResults(
        settings, x, outcome.logEvidence, elbo: outcome.logEvidence, parameters: outcome.model.parameterCount,
        outcome.iterations, outcome.isConverged, meanField: try elbo(outcome.model, field, x).value)
    case .bayesianGMM:
      let model = BayesianMixture(
        components: settings.components, size: x.size, meanVariance: settings.meanVariance)
      var rounds = 0
      let found = try model.fit(
        x, restarts: settings.restarts, seed: settings.seed,
        by: CoordinateAscent(rounds: settings.iterations, tolerance: settings.tolerance * Double(x.count))
      ) { round, factor, bound in
        if round == 1, factor == 0 { restart += 1 }
        rounds = round
        try report(
          FitStep(
            restart: restart, iteration: round, step: factor == 0 ? "choices" : "means", bound: bound,
            objective: bound.value, count: x.count, seconds: seconds))
      }
      kind = .bayesianMixture(model, found.posterior)
      results = FitResults(
        settings, x, model.enumerated(x)?.logEvidence, elbo: found.bound.value, parameters: 0, rounds,
        rounds < settings.iterations)
    case .hmm:
      let sequences = Sequences(x)
      let mixture = try GaussianMixture.start(
        settings.start, components: settings.components, shape: settings.covariance, of: x, seed: settings.seed,
        regularization: settings.regularization)
      let outcome = try settings.em.fit(
        HiddenMarkovModel(start: mixture), to: sequences, count: x.count, report: tell)
      kind = .chain(outcome.model, outcome.posterior)
      results = FitResults(
        settings, x, outcome.logEvidence, elbo: outcome.logEvidence, parameters: outcome.model.parameterCount,
        outcome.iterations, outcome.isConverged)
    }
  }

  /// What the model learned, by name, float64.
  public var arrays: [String: DataArray] {
    func array(_ matrix: Matrix) -> DataArray { DataArray(matrix.elements, shape: [matrix.rows, matrix.columns]) }
    func components(_ components: GaussianComponents) -> [String: DataArray] {
      let size = components.size
      let covariances = (0..<components.count).flatMap { components.covariance(of: $0).elements }
      return [
        "means": array(components.means),
        "covariances": DataArray(covariances, shape: [components.count, size, size]),
      ]
    }
    switch kind {
    case .mixture(let model, let posterior):
      return components(model.components).merging(
        ["weights": DataArray(model.weights), "responsibilities": array(posterior.probabilities)]) { $1 }
    case .linear(let model, let posterior):
      return [
        "weights": array(model.weights), "mean": DataArray(model.mean), "noise": DataArray(model.noise),
        "z": array(posterior.means),
      ]
    case .linearMixture(let model, let posterior):
      let (count, size, latent) = (model.components.count, model.size, model.components[0].latentSize)
      return [
        "mixtureWeights": DataArray(model.weights),
        "weights": DataArray(model.components.flatMap(\.weights.elements), shape: [count, size, latent]),
        "means": array(Matrix(model.components.map(\.mean))), "noise": array(Matrix(model.components.map(\.noise))),
        "responsibilities": array(posterior.choices.probabilities),
        "z": DataArray(
          posterior.factors.flatMap(\.means.elements), shape: [count, posterior.choices.probabilities.rows, latent]),
      ]
    case .bayesianMixture(_, let posterior):
      return [
        "means": array(posterior.means), "variances": DataArray(posterior.variances),
        "responsibilities": array(posterior.choices.probabilities),
      ]
    case .chain(let model, let posterior):
      return components(model.emissions).merging([
        "initial": DataArray(model.initial), "transitions": array(model.transitions),
        "states": array(posterior.states.probabilities),
      ]) { $1 }
    }
  }
}

/// One line of a fit's `metrics.jsonl`: nats per datum.
public struct FitStep: Codable, Hashable, Sendable {
  /// Which start, from 1.
  public let restart: Int
  public let iteration: Int
  /// `expectation`, `maximization`; `choices`, `means`; `closed`.
  public let step: String
  public let elbo, reconstruction, kl: Double
  /// The bound with the model's penalty.
  public let objective: Double
  /// Since the fit began.
  public let seconds: Double

  init(
    restart: Int, iteration: Int, step: String, bound: TotalELBO, objective: Double, count: Int, seconds: Double
  ) {
    let count = Double(count)
    (self.restart, self.iteration, self.step) = (restart, iteration, step)
    (elbo, reconstruction, kl) = (bound.value / count, bound.reconstruction / count, bound.kl / count)
    (self.objective, self.seconds) = (objective / count, seconds)
  }
}

/// What came of a fit: nats of all data.
public struct FitResults: Codable, Hashable, Sendable {
  public let fit: FitKind
  public let data: String
  public let count, size: Int
  public let iterations: Int
  public let converged: Bool
  /// log p(X); nil where it is a sum over too many choices.
  public let logLikelihood: Double?
  /// The bound at the posterior that was found.
  public let elbo: Double
  /// `logLikelihood` - `elbo`: how far the posterior is from p(z|x), KL(q ‖ p(z|x)).
  public let gap: Double?
  /// The bound at the best posterior of the factors with independent dimensions; of `ppcaMixture` given the choices, whose
  /// posterior stays.
  public let meanFieldElbo: Double?
  public let parameters: Int
  /// 2 log p(X) - p log n, and 2 log p(X) - 2 p: larger is better.
  public let bic, aic: Double?

  init(
    _ settings: FitSettings, _ x: DataMatrix, _ logLikelihood: Double?, elbo: Double, parameters: Int,
    _ iterations: Int, _ converged: Bool, meanField: Double? = nil
  ) {
    (fit, data, count, size) = (settings.fit, settings.data, x.count, x.size)
    (self.iterations, self.converged, self.parameters) = (iterations, converged, parameters)
    (self.logLikelihood, self.elbo, meanFieldElbo) = (logLikelihood, elbo, meanField)
    gap = logLikelihood.map { $0 - elbo }
    let known = parameters > 0 ? logLikelihood : nil
    bic = known.map { InformationCriteria.bayesian($0, parameters: parameters, count: x.count) }
    aic = known.map { InformationCriteria.akaike($0, parameters: parameters) }
  }
}

extension Matrix {
  /// The plane turned by so many degrees.
  static func rotation(_ degrees: Double) -> Matrix {
    let angle = degrees / 180 * Double.pi
    return Matrix([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
  }
}
