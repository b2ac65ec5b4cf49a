import Distributions
import Inference
import Tensors

/// A variational autoencoder whose posterior begins where the encoder says and is then refined by some steps up the bound, for
/// each datum by itself (Kim et al., Semi-amortized variational autoencoders, ICML 2018).
///
/// The steps are part of the graph, so the encoder learns to begin where they lead somewhere.
public struct SemiAmortizedVAE: TrainableModel {
  public let base: VAE
  public let steps: Int
  /// How far a step goes along the gradient of a datum's bound.
  public let rate: Double

  /// A model whose encoder gives normal posteriors with independent dimensions.
  public init(_ base: VAE, steps: Int, rate: Double) {
    precondition(steps >= 0 && rate > 0, "[semi-amortized] \(steps) steps of \(rate)")
    (self.base, self.steps, self.rate) = (base, steps, rate)
  }

  public var decoder: Decoder { base.decoder }
  public var conditionSize: Int { 0 }
  public var parameters: ParameterList { base.parameters }

  /// The model with the encoder's own posterior.
  public func given(_ condition: Tensor?) -> any Autoencoder { base }

  /// q(z|x) after the steps.
  public func refinedPosterior(given x: Tensor, noise: RandomKey) -> Normal {
    guard let start = base.posterior(given: x) as? Normal else {
      fatalError("[semi-amortized] the posterior is not normal with independent dimensions")
    }
    return start.refined(for: base, x, steps: steps, rate: rate, noise: noise)
  }

  public func estimate(
    _ objective: Objective, _ x: Tensor, given condition: Tensor?, noise: RandomKey, finishedSteps: Tensor?
  ) -> Estimate {
    let posterior = refinedPosterior(given: x, noise: noise)
    return objective.estimate(base, posterior, x, noise: noise, finishedSteps: finishedSteps)
  }
}

extension Normal {
  /// A posterior after some steps up the bound, for each datum by itself, each at draws of its own.
  ///
  /// - Parameters:
  ///   - x: (batch, data).
  ///   - rate: How far a step goes along the gradient of a datum's bound.
  public func refined(
    for model: some LatentVariableModel, _ x: Tensor, steps: Int, rate: Double, noise: RandomKey
  ) -> Normal {
    var (mean, logVariance) = (mean, logVariance)
    for _ in 0..<steps {
      let bound = elbo(model, Normal(mean: mean, logVariance: logVariance).drawn(noise), x)
      let slopes = gradients(of: bound.value.sum(), withRespectTo: [mean, logVariance])
      (mean, logVariance) = (mean + slopes[0] * rate, logVariance + slopes[1] * rate)
    }
    return Normal(mean: mean, logVariance: logVariance)
  }
}

/// A normal posterior with parameters of its own for each datum, in a table: what amortization is held against.
///
/// Parameters: `mean`, `logVariance`, (data, latent) each. An optimizer of its own keeps them apart from the model's.
public struct PosteriorTable: Parameterized, Sendable {
  public let mean: Parameter
  public let logVariance: Parameter

  /// N(0, 1) for each of `count` data, to begin with.
  public init(_ count: Int, latentSize: Int) {
    mean = Parameter([count, latentSize], initializer: .constant(0))
    logVariance = Parameter([count, latentSize], initializer: .constant(0))
  }

  /// The posteriors of data by their numbers, int32 (batch): a step's `batch.rows`.
  public func callAsFunction(rows: Tensor) -> Normal {
    Normal(mean: mean.tensor.gathered(rows: rows), logVariance: logVariance.tensor.gathered(rows: rows))
  }

  public var parameters: ParameterList { ["mean": mean, "logVariance": logVariance] }
}
