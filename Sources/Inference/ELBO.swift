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

extension ELBO {
  /// Both parts made anew.
  func mapping(_ transform: (KeyPath<ELBO, Tensor>) -> Tensor) -> ELBO {
    .init(reconstruction: transform(\.reconstruction), kl: transform(\.kl))
  }

  /// With a further divergence, (batch), nats.
  func adding(kl divergence: Tensor) -> ELBO { .init(reconstruction: reconstruction, kl: kl + divergence) }
}

/// How the divergence of the posterior from the prior is computed. The estimates agree in expectation.
public enum DivergenceEstimate: String, Sendable, CaseIterable {
  /// In closed form where there is one, else from the sample.
  case closedWhereKnown
  /// log q(z|x) - log p(z) at the sample.
  case sampled
  /// -H(q) - log p(z) at the sample, with the entropy in closed form where there is one.
  case entropy
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
  let draw = (samples == 1 ? posterior : posterior.repeated(samples)).draw(noise)
  let terms = WeightTerms(model, x, draw, samples: samples == 1 ? nil : samples)
  let closed = divergence == .closedWhereKnown ? posterior.klDivergence(from: model.prior) : nil
  let negativeEntropy = divergence == .entropy ? posterior.entropy.map { -$0 } : nil
  return terms.elbo(closed: closed, negativeEntropy: negativeEntropy)
}

/// What importance weights are made of: log p(x|z), log p(z) and log q(z|x) at draws, in nats.
public struct WeightTerms: Sendable {
  public let logLikelihood: Tensor
  public let logPrior: Tensor
  public let logPosterior: Tensor
  private let isRepeated: Bool

  /// log p(x, z) - log q(z|x).
  public var logWeights: Tensor { logLikelihood + (logPrior - logPosterior) }

  /// At one draw for each datum, (batch...), where `samples` is nil; else at so many, (batch..., samples).
  public init(_ model: some LatentVariableModel, _ x: Tensor, _ draw: Draw, samples: Int?) {
    isRepeated = samples != nil
    let data = isRepeated ? x.expandedDimensions(at: draw.logProbability.rank - 1) : x
    let prior = samples.map { model.prior.repeated($0) } ?? model.prior
    logLikelihood = model.likelihood(given: draw.value).logProbability(of: data)
    logPrior = prior.logProbability(of: draw.value)
    logPosterior = draw.logProbability
  }

  /// The evidence lower bound that the draws give, with the divergence or the negative entropy of the posterior in closed
  /// form where they are given.
  func elbo(closed: Tensor?, negativeEntropy: Tensor? = nil) -> ELBO {
    func average(_ term: Tensor) -> Tensor { isRepeated ? term.mean(axis: -1) : term }
    return ELBO(
      reconstruction: average(logLikelihood),
      kl: closed ?? (negativeEntropy ?? average(logPosterior)) - average(logPrior))
  }
}
