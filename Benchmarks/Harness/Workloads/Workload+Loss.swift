import Elbo

extension Workload {
  /// What a step minimizes, in nats per datum: pixels x of (batch, data) to one number.
  func loss(_ model: VAE, _ x: Tensor, noise: RandomKey) -> Tensor {
    switch objective {
    case .elbo: model.elbo(x, noise: noise).loss
    case .importanceWeighted(let samples): -importanceWeightedBound(model, x, samples: samples, noise: noise).mean()
    }
  }

  /// log((1/k) Σ p(x, z) / q(z|x)) over k samples z of q: (batch, data) to (batch). Equation 8 of Burda et al.
  private func importanceWeightedBound(_ model: VAE, _ x: Tensor, samples: Int, noise: RandomKey) -> Tensor {
    let z = model.encoder(x).repeated(samples).draw(noise)  // (batch, k, latent)
    let likelihood = model.likelihood(given: z.value).logProbability(of: x.expandedDimensions(at: 1))  // (batch, k)
    let weights = likelihood + model.prior.logProbability(of: z.value) - z.logProbability
    return weights.logMeanExp(axis: 1)
  }
}
