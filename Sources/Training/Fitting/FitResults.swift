import ClassicalModels

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
  /// Numbers that were fitted; nil of a model whose numbers are all latent.
  public let parameters: Int?
  /// 2 log p(X) - p log n, and 2 log p(X) - 2 p: larger is better.
  public let bic, aic: Double?

  init(
    _ settings: FitSettings, _ x: DataMatrix, _ logLikelihood: Double?, elbo: Double, parameters: Int?,
    _ iterations: Int, _ converged: Bool, meanField: Double? = nil
  ) {
    (fit, data, count, size) = (settings.fit, settings.data, x.count, x.size)
    (self.iterations, self.converged, self.parameters) = (iterations, converged, parameters)
    (self.logLikelihood, self.elbo, meanFieldElbo) = (logLikelihood, elbo, meanField)
    gap = logLikelihood.map { $0 - elbo }
    if let parameters, let logLikelihood {
      bic = InformationCriteria.bayesian(logLikelihood, parameters: parameters, count: x.count)
      aic = InformationCriteria.akaike(logLikelihood, parameters: parameters)
    } else {
      (bic, aic) = (nil, nil)
    }
  }
}
