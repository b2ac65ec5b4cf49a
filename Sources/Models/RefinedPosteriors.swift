import Distributions
import Inference
import Tensors

/// A variational autoencoder whose posterior begins where the encoder says and is then refined by some steps up the bound, for
/// each datum by itself (Kim et al., Semi-amortized variational autoencoders, ICML 2018).
///
/// The steps are part of the graph, so the encoder learns to begin where they lead somewhere.
public struct SemiAmortizedVAE: TrainableModel {
  public let base: VAE
  public let refinement: Refinement

  private let head: ParameterPosteriorHead

  /// A model whose encoder reads the parameters of a posterior off features, as those of every family with a form do.
  ///
  /// A decoder with running statistics traps: it mixes the data of a batch, whose posteriors are refined one by one.
  public init(_ base: VAE, refinement: Refinement) {
    guard let head = base.encoder.head as? ParameterPosteriorHead else {
      fatalError("[semi-amortized] the head of a \(base.encoder.head.name) posterior has no parameters to refine")
    }
    guard base.decoder.parameters.state.isEmpty else {
      fatalError("[semi-amortized] posteriors are refined one by one, and the decoder's running statistics mix a batch")
    }
    (self.base, self.refinement, self.head) = (base, refinement, head)
  }

  public var decoder: Decoder { base.decoder }
  public var conditionSize: Int { 0 }
  public var parameters: ParameterList { base.parameters }

  public func given(_ condition: Tensor?) -> any Autoencoder {
    RefinedAutoencoder(generative: base, form: head.form, refinement: refinement, start: start)
  }

  /// q(z|x) after the steps.
  public func refinedPosterior(given x: Tensor, noise: RandomKey) -> any ReparameterizedDistribution {
    head.form.refined(from: start(x), for: base, x, by: refinement, noise: noise)
  }

  private func start(_ x: Tensor) -> [Tensor] { head.head(base.encoder.features(x)) }

  public func estimate(
    _ objective: Objective, _ x: Tensor, given condition: Tensor?, noise: RandomKey, finishedSteps: Tensor?
  ) -> Estimate {
    // Where training is over, the posterior is the one that others are given.
    guard finishedSteps != nil else { return given(nil).estimate(objective, x, noise: noise) }
    let posterior = refinedPosterior(given: x, noise: noise)
    return objective.estimate(base, posterior, x, noise: noise, finishedSteps: finishedSteps)
  }
}

/// How far posteriors are refined.
public struct Refinement: Hashable, Sendable {
  public let steps: Int
  /// How far a step goes along the gradient of a datum's bound.
  public let rate: Double

  public init(steps: Int, rate: Double) {
    precondition(steps >= 0 && rate > 0, "[refinement] \(steps) steps of \(rate)")
    (self.steps, self.rate) = (steps, rate)
  }
}

/// A model whose posterior begins somewhere and is refined, wherever one is asked for.
struct RefinedAutoencoder: Autoencoder {
  let generative: any LatentVariableModel
  let form: PosteriorForm
  let refinement: Refinement
  let start: @Sendable (_ x: Tensor) -> [Tensor]

  var prior: any Distribution { generative.prior }

  func likelihood(given z: Tensor) -> any Distribution { generative.likelihood(given: z) }

  /// After steps at draws that are the same for every datum, so that its posterior does not depend on the others of its
  /// batch; and of the domain of training, so that they are none of those that an evaluation makes.
  func posterior(given x: Tensor) -> any ReparameterizedDistribution {
    let noise = RandomKey(seed: 0, domain: .training, rows: .zeros([x.shape[0]], type: .int32))
    return form.refined(from: start(x), for: generative, x, by: refinement, noise: noise)
  }
}

extension PosteriorForm {
  /// A posterior after some steps of its parameters up the bound, for each datum by itself, each at draws of its own.
  ///
  /// - Parameters:
  ///   - start: (batch, size) of each parameter.
  ///   - x: (batch, data).
  public func refined(
    from start: [Tensor], for model: some LatentVariableModel, _ x: Tensor, by refinement: Refinement, noise: RandomKey
  ) -> any ReparameterizedDistribution {
    var numbers = start
    for _ in 0..<refinement.steps {
      let bound = elbo(model, self(numbers).drawn(noise), x)
      let slopes = gradients(of: bound.value.sum(), withRespectTo: numbers)
      numbers = zip(numbers, slopes).map { $0 + $1 * refinement.rate }
    }
    return self(numbers)
  }
}
