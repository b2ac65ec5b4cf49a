import Distributions
import Inference
import Tensors

/// A linear Gaussian model in tensors, as the objectives of variational autoencoders see it: a prior and a likelihood.
///
/// What is estimated by draws of it has the model's own evidence and posterior to be held against.
public struct LinearDecoder: LatentVariableModel {
  /// W: (d, q).
  public let weights: Tensor
  /// μ, and the root of Ψ's diagonal: (d).
  public let mean, deviation: Tensor

  public init(_ model: LinearGaussianModel, type: ElementType) {
    func tensor(_ values: [Double], _ shape: Shape) -> Tensor { Tensor(values, shape: shape).cast(to: type) }
    weights = tensor(model.weights.elements, [model.size, model.latentSize])
    mean = tensor(model.mean, [model.size])
    deviation = tensor(model.noise.map { $0.squareRoot() }, [model.size])
  }

  public var prior: any Distribution { Normal.standard(weights.shape[1], type: weights.type) }

  public func likelihood(given z: Tensor) -> any Distribution {
    let means = z.matmul(weights.transposed()) + mean
    return Normal(mean: means, standardDeviation: deviation)
  }
}
