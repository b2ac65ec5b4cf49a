import Tensors

/// The evidence lower bound of a model at data, in its two parts:
///
/// ```
/// log p(x) ≥ ELBO = E_q[log p(x|z)] - KL(q(z|x) ‖ p(z))
/// ```
///
/// Every bound of this framework is this one: of a mixture under EM, of a mean field, of a variational autoencoder. What
/// differs is how a model takes the expectation: by a sum, in closed form, or by draws.
///
/// - Parameters:
///   - posterior: q(z|x) of every datum. Any will do; where it is p(z|x), the bound is log p(x).
///   - x: the data.
/// - Returns: Both parts in nats.
/// - Throws: what the model throws, which in a graph is nothing.
public func elbo<Model: VariationalModel>(
  _ model: Model, _ posterior: Model.Posterior, _ x: Model.Observations
) throws(Model.Failure) -> Model.LowerBound {
  Model.LowerBound(
    reconstruction: try model.expectedLogLikelihood(of: x, under: posterior), kl: try model.divergence(of: posterior))
}

/// The evidence lower bound in its two parts, for each datum, as tensors.
public struct ELBO: EvidenceBound {
  /// E_q[log p(x|z)]: (batch), nats.
  public let reconstruction: Tensor
  /// KL(q(z|x) ‖ p(z)): (batch), nats.
  public let kl: Tensor

  public init(reconstruction: Tensor, kl: Tensor) {
    self.reconstruction = reconstruction
    self.kl = kl
  }

  /// The bound: (batch), nats.
  public var value: Tensor { reconstruction - kl }

  /// The mean of the bound over the data: one number, nats per datum.
  public var mean: Tensor { value.mean() }

  /// What training minimizes: -`mean`.
  public var loss: Tensor { -mean }
}

extension ELBO {
  /// Both parts made anew.
  func mapping(_ transform: (KeyPath<ELBO, Tensor>) -> Tensor) -> ELBO {
    .init(reconstruction: transform(\.reconstruction), kl: transform(\.kl))
  }

  /// With a further divergence, (batch), nats.
  func adding(kl divergence: Tensor) -> ELBO { .init(reconstruction: reconstruction, kl: kl + divergence) }
}
