import Distributions
import Layers
import Tensors

/// What a model says of latent values before it sees data: p(z), or p(z|y) given a condition.
///
/// A prior that is learned has parameters, which are among the model's.
public struct Prior: Parameterized, Sendable {
  /// The prior's name in messages.
  public let name: String
  /// Where latent values may lie: samples of a posterior must.
  public let support: Support
  /// Whether it depends on a condition.
  public let isConditional: Bool
  public let parameters: ParameterList
  private let distribution: @Sendable (_ condition: Tensor?) -> any Distribution

  /// A prior that depends on no condition.
  public init(
    _ name: String, on support: Support = .realNumbers, learning parameters: ParameterList = [:],
    distribution: @escaping @Sendable () -> any Distribution
  ) {
    self.name = name
    self.support = support
    self.parameters = parameters
    isConditional = false
    self.distribution = { _ in distribution() }
  }

  /// A prior p(z|y).
  public init(
    conditional name: String, on support: Support = .realNumbers, learning parameters: ParameterList,
    distribution: @escaping @Sendable (_ condition: Tensor) -> any Distribution
  ) {
    self.name = name
    self.support = support
    self.parameters = parameters
    isConditional = true
    self.distribution = { condition in
      guard let condition else { fatalError("[prior] the \(name) prior is given no condition") }
      return distribution(condition)
    }
  }

  /// Events (latent) of no batch, or of the condition's: (batch, condition) to a distribution of (batch, latent).
  ///
  /// - Parameter condition: nil where the model has none.
  public func callAsFunction(given condition: Tensor?) -> any Distribution { distribution(condition) }
}

extension Prior {
  /// A distribution that is not learned.
  public static func fixed(_ distribution: any Distribution, name: String = "fixed") -> Prior {
    Prior(name, on: distribution.support) { distribution }
  }

  /// N(0, 1) in each dimension.
  public static func standardNormal(_ latentSize: Int) -> Prior {
    .fixed(Normal.standard(latentSize), name: "standard normal")
  }

  /// Expo(1) in each dimension, for posteriors of positive numbers.
  public static func exponential(_ latentSize: Int) -> Prior {
    .fixed(Exponential.standard(latentSize), name: "exponential")
  }

  /// N(μ, diag σ²) with both learned, from N(0, 1) on. Parameters: `mean`, `logVariance`.
  public static func learnedNormal(_ latentSize: Int) -> Prior {
    let (mean, logVariance) = (
      Parameter([latentSize], initializer: .zeros), Parameter([latentSize], initializer: .zeros)
    )
    return Prior("learned normal", learning: ["mean": mean, "logVariance": logVariance]) {
      Normal(mean: mean.tensor, logVariance: logVariance.tensor)
    }
  }

  /// A mixture of normal components, all learned, whose means begin apart. Parameters: `logits`, `mean`, `logVariance`.
  public static func mixture(_ latentSize: Int, components count: Int) -> Prior {
    let logits = Parameter([count], initializer: .zeros)
    let mean = Parameter([count, latentSize], initializer: .normal())
    let logVariance = Parameter([count, latentSize], initializer: .zeros)
    return Prior("mixture", learning: ["logits": logits, "mean": mean, "logVariance": logVariance]) {
      NormalMixture(logits: logits.tensor, components: Normal(mean: mean.tensor, logVariance: logVariance.tensor))
    }
  }

  /// N(μ(y), diag σ²(y)) by affine maps of a condition of so many numbers: of a class given by one of `conditionSize`
  /// ones, a normal distribution of its own. Parameters: `mean`, `logVariance`, each with weight and bias.
  public static func conditionalNormal(_ latentSize: Int, given conditionSize: Int) -> Prior {
    let head = ParameterHead(
      features: conditionSize, [.affine("mean", latentSize), .affine("logVariance", latentSize)],
      initialization: LinearInitialization(weight: .zeros))
    return Prior(conditional: "conditional normal", learning: head.parameters) { condition in
      let parameters = head(condition)
      return Normal(mean: parameters[0], logVariance: parameters[1])
    }
  }
}

extension Prior {
  /// Why a posterior does not go with the prior, or nil where it does.
  public func misfit(to posterior: any PosteriorHead) -> String? {
    guard !posterior.support.isSubset(of: support) else { return nil }
    return "a \(posterior.name) posterior draws from \(posterior.support), but the \(name) prior has a density on "
      + "\(support) alone, so the divergence would be infinite"
  }
}
