import Distributions
import Glibc
import Layers
import Tensors

/// A family of likelihoods of one size of data, which makes a head when it is told how features are read.
///
/// A likelihood is a distribution and the parameters that it is made of; see `bernoulli(_:)` for the shortest.
public struct LikelihoodFamily: Sendable {
  public let dataSize: Int
  private let makeHead: @Sendable (Readout) -> any LikelihoodHead

  /// A family with heads of one's own.
  public init(dataSize: Int, head: @escaping @Sendable (Readout) -> any LikelihoodHead) {
    self.dataSize = dataSize
    makeHead = head
  }

  /// A family whose heads read parameters off features.
  ///
  /// - Parameters:
  ///   - name: in messages.
  ///   - support: what the data must be.
  ///   - distribution: from the parameters in their order, with the batch of the features, to a distribution of
  ///     (batch..., data).
  public init(
    _ name: String, of dataSize: Int, on support: Support, by parameters: [HeadParameter],
    distribution: @escaping @Sendable ([Tensor]) -> any Distribution
  ) {
    self.init(dataSize: dataSize) { readout in
      ParameterLikelihoodHead(
        name: name, support: support, head: ParameterHead(by: readout, parameters), distribution: distribution)
    }
  }

  public func head(by readout: Readout) -> any LikelihoodHead { makeHead(readout) }
}

/// A head that reads the parameters of a likelihood off features. Parameters: the head's, by their names.
struct ParameterLikelihoodHead: LikelihoodHead {
  let name: String
  let support: Support
  let head: ParameterHead
  let distribution: @Sendable ([Tensor]) -> any Distribution

  func callAsFunction(_ features: Tensor) -> any Distribution { distribution(head(features)) }

  var parameters: ParameterList { head.parameters }
}

/// Where the scale of a likelihood comes from.
public enum ScaleRule: Hashable, Sendable {
  /// One number, which is not learned.
  case fixed(Double)
  /// One number for all data and dimensions.
  case learned
  /// One number for each dimension, the same for all data.
  case perDimension
  /// Computed from the features, for each datum and dimension.
  case predicted

  /// What a head learns for it: `logScale`.
  func parameters(_ dataSize: Int) -> [HeadParameter] {
    switch self {
    case .fixed: []
    case .learned: [.free("logScale", 1)]
    case .perDimension: [.free("logScale", dataSize)]
    case .predicted: [.affine("logScale", dataSize)]
    }
  }

  /// log of the smallest scale that is learned: a pixel that never varies would have an unbounded density.
  private static let floor = -7.0

  /// The scale, which broadcasts with (batch..., data), from what a head learned.
  func scale(_ parameters: ArraySlice<Tensor>, like location: Tensor) -> Tensor {
    if case .fixed(let scale) = self { return .full(scale, [1], type: location.type) }
    return ((parameters[parameters.startIndex] - Self.floor).softplus() + Self.floor).exp()
  }
}

extension LikelihoodFamily {
  /// Independent bits, or grey values as the field does; see `Bernoulli`.
  public static func bernoulli(_ dataSize: Int) -> LikelihoodFamily {
    LikelihoodFamily("Bernoulli", of: dataSize, on: .unitInterval, by: [.affine("logits", dataSize)]) {
      Bernoulli(logits: $0[0])
    }
  }

  /// Grey values from 0 to 1; see `ContinuousBernoulli`.
  public static func continuousBernoulli(_ dataSize: Int) -> LikelihoodFamily {
    LikelihoodFamily("continuous Bernoulli", of: dataSize, on: .unitInterval, by: [.affine("logits", dataSize)]) {
      ContinuousBernoulli(logits: $0[0])
    }
  }

  /// N(μ(z), σ²) with one fixed σ for all elements.
  public static func gaussian(_ dataSize: Int, standardDeviation: Double = 1) -> LikelihoodFamily {
    LikelihoodFamily("Gaussian", of: dataSize, on: .realNumbers, by: [.affine("mean", dataSize)]) {
      Normal(mean: $0[0], standardDeviation: standardDeviation)
    }
  }

