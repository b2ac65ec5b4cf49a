import Distributions
import Layers
import Tensors

/// A network that gives the likelihood p(x|z): features of z, then a head.
///
/// The parameters of a decoder by `mlp` are `layers.0.weight`, ... and the head's: `logits.weight`, `mean.weight`.
public struct Decoder: Parameterized, Sendable {
  /// (batch..., latent) to (batch..., features).
  public let features: any Layer
  public let head: any LikelihoodHead

  public init(features: any Layer, head: any LikelihoodHead) {
    self.features = features
    self.head = head
  }

  /// Linear layers of these widths, latent first, each with the activation, and a head on the last.
  public static func mlp(
    _ widths: Int..., activation: Activation, head: LikelihoodFamily, normalization: Normalization = .identity,
    dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    mlp(
      widths, activation: activation, head: head, normalization: normalization, dropout: dropout,
      initialization: initialization)
  }

  /// Linear layers of these widths, latent first, each with the activation, and a head on the last.
  public static func mlp(
    _ widths: [Int], activation: Activation, head: LikelihoodFamily, normalization: Normalization = .identity,
    dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    let features = MLP(
      widths, activation: activation, normalization: normalization, dropout: dropout, initialization: initialization)
    return Decoder(features: features, head: head.head(by: .linear(features.outputs, initialization: initialization)))
  }

  /// p(x|z): a distribution of (batch..., data...).
  public func callAsFunction(_ z: Tensor) -> any Distribution { head(features(z)) }

  public var parameters: ParameterList { features.parameters + head.parameters }
}

/// Reads the parameters of a likelihood off features.
public protocol LikelihoodHead: Parameterized, Sendable {
  /// The likelihood's name in messages.
  var name: String { get }

  /// What the data must be, so that it can be said before training begins.
  var support: Support { get }

  /// (batch..., features) to a distribution of (batch..., data...).
  func callAsFunction(_ features: Tensor) -> any Distribution
}
