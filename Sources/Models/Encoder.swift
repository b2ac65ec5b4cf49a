import Distributions
import Layers
import Tensors

/// A network that reads an approximate posterior q(z|x) off data: features of x, then a head.
///
/// The parameters of an encoder by `mlp` are `layers.0.weight`, ... and the head's: `mean.weight`,
/// `logVariance.weight`.
public struct Encoder: Parameterized, Sendable {
  /// (batch..., data...) to (batch..., features).
  public let features: any Layer
  public let head: any PosteriorHead

  public init(features: any Layer, head: any PosteriorHead) {
    self.features = features
    self.head = head
  }

  /// Linear layers of these widths, data first, each with the activation, and a head on the last.
  public static func mlp(
    _ widths: Int..., activation: Activation, head: PosteriorFamily, normalization: Normalization = .identity,
    dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    mlp(
      widths, activation: activation, head: head, normalization: normalization, dropout: dropout,
      initialization: initialization)
  }

  /// Linear layers of these widths, data first, each with the activation, and a head on the last.
  public static func mlp(
    _ widths: [Int], activation: Activation, head: PosteriorFamily, normalization: Normalization = .identity,
    dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    let features = MLP(
      widths, activation: activation, normalization: normalization, dropout: dropout, initialization: initialization)
    return Encoder(features: features, head: head.head(of: features.outputs, initialization))
  }

  /// q(z|x): a distribution of (batch..., latent).
  public func callAsFunction(_ x: Tensor) -> any ReparameterizedDistribution { head(features(x)) }

  public var parameters: ParameterList { features.parameters + head.parameters }
}

/// Reads the parameters of an approximate posterior off features.
public protocol PosteriorHead: Parameterized, Sendable {
  /// The posterior's name in messages.
  var name: String { get }

  /// Where its samples lie.
  var support: Support { get }

  var latentSize: Int { get }

  /// (batch..., features) to a distribution of (batch..., latent).
  func callAsFunction(_ features: Tensor) -> any ReparameterizedDistribution
}