  /// N(μ(z), σ²) with σ by a rule.
  public static func gaussian(_ dataSize: Int, scale: ScaleRule) -> LikelihoodFamily {
    if case .fixed(let deviation) = scale { return gaussian(dataSize, standardDeviation: deviation) }
    return located("Gaussian", dataSize, scale) { Normal(mean: $0, standardDeviation: $1) }
  }

  /// Laplace distributions about μ(z): what absolute errors are the logarithm of.
  public static func laplace(_ dataSize: Int, scale: ScaleRule = .learned) -> LikelihoodFamily {
    located("Laplace", dataSize, scale) { Laplace(mean: $0, scale: $1) }
  }

  /// Student's t distributions about μ(z), whose degrees of freedom are learned, one number for all, from `initial` on.
  public static func studentT(
    _ dataSize: Int, scale: ScaleRule = .learned, initialDegreesOfFreedom initial: Double = 4
  ) -> LikelihoodFamily {
    // softplus(log(eˣ - 1)) = x.
    let freedom = HeadParameter.free("degreesOfFreedom", 1, initial: log(expm1(initial)))
    return LikelihoodFamily(
      "Student's t", of: dataSize, on: .realNumbers,
      by: [.affine("mean", dataSize), freedom] + scale.parameters(dataSize)
    ) {
      StudentT(mean: $0[0], scale: scale.scale($0[2...], like: $0[0]), degreesOfFreedom: $0[1].softplus() + 1e-3)
    }
  }

  /// Bytes, scaled to levels from 0 to 1, as rounded logistic numbers; see `DiscretizedLogistic`.
  public static func discretizedLogistic(_ dataSize: Int, scale: ScaleRule = .predicted) -> LikelihoodFamily {
    located("discretized logistic", dataSize, scale, on: .levels(256)) {
      // σ of the output, so that locations begin in the middle of the levels.
      DiscretizedLogistic(location: $0.sigmoid(), scale: $1)
    }
  }

  /// Bytes, scaled to levels from 0 to 1, with a logit for each level of each element; see `CategoricalLevels`.
  public static func categorical(_ dataSize: Int, levelCount: Int = 256) -> LikelihoodFamily {
    LikelihoodFamily(
      "categorical", of: dataSize, on: .levels(levelCount), by: [.affine("logits", dataSize * levelCount)]
    ) {
      let batch = $0[0].shape.dimensions.dropLast()
      return CategoricalLevels(logits: $0[0].reshaped(Shape(batch + [dataSize, levelCount])))
    }
  }

  /// Counts; see `Poisson`.
  public static func poisson(_ dataSize: Int) -> LikelihoodFamily {
    LikelihoodFamily("Poisson", of: dataSize, on: .naturalNumbers, by: [.affine("logRate", dataSize)]) {
      Poisson(logRate: $0[0])
    }
  }

  /// Counts that vary more than their mean, r learned for each dimension; see `NegativeBinomial`.
  public static func negativeBinomial(_ dataSize: Int) -> LikelihoodFamily {
    LikelihoodFamily(
      "negative binomial", of: dataSize, on: .naturalNumbers,
      by: [.affine("logits", dataSize), .free("logTotalCount", dataSize)]
    ) { NegativeBinomial(totalCount: $0[1].exp(), logits: $0[0]) }
  }

  /// A family by location and scale.
  private static func located(
    _ name: String, _ dataSize: Int, _ scale: ScaleRule, on support: Support = .realNumbers,
    _ distribution: @escaping @Sendable (_ location: Tensor, _ scale: Tensor) -> any Distribution
  ) -> LikelihoodFamily {
    LikelihoodFamily(name, of: dataSize, on: support, by: [.affine("mean", dataSize)] + scale.parameters(dataSize)) {
      distribution($0[0], scale.scale($0[1...], like: $0[0]))
    }
  }
}
