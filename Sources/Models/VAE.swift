import Distributions
import Inference
import Tensors

/// The variational autoencoder (Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014).
///
/// ```swift
/// let vae = VAE(
///   encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),    // q(z|x)
///   decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(784)))         // p(x|z)
/// let loss = vae.elbo(x, noise: key).loss
/// ```
///
/// Parameters: `encoder.layers.0.weight`, ..., `encoder.mean.weight`, `encoder.logVariance.weight`,
/// `decoder.layers.0.weight`, ..., `decoder.logits.weight`, each with its bias.
public struct VAE: LatentVariableModel, Parameterized {
  /// q(z|x).
  public let encoder: Encoder
  /// p(x|z).
  public let decoder: Decoder
  /// p(z): events (latent).
  public let prior: any Distribution

  /// A model whose prior is standard normal unless another is given.
  public init(encoder: Encoder, decoder: Decoder, prior: (any Distribution)? = nil) {
    self.encoder = encoder
    self.decoder = decoder
    self.prior = prior ?? Normal.standard(encoder.head.latentSize)
  }

  /// The evidence lower bound at data, from samples of the posterior: x is (batch, data).
  public func elbo(_ x: Tensor, noise: RandomKey, samples: Int = 1) -> ELBO {
    let posterior = encoder(x)  // q(z|x)
    return Inference.elbo(self, posterior, x, noise: noise, samples: samples)
  }

  public func likelihood(given z: Tensor) -> any Distribution { decoder(z) }

  /// The expected data at the posterior's mean: (batch, data) to (batch, data).
  public func reconstruct(_ x: Tensor) -> Tensor { decode(encoder(x).mean) }

  /// The expected data at latent values: (batch, latent) to (batch, data).
  public func decode(_ z: Tensor) -> Tensor { decoder(z).mean }

  /// Data drawn from the model, z from the prior and x from p(x|z): (count, data).
  public func sample(_ count: Int, _ key: RandomKey) -> Tensor {
    decoder(prior.repeated(count).sample(key)).sample(key)
  }

  /// The expected data at latent values drawn from the prior: (count, data).
  public func sampleMean(_ count: Int, _ key: RandomKey) -> Tensor {
    decode(prior.repeated(count).sample(key))
  }

  public var parameters: ParameterList { ["encoder": encoder, "decoder": decoder] }
}
