import Distributions
import Tensors

/// A model of data x by latent variables z in tensors: p(x, z) = p(x|z) p(z).
///
/// A conditional model p(x|y) is such a model for each y.
public protocol LatentVariableModel: VariationalModel
where Observations == Tensor, Posterior == DrawnPosterior, LowerBound == ELBO, Failure == Never {
  /// p(z): events of the latent space, of no batch or of the data's.
  var prior: any Distribution { get }

  /// p(x|z): (batch..., latent) to a distribution of (batch..., data...).
  func likelihood(given z: Tensor) -> any Distribution
}

extension LatentVariableModel {
  /// The mean of log p(x|z) over the draws: (batch...), nats.
  public func expectedLogLikelihood(of x: Tensor, under posterior: DrawnPosterior) -> Tensor {
    posterior.average(posterior.terms(of: self, x).logLikelihood)
  }

  /// In closed form where the posterior is asked for it and knows it, else by the draws: (batch...), nats.
  public func divergence(of posterior: DrawnPosterior) -> Tensor {
    let q = posterior.distribution
    if posterior.divergence == .closedWhereKnown, let closed = q.klDivergence(from: prior) { return closed }
    let negativeEntropy = posterior.divergence == .entropy ? q.entropy.map { -$0 } : nil
    let logPrior = posterior.samples.map { prior.repeated($0) } ?? prior
    return (negativeEntropy ?? posterior.average(posterior.draw.logProbability))
      - posterior.average(logPrior.logProbability(of: posterior.draw.value))
  }
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

/// An approximate posterior with draws of it, by which a bound takes its expectations.
///
/// Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014: equation 10 with the divergence in closed form,
/// equation 8 with a sampled one.
public struct DrawnPosterior: Sendable {
  /// q(z|x), with the data's batch.
  public let distribution: any ReparameterizedDistribution
  /// One for each datum, (batch..., latent), where `samples` is nil; else so many, (batch..., samples, latent).
  public let draw: Draw
  /// Draws for each datum; nil for one without a dimension of its own.
  public let samples: Int?
  public let divergence: DivergenceEstimate

  /// With draws that are given.
  public init(
    _ distribution: any ReparameterizedDistribution, draw: Draw, samples: Int?,
    divergence: DivergenceEstimate = .closedWhereKnown
  ) {
    (self.distribution, self.draw) = (distribution, draw)
    (self.samples, self.divergence) = (samples, divergence)
  }

  /// The mean over the draws, (batch...).
  func average(_ term: Tensor) -> Tensor { samples == nil ? term : term.mean(axis: -1) }

  func terms(of model: some LatentVariableModel, _ x: Tensor) -> WeightTerms {
    WeightTerms(model, x, draw, samples: samples)
  }
}

extension ReparameterizedDistribution {
  /// Draws `samples` values for each datum, for a bound that averages over them.
  public func drawn(
    _ noise: RandomKey, samples: Int = 1, divergence: DivergenceEstimate = .closedWhereKnown
  ) -> DrawnPosterior {
    precondition(samples > 0, "[elbo] \(samples) samples")
    let many = samples == 1 ? nil : samples
    let draw = many.map { repeated($0).draw(noise) } ?? draw(noise)
    return DrawnPosterior(self, draw: draw, samples: many, divergence: divergence)
  }
}

/// What importance weights are made of: log p(x|z), log p(z) and log q(z|x) at draws, in nats.
public struct WeightTerms: Sendable {
  public let logLikelihood: Tensor
  public let logPrior: Tensor
  public let logPosterior: Tensor

  /// log p(x, z) - log q(z|x).
  public var logWeights: Tensor { logLikelihood + (logPrior - logPosterior) }

  /// At one draw for each datum, (batch...), where `samples` is nil; else at so many, (batch..., samples).
  public init(_ model: some LatentVariableModel, _ x: Tensor, _ draw: Draw, samples: Int?) {
    let data = samples == nil ? x : x.expandedDimensions(at: draw.logProbability.rank - 1)
    let prior = samples.map { model.prior.repeated($0) } ?? model.prior
    logLikelihood = model.likelihood(given: draw.value).logProbability(of: data)
    logPrior = prior.logProbability(of: draw.value)
    logPosterior = draw.logProbability
  }
}
