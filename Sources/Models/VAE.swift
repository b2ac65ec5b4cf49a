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
/// `decoder.layers.0.weight`, ..., `decoder.logits.weight`, each with its bias; those of a learned prior under `prior`.
public struct VAE: Autoencoder, TrainableModel {
  /// q(z|x).
  public let encoder: Encoder
  /// p(x|z).
  public let decoder: Decoder
  /// p(z).
  public let latentPrior: Prior

  /// A model whose prior is standard normal unless another is given.
  ///
  /// A posterior that draws values to which the prior gives no density traps: its divergence would be infinite.
  public init(encoder: Encoder, decoder: Decoder, prior: Prior? = nil) {
    self.encoder = encoder
    self.decoder = decoder
    latentPrior = prior ?? .standardNormal(encoder.head.latentSize)
    if let reason = latentPrior.misfit(to: encoder.head) { fatalError("[vae] \(reason)") }
  }

  /// p(z): events (latent).
  public var prior: any Distribution { latentPrior(given: nil) }

  /// The model takes no condition.
  public var conditionSize: Int { 0 }

  public func given(_ condition: Tensor?) -> any Autoencoder { self }

  public func likelihood(given z: Tensor) -> any Distribution { decoder(z) }

  public func posterior(given x: Tensor) -> any ReparameterizedDistribution { encoder(x) }

  public var parameters: ParameterList { ["encoder": encoder, "decoder": decoder, "prior": latentPrior] }
}
