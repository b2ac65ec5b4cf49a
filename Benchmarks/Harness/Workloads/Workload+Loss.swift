import Elbo

extension Workload {
  /// What a step minimizes, in nats per datum: pixels x of (batch, data) to one number.
  func loss(_ model: VAE, _ x: Tensor, noise: RandomKey) -> Tensor {
    switch objective {
    case .elbo: model.estimate(.init(), x, noise: noise).loss
    case .importanceWeighted(let samples):
      model.estimate(.init(.importanceWeighted, samples: samples), x, noise: noise).loss
    }
  }
}
