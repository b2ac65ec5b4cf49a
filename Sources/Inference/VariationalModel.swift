/// A model of data x by latent variables z whose evidence is bounded by a posterior q(z|x): what `elbo` takes.
///
/// ```
/// log p(x) ≥ E_q[log p(x|z)] - KL(q(z|x) ‖ p(z))
/// ```
///
/// A conforming type says how it takes the two parts of the bound. `LatentVariableModel` takes them by draws, in a graph;
/// the models with exact answers in float64, by sums and closed forms.
public protocol VariationalModel: Sendable {
  /// Data that the model is evaluated at.
  associatedtype Observations
  /// q(z|x) of all of them.
  associatedtype Posterior
  associatedtype LowerBound: EvidenceBound
  /// What keeps the parts from being computed: nothing in a graph.
  associatedtype Failure: Error = Never

  /// E_q[log p(x|z)]: nats.
  func expectedLogLikelihood(of x: Observations, under posterior: Posterior) throws(Failure) -> LowerBound.Nats

  /// KL(q(z|x) ‖ p(z)): nats.
  func divergence(of posterior: Posterior) throws(Failure) -> LowerBound.Nats
}

/// A lower bound of log p(x) in its two parts.
public protocol EvidenceBound: Sendable {
  /// A tensor of numbers by datum, or one number.
  associatedtype Nats

  init(reconstruction: Nats, kl: Nats)

  /// E_q[log p(x|z)], nats.
  var reconstruction: Nats { get }
  /// KL(q(z|x) ‖ p(z)), nats.
  var kl: Nats { get }
  /// `reconstruction` - `kl`.
  var value: Nats { get }
}

/// The evidence lower bound of all data together, as numbers.
public struct TotalELBO: EvidenceBound, Hashable, Codable {
  public let reconstruction: Double
  public let kl: Double

  public init(reconstruction: Double, kl: Double) { (self.reconstruction, self.kl) = (reconstruction, kl) }

  public var value: Double { reconstruction - kl }
}

/// A model whose posterior p(z|x) and evidence log p(x) are known.
public protocol ExactModel: VariationalModel where LowerBound == TotalELBO {
  /// p(z|x), which makes the bound tight, and log p(x) of all data, nats.
  ///
  /// The evidence is computed by itself, not as the bound at the posterior: the two are held against each other.
  func inferred(from x: Observations) throws -> (posterior: Posterior, logEvidence: Double)
}

/// An exact model whose parameters EM can fit.
public protocol MaximizableModel: ExactModel {
  /// The model of the parameters that make the bound, with what penalty the model has, largest at a posterior.
  func maximized(under posterior: Posterior, _ x: Observations) throws -> Self

  /// What is added to the bound in EM: the log density of a prior of the parameters, or 0.
  var logPenalty: Double { get }
}

extension MaximizableModel {
  public var logPenalty: Double { 0 }
}
