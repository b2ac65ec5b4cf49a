import Distributions
import Inference
import Tensors

/// A latent variable model with an approximate posterior that is computed from data: p(x|z), p(z) and q(z|x).
public protocol Autoencoder: LatentVariableModel {
  /// q(z|x): (batch, data) to a distribution of (batch, latent).
  func posterior(given x: Tensor) -> any ReparameterizedDistribution
}

extension Autoencoder {
  /// The evidence lower bound at data, from samples of the posterior: x is (batch, data).
  public func elbo(_ x: Tensor, noise: RandomKey, samples: Int = 1) -> ELBO {
    Inference.elbo(self, posterior(given: x).drawn(noise, samples: samples), x)
  }

  /// An objective at data, from samples of the posterior: x is (batch, data).
  ///
  /// - Parameter finishedSteps: how many steps of training are done, (1,), for annealing; nil where training is over.
  public func estimate(
    _ objective: Objective, _ x: Tensor, noise: RandomKey, finishedSteps: Tensor? = nil
  ) -> Estimate {
    objective.estimate(self, posterior(given: x), x, noise: noise, finishedSteps: finishedSteps)
  }

  /// The expected data at the posterior's mean: (batch, data) to (batch, data).
  public func reconstruct(_ x: Tensor) -> Tensor { decode(posterior(given: x).mean) }

  /// The expected data at latent values: (batch, latent) to (batch, data).
  public func decode(_ z: Tensor) -> Tensor { likelihood(given: z).mean }

  /// Data drawn from the model, z from the prior and x from p(x|z): (count, data).
  public func sample(_ count: Int, _ key: RandomKey) -> Tensor {
    likelihood(given: sampleLatent(count, key)).sample(key)
  }

  /// The expected data at latent values drawn from the prior: (count, data).
  public func sampleMean(_ count: Int, _ key: RandomKey) -> Tensor { decode(sampleLatent(count, key)) }

  /// Latent values drawn from the prior: (count, latent). A prior given conditions has one for each of `count`.
  public func sampleLatent(_ count: Int, _ key: RandomKey) -> Tensor {
    let prior = prior
    guard prior.mean.rank > 1 else { return prior.repeated(count).sample(key) }
    guard prior.mean.shape[0] == count else {
      fatalError("[sample] \(count) draws from a prior given \(prior.mean.shape[0]) conditions")
    }
    return prior.sample(key)
  }
}
