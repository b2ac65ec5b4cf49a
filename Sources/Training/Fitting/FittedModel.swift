import ClassicalModels
import Datasets
import Distributions
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
    self = try withoutActuallyEscaping(report) { report in
      let log = FitLog(count: x.count, report: report)
      return switch settings.fit {
      case .gmm: try Self.mixture(settings, x, log)
      case .ppca: try Self.linear(settings, x, log)
      case .ppcaMixture: try Self.linearMixture(settings, x, log)
      case .bayesianGMM: try Self.bayesianMixture(settings, x, log)
      case .hmm: try Self.chain(settings, x, log)
      }
    }
  }

  init(_ kind: Kind, _ results: FitResults) { (self.kind, self.results) = (kind, results) }

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
