import Distributions
import Inference
import Tensors

/// The conditional variational autoencoder, p(x|y) = ∫ p(x|z, y) p(z|y) dz (Sohn, Lee and Yan, Learning structured output
/// representation using deep conditional generative models, NIPS 2015).
///
/// The condition y is any vector: one-hot of a class, or the pixels that are known. It stands beside x in what the encoder
/// reads, and beside z in what the decoder reads.
///
/// ```swift
/// let cvae = CVAE(
///   encoder: .mlp(784 + 10, 500, activation: .softplus, head: .diagonalNormal(50)),    // q(z|x, y)
///   decoder: .mlp(50 + 10, 500, activation: .softplus, head: .bernoulli(784)),         // p(x|z, y)
///   conditionSize: 10)
/// let loss = cvae.given(y).elbo(x, noise: key).loss
/// ```
public struct CVAE: TrainableModel {
  /// q(z|x, y): of x and then y.
  public let encoder: Encoder
  /// p(x|z, y): of z and then y.
  public let decoder: Decoder
  /// p(z), or p(z|y).
  public let latentPrior: Prior
  public let conditionSize: Int

  /// A model whose prior is standard normal, whatever the condition, unless another is given.
  public init(encoder: Encoder, decoder: Decoder, prior: Prior? = nil, conditionSize: Int) {
    self.encoder = encoder
    self.decoder = decoder
    self.conditionSize = conditionSize
    latentPrior = prior ?? .standardNormal(encoder.head.latentSize)
    precondition(conditionSize > 0, "[cvae] a condition of \(conditionSize) numbers")
    if let reason = latentPrior.misfit(to: encoder.head) { fatalError("[cvae] \(reason)") }
  }

  /// The model for conditions, (batch, conditionSize).
  public func given(_ condition: Tensor?) -> any Autoencoder {
    guard let condition, condition.rank == 2, condition.shape[1] == conditionSize else {
      fatalError("[cvae] conditions of shape \(condition?.shape.description ?? "none"), not (batch, \(conditionSize))")
    }
    return Conditioned(encoder: encoder, decoder: decoder, latentPrior: latentPrior, condition: condition)
  }

  public var parameters: ParameterList { ["encoder": encoder, "decoder": decoder, "prior": latentPrior] }
}

/// A conditional model for some conditions.
struct Conditioned: Autoencoder {
  let encoder: Encoder
  let decoder: Decoder
  let latentPrior: Prior
  /// (batch, condition).
  let condition: Tensor

  var prior: any Distribution { latentPrior(given: condition) }

  func posterior(given x: Tensor) -> any ReparameterizedDistribution { encoder(x.joined(with: condition)) }

  func likelihood(given z: Tensor) -> any Distribution { decoder(z.joined(with: condition)) }
}

extension Tensor {
  /// Each row of the last axis with a condition (batch, c) behind it: (batch, ..., n) to (batch, ..., n + c).
  func joined(with condition: Tensor) -> Tensor {
    let middle = [Int](repeating: 1, count: rank - 2)
    let aligned = condition.reshaped(Shape([condition.shape[0]] + middle + [condition.shape[1]]))
    let shape = Shape(self.shape.dimensions.dropLast() + [condition.shape[1]])
    return concatenated([self, aligned.broadcast(to: shape)], axis: -1)
  }
}
