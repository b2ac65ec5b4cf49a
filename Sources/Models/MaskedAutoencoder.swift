import Distributions
import Inference
import Tensors

/// An autoencoder of data of which some elements are missing: the likelihood leaves them out, and the encoder reads zeros
/// in their place (Mattei and Frellsen, MIWAE: deep generative modelling and imputation of incomplete data sets, ICML 2019).
public struct MaskedAutoencoder: Autoencoder {
  public let base: any Autoencoder
  /// 1 where an element is known, else 0: (batch, data), or (1, data) for all data alike.
  public let observed: Tensor
  /// Whether the encoder reads zeros in place of what is not known.
  public let hidesFromEncoder: Bool

  /// What the likelihood gives must be independent elements, of which some may be masked already.
  public init(_ base: any Autoencoder, observed: Tensor, hidesFromEncoder: Bool = true) {
    (self.base, self.observed, self.hidesFromEncoder) = (base, observed, hidesFromEncoder)
  }

  public var prior: any Distribution { base.prior }

  public func posterior(given x: Tensor) -> any ReparameterizedDistribution {
    base.posterior(given: hidesFromEncoder ? x * observed : x)
  }

  public func likelihood(given z: Tensor) -> any Distribution {
    let middle = [Int](repeating: 1, count: z.rank - 2)
    let rows = Shape([observed.shape[0]] + middle + observed.shape.dimensions.dropFirst())
    let observed = observed.reshaped(rows)
    let likelihood = base.likelihood(given: z)
    if let masked = likelihood as? Masked { return Masked(masked.base, observed: masked.observed * observed) }
    guard let elements = likelihood as? any FactorizedDistribution else {
      fatalError("[masked] the likelihood's elements are not independent")
    }
    return Masked(elements, observed: observed)
  }
}

/// A conditional model that is told some pixels and models the others: p(hidden | shown), the condition a picture with zeros
/// where it is hidden (Sohn, Lee and Yan, NIPS 2015, section 5.1).
public struct InpaintingVAE: TrainableModel {
  public let cvae: CVAE
  /// 1 at the pixels that are shown, else 0: (1, data).
  public let observed: Tensor

  /// A model whose conditions are as large as its data.
  public init(_ cvae: CVAE, observed: Tensor) {
    precondition(observed.shape == [1, cvae.conditionSize], "[inpainting] pixels shown \(observed.shape)")
    (self.cvae, self.observed) = (cvae, observed)
  }

  public var decoder: Decoder { cvae.decoder }
  public var conditionSize: Int { cvae.conditionSize }
  public var parameters: ParameterList { cvae.parameters }

  /// The posterior reads all of the data, and the likelihood is of the hidden pixels.
  public func given(_ condition: Tensor?) -> any Autoencoder {
    MaskedAutoencoder(cvae.given(condition), observed: 1 - observed, hidesFromEncoder: false)
  }
}

extension Autoencoder {
  /// Data with their missing elements replaced by what the model makes of them: one round of refining a guess (Rezende,
  /// Mohamed and Wierstra, ICML 2014, appendix F).
  ///
  /// - Parameters:
  ///   - x: (batch, data), of which the missing elements are a guess, such as 0.
  ///   - observed: 1 where an element is known, else 0: (batch, data).
  /// - Returns: (batch, data): x where it is known.
  public func refilled(_ x: Tensor, observed: Tensor) -> Tensor { x * observed + (1 - observed) * reconstruct(x) }

  /// Data with their missing elements replaced by what is expected there given the others.
  ///
  /// The expectation is over draws of z weighted by p(known, z) / q(z|x). The posterior reads the missing elements of x as
  /// they are, so that draws are worth more after some rounds of `refilled(_:observed:)`; what they weigh depends on the
  /// known elements alone.
  ///
  /// - Parameters:
  ///   - x: (batch, data).
  ///   - observed: 1 where an element is known, else 0: (batch, data).
  ///   - samples: Draws of z for each datum.
  /// - Returns: (batch, data): x where it is known.
  public func imputed(_ x: Tensor, observed: Tensor, samples: Int = 20, noise: RandomKey) -> Tensor {
    let draw = posterior(given: x).repeated(samples).draw(noise)  // (batch, k, latent)
    let masked = MaskedAutoencoder(self, observed: observed)
    let logWeights =
      masked.likelihood(given: draw.value).logProbability(of: x.expandedDimensions(at: 1))
      + prior.repeated(samples).logProbability(of: draw.value) - draw.logProbability
    let weights = logWeights.softmax().expandedDimensions(at: -1)  // (batch, k, 1)
    return x * observed + (1 - observed) * (decode(draw.value) * weights).sum(axis: 1)
  }
}
