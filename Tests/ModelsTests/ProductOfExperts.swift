import Distributions
import Inference
import Models
import Tensors

/// Data of two kinds side by side, seen by an encoder each: q(z|x) is the product of the prior and of what each of them
/// says (Wu and Goodman, Multimodal generative models, NeurIPS 2018).
struct TwoModalities: Autoencoder, TrainableModel {
  let encoders: [Encoder]
  let decoders: [Decoder]
  /// Numbers of a datum of each kind.
  let sizes: [Int]

  var decoder: Decoder { decoders[0] }
  var conditionSize: Int { 0 }
  func given(_ condition: Tensor?) -> any Autoencoder { self }

  var prior: any Distribution { Normal.standard(encoders[0].head.latentSize) }

  /// Precisions add up, and means are weighted by them.
  func posterior(given x: Tensor) -> any ReparameterizedDistribution {
    let experts = zip(encoders, x.split(sizes: sizes, axis: -1)).compactMap { $0($1) as? Normal }
    let precision = experts.reduce(Tensor(1)) { $0 + $1.variance.reciprocal() }
    let mean = experts.reduce(Tensor(0)) { $0 + $1.mean / $1.variance } / precision
    return Normal(mean: mean, logVariance: -precision.log())
  }

  func likelihood(given z: Tensor) -> any Distribution { SideBySide(parts: decoders.map { $0(z) }, sizes: sizes) }

  var parameters: ParameterList {
    ["encoders": ParameterList(numbering: encoders), "decoders": ParameterList(numbering: decoders)]
  }
}

/// Independent distributions of the parts of an event.
private struct SideBySide: Distribution {
  let parts: [any Distribution]
  let sizes: [Int]

  var support: Support { .realNumbers }
  var mean: Tensor { concatenated(parts.map(\.mean), axis: -1) }

  func logProbability(of x: Tensor) -> Tensor {
    let figures = zip(parts, x.split(sizes: sizes, axis: -1)).map { $0.logProbability(of: $1) }
    return figures.dropFirst().reduce(figures[0]) { $0 + $1 }
  }

  func sample(_ noise: RandomKey) -> Tensor { concatenated(parts.map { $0.sample(noise) }, axis: -1) }

  func repeated(_ count: Int) -> SideBySide { SideBySide(parts: parts.map { $0.repeated(count) }, sizes: sizes) }
}
