import Distributions
import Tensors

/// The evidence lower bound in its two parts, for each datum.
///
/// ```
/// log p(x) ≥ ELBO = E_q[log p(x|z)] - KL(q(z|x) ‖ p(z))
/// ```
public struct ELBO: Sendable {
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

/// How the divergence of the posterior from the prior is computed.
public enum DivergenceEstimate: Sendable {
  /// In closed form where there is one, else from the sample.
  case closedWhereKnown
  /// log q(z|x) - log p(z) at the sample.
  case sampled
}

/// The evidence lower bound of a model at data, estimated from samples of the posterior for each datum.
///
/// Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014: equation 10 with the divergence in closed form,
/// equation 8 with a sampled one.
///
/// - Parameters:
///   - posterior: q(z|x), with the data's batch.
///   - x: (batch..., data...).
///   - samples: Draws of z for each datum, over which the estimate is averaged.
/// - Returns: Both parts in nats, (batch...).
public func elbo(
  _ model: some LatentVariableModel, _ posterior: any ReparameterizedDistribution, _ x: Tensor, noise: RandomKey,
  samples: Int = 1, divergence: DivergenceEstimate = .closedWhereKnown
) -> ELBO {
  precondition(samples > 0, "[elbo] \(samples) samples")
  let draws = (0..<samples).map { _ in posterior.draw(noise) }
  func average(_ part: (Draw) -> Tensor) -> Tensor {
    let sum = draws.dropFirst().reduce(part(draws[0])) { $0 + part($1) }
    return samples == 1 ? sum : sum / Double(samples)
  }
  let closed = divergence == .sampled ? nil : posterior.klDivergence(from: model.prior)
  return ELBO(
    reconstruction: average { model.likelihood(given: $0.value).logProbability(of: x) },
    kl: closed ?? average { $0.logProbability - model.prior.logProbability(of: $0.value) })
}
