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
    _ widths: Int..., activation: Activation, head: PosteriorFamily, initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    mlp(widths, activation: activation, head: head, initialization: initialization)
  }

  /// Linear layers of these widths, data first, each with the activation, and a head on the last.
  public static func mlp(
    _ widths: [Int], activation: Activation, head: PosteriorFamily, initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    let features = MLP(widths, activation: activation, initialization: initialization)
    return Encoder(features: features, head: head.head(of: features.outputs, initialization))
  }

  /// q(z|x): a distribution of (batch..., latent).
  public func callAsFunction(_ x: Tensor) -> any ReparameterizedDistribution { head(features(x)) }

  public var parameters: ParameterList { features.parameters + head.parameters }
}

/// Reads the parameters of an approximate posterior off features.
public protocol PosteriorHead: Parameterized, Sendable {
  var latentSize: Int { get }

  /// (batch..., features) to a distribution of (batch..., latent).
  func callAsFunction(_ features: Tensor) -> any ReparameterizedDistribution
}

/// A family of posteriors of one latent size, which makes a head when it is told the number of features.
public struct PosteriorFamily: Sendable {
  public let latentSize: Int
  private let makeHead: @Sendable (_ features: Int, LinearInitialization) -> any PosteriorHead

  public init(
    latentSize: Int, head: @escaping @Sendable (_ features: Int, LinearInitialization) -> any PosteriorHead
  ) {
    self.latentSize = latentSize
    makeHead = head
  }

  public func head(of features: Int, _ initialization: LinearInitialization) -> any PosteriorHead {
    makeHead(features, initialization)
  }

  /// N(μ(x), diag σ²(x)).
  public static func diagonalNormal(_ latentSize: Int) -> PosteriorFamily {
    PosteriorFamily(latentSize: latentSize) {
      DiagonalNormalHead(features: $0, latentSize: latentSize, initialization: $1)
    }
  }
}

/// A normal posterior with independent dimensions (Kingma and Welling, 2014, appendix C.2).
///
/// Parameters: `mean.weight`, `mean.bias`, `logVariance.weight`, `logVariance.bias`.
public struct DiagonalNormalHead: PosteriorHead {
  public let latentSize: Int
  /// μ.
  public let mean: Linear
  /// log σ².
  public let logVariance: Linear

  public init(features: Int, latentSize: Int, initialization: LinearInitialization = .fanIn) {
    self.latentSize = latentSize
    mean = Linear(features, latentSize, initialization: initialization)
    logVariance = Linear(features, latentSize, initialization: initialization)
  }

  public func callAsFunction(_ features: Tensor) -> any ReparameterizedDistribution {
    Normal(mean: mean(features), logVariance: logVariance(features))
  }

  public var parameters: ParameterList { ["mean": mean, "logVariance": logVariance] }
}
