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
    _ widths: Int..., activation: Activation, head: LikelihoodFamily, initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    mlp(widths, activation: activation, head: head, initialization: initialization)
  }

  /// Linear layers of these widths, latent first, each with the activation, and a head on the last.
  public static func mlp(
    _ widths: [Int], activation: Activation, head: LikelihoodFamily, initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    let features = MLP(widths, activation: activation, initialization: initialization)
    return Decoder(features: features, head: head.head(of: features.outputs, initialization))
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

/// A family of likelihoods of one size of data, which makes a head when it is told the number of features.
public struct LikelihoodFamily: Sendable {
  public let dataSize: Int
  private let makeHead: @Sendable (_ features: Int, LinearInitialization) -> any LikelihoodHead

  public init(
    dataSize: Int, head: @escaping @Sendable (_ features: Int, LinearInitialization) -> any LikelihoodHead
  ) {
    self.dataSize = dataSize
    makeHead = head
  }

  public func head(of features: Int, _ initialization: LinearInitialization) -> any LikelihoodHead {
    makeHead(features, initialization)
  }

  /// Independent bits, or grey values as the field does; see `Bernoulli`.
  public static func bernoulli(_ dataSize: Int) -> LikelihoodFamily {
    LikelihoodFamily(dataSize: dataSize) { BernoulliHead(logits: Linear($0, dataSize, initialization: $1)) }
  }

  /// N(μ(z), σ²) with one fixed σ for all elements.
  public static func gaussian(_ dataSize: Int, standardDeviation: Double = 1) -> LikelihoodFamily {
    LikelihoodFamily(dataSize: dataSize) {
      GaussianHead(mean: Linear($0, dataSize, initialization: $1), standardDeviation: standardDeviation)
    }
  }
}

/// Logits of bits. Parameters: `logits.weight`, `logits.bias`.
public struct BernoulliHead: LikelihoodHead {
  public let logits: Linear

  public init(logits: Linear) { self.logits = logits }

  public var name: String { "Bernoulli" }
  public var support: Support { .unitInterval }

  public func callAsFunction(_ features: Tensor) -> any Distribution { Bernoulli(logits: logits(features)) }

  public var parameters: ParameterList { ["logits": logits] }
}

/// The mean of a normal likelihood of fixed scale. Parameters: `mean.weight`, `mean.bias`.
public struct GaussianHead: LikelihoodHead {
  public let mean: Linear
  public let standardDeviation: Double

  public init(mean: Linear, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  public var name: String { "Gaussian" }
  public var support: Support { .realNumbers }

  public func callAsFunction(_ features: Tensor) -> any Distribution {
    Normal(mean: mean(features), standardDeviation: standardDeviation)
  }

  public var parameters: ParameterList { ["mean": mean] }
}
