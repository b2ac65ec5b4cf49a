import Distributions
import Layers
import Tensors

/// A family of posteriors of one latent size, which makes a head when it is told the number of features.
///
/// A posterior is a distribution that can be drawn from with a gradient, and the parameters that it is made of; see
/// `exponential(_:)` for the shortest.
public struct PosteriorFamily: Sendable {
  public let latentSize: Int
  /// What its posteriors are made of; nil where heads are of one's own.
  public let form: PosteriorForm?
  private let makeHead: @Sendable (_ features: Int, LinearInitialization) -> any PosteriorHead

  /// A family with heads of one's own.
  public init(
    latentSize: Int, head: @escaping @Sendable (_ features: Int, LinearInitialization) -> any PosteriorHead
  ) {
    self.latentSize = latentSize
    form = nil
    makeHead = head
  }

  /// A family whose posteriors are made of parameters, which heads read off features.
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
    let form = PosteriorForm(
      name: name, support: support, latentSize: latentSize, parameters: parameters, distribution: distribution)
    self.latentSize = latentSize
    self.form = form
    makeHead = { features, initialization in
      ParameterPosteriorHead(
        form: form, head: ParameterHead(features: features, parameters, initialization: initialization))
    }
  }

  public func head(of features: Int, _ initialization: LinearInitialization) -> any PosteriorHead {
    makeHead(features, initialization)
  }
}

/// What the posteriors of a family are made of, wherever the numbers come from: an encoder, steps up a bound, or a table.
public struct PosteriorForm: Sendable {
  public let name: String
  /// Where samples lie.
  public let support: Support
  public let latentSize: Int
  public let parameters: [HeadParameter]
  private let distribution: @Sendable ([Tensor]) -> any ReparameterizedDistribution

  init(
    name: String, support: Support, latentSize: Int, parameters: [HeadParameter],
    distribution: @escaping @Sendable ([Tensor]) -> any ReparameterizedDistribution
  ) {
    (self.name, self.support, self.latentSize) = (name, support, latentSize)
    (self.parameters, self.distribution) = (parameters, distribution)
  }

  /// The posterior of these numbers: (batch..., size) of each parameter, to a distribution of (batch..., latent).
  public func callAsFunction(_ numbers: [Tensor]) -> any ReparameterizedDistribution { distribution(numbers) }
}

/// A head that reads the parameters of a posterior off features. Parameters: the head's, by their names.
struct ParameterPosteriorHead: PosteriorHead {
  let form: PosteriorForm
  let head: ParameterHead

  var name: String { form.name }
  var support: Support { form.support }
  var latentSize: Int { form.latentSize }

  func callAsFunction(_ features: Tensor) -> any ReparameterizedDistribution { form(head(features)) }

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
