import Distributions
import Layers
import Tensors

/// A family of posteriors of one latent size, which makes a head when it is told the number of features.
///
/// A posterior is a distribution that can be drawn from with a gradient, and the parameters that it is made of; see
/// `exponential(_:)` for the shortest.
public struct PosteriorFamily: Sendable {
  public let latentSize: Int
  private let makeHead: @Sendable (_ features: Int, LinearInitialization) -> any PosteriorHead

  /// A family with heads of one's own.
  public init(
    latentSize: Int, head: @escaping @Sendable (_ features: Int, LinearInitialization) -> any PosteriorHead
  ) {
    self.latentSize = latentSize
    makeHead = head
  }

  /// A family whose heads read parameters off features.
  ///
  /// - Parameters:
  ///   - name: in messages.
  ///   - support: where its samples lie.
  ///   - distribution: from the parameters in their order, with the batch of the features, to a distribution of
  ///     (batch..., latent).
  public init(
    _ name: String, of latentSize: Int, on support: Support = .realNumbers, by parameters: [HeadParameter],
    distribution: @escaping @Sendable ([Tensor]) -> any ReparameterizedDistribution
  ) {
    self.init(latentSize: latentSize) { features, initialization in
      ParameterPosteriorHead(
        name: name, support: support, latentSize: latentSize,
        head: ParameterHead(features: features, parameters, initialization: initialization), distribution: distribution)
    }
  }

  public func head(of features: Int, _ initialization: LinearInitialization) -> any PosteriorHead {
    makeHead(features, initialization)
  }
}

/// A head that reads the parameters of a posterior off features. Parameters: the head's, by their names.
struct ParameterPosteriorHead: PosteriorHead {
  let name: String
  let support: Support
  let latentSize: Int
  let head: ParameterHead
  let distribution: @Sendable ([Tensor]) -> any ReparameterizedDistribution

  func callAsFunction(_ features: Tensor) -> any ReparameterizedDistribution { distribution(head(features)) }

  var parameters: ParameterList { head.parameters }
}

extension PosteriorFamily {
  /// N(μ(x), diag σ²(x)) (Kingma and Welling, 2014, appendix C.2).
  public static func diagonalNormal(_ latentSize: Int) -> PosteriorFamily {
    PosteriorFamily(
      "diagonal normal", of: latentSize, by: [.affine("mean", latentSize), .affine("logVariance", latentSize)]
    ) { Normal(mean: $0[0], logVariance: $0[1]) }
  }

  /// N(μ(x), diag σ²(x)) read off as log σ(x), so that an optimizer's steps change σ twice as much as by log σ²(x) (Burda,
  /// Grosse and Salakhutdinov, Importance weighted autoencoders, ICLR 2016).
  public static func diagonalNormalByLogDeviation(_ latentSize: Int) -> PosteriorFamily {
    PosteriorFamily(
      "diagonal normal", of: latentSize, by: [.affine("mean", latentSize), .affine("logDeviation", latentSize)]
    ) { Normal(mean: $0[0], logVariance: $0[1] * 2) }
  }

  /// N(μ(x), R(x) R(x)') with R lower triangular, its diagonal σ(x) > 0.
  public static func fullCovarianceNormal(_ latentSize: Int) -> PosteriorFamily {
    PosteriorFamily(
      "full-covariance normal", of: latentSize,
      by: [
        .affine("mean", latentSize), .affine("logVariance", latentSize), .affine("factor", latentSize * latentSize),
      ]
    ) {
      let square = Shape($0[2].shape.dimensions.dropLast() + [latentSize, latentSize])
      return MultivariateNormal(mean: $0[0], logDiagonal: $0[1] * 0.5, below: $0[2].reshaped(square))
    }
  }

  /// Laplace distributions about μ(x).
  public static func laplace(_ latentSize: Int) -> PosteriorFamily {
    PosteriorFamily("Laplace", of: latentSize, by: [.affine("mean", latentSize), .affine("logScale", latentSize)]) {
      Laplace(mean: $0[0], scale: $0[1].exp())
    }
  }

  /// Positive numbers whose logarithms are normal.
  public static func logNormal(_ latentSize: Int) -> PosteriorFamily {
    PosteriorFamily(
      "log-normal", of: latentSize, on: .positiveNumbers,
      by: [.affine("mean", latentSize), .affine("logVariance", latentSize)]
    ) { LogNormal(logarithm: Normal(mean: $0[0], logVariance: $0[1])) }
  }

  /// Positive numbers of rate λ(x).
  public static func exponential(_ latentSize: Int) -> PosteriorFamily {
    PosteriorFamily("exponential", of: latentSize, on: .positiveNumbers, by: [.affine("logRate", latentSize)]) {
      Exponential(rate: $0[0].exp())
    }
  }
}
