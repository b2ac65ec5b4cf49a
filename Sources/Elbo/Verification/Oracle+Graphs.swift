import ClassicalModels
import Datasets
import Distributions
import Glibc
import Inference
import LinearAlgebra
import Tensors

// What devices compute: divergences, gradients, changes of variable, and bounds that draws make.
extension Oracle {
  private static func tensor(_ values: [Double], _ type: ElementType, shape: Shape? = nil) -> Tensor {
    Tensor(values, shape: shape).cast(to: type)
  }

  static let distributions: [Oracle] = [
    .graph("KL of exponentials of rates 3 and 0.5", log(6) + 0.5 / 3 - 1) { type in
      let q = Exponential(rate: tensor([3], type))
      return (q.klDivergence(from: Exponential(rate: tensor([0.5], type))) ?? .full(.nan, [], type: type)).sum()
    },
    .graph(
      "KL of a diagonal normal from the standard one",
      0.5 * (0.25 + 0.64 - 1 - log(0.64) + 4 + 2.25 - 1 - log(2.25))
    ) { type in
      Normal(mean: tensor([0.5, -2], type), standardDeviation: tensor([0.8, 1.5], type))
        .klDivergence(from: Normal.standard(2, type: type))
    },
    // z = -log(U)/λ, so dz/dλ = -z/λ: over twice the draws' mean, which stands for E[z] = 1/λ, it is -1/λ² at λ = 2
    // whatever was drawn.
    .graph("slope of E[z] by the rate 2, z exponential, by its draws", -0.25, within: 1e-12) { type in
      let rate = tensor([2.0], type)
      let draws = Exponential(rate: rate.broadcast(to: [1000]), eventRank: 0).draw(RandomKey(seed: 1)).value
      let slope = gradient(of: draws.mean(), withRespectTo: rate).sum()
      return slope / (draws.mean() * 2)
    },
    // Uniform on [0, 2] and squared: the density of z = 2.25 by |dx/dz| / a.
    .graph("density of z = x² at 2.25, x uniform on [0, 2]", 1 / (2 * 2 * 1.5)) { type in
      let z = tensor([2.25], type)
      let x = z.sqrt()
      return (gradient(of: x.sum(), withRespectTo: z).abs() * 0.5).sum()
    },
  ]

  /// Iris and its principal components as tensors, and the exact posterior by its Cholesky factor.
  private static func decodedIris(
    _ type: ElementType
  ) throws -> (model: LinearDecoder, posterior: MultivariateNormal, x: Tensor) {
    let data = Table.iris.dataSet.dataMatrix()
    let model = try LinearGaussianModel.principalComponents(2, of: data)
    let posterior = try model.inferred(from: data).posterior
    let factor = try Cholesky(posterior.groups[0].covariance).factor
    return (
      LinearDecoder(model, type: type),
      MultivariateNormal(
        mean: tensor(posterior.means.elements, type, shape: [150, 2]),
        factor: tensor(factor.elements, type, shape: [1, 2, 2]).broadcast(to: [150, 2, 2])),
      tensor(data.values.elements, type, shape: [150, 4])
    )
  }

  /// At the exact posterior log p(x, z) - log q(z|x) is log p(x) whatever was drawn: by the bound that trains a variational
  /// autoencoder, and by importance weights.
  static let linearGaussianBounds: [Oracle] = [
    .graph("iris PPCA: ELBO by draws of the exact posterior", -404.962_780_156_1, within: 1e-9, scale: 1000) { type in
      let (model, posterior, x) = try decodedIris(type)
      return elbo(model, posterior.drawn(RandomKey(seed: 1), divergence: .sampled), x).value.sum()
    },
    .graph("iris PPCA: importance-weighted bound of 8 draws", -404.962_780_156_1, within: 1e-9, scale: 1000) { type in
      let (model, posterior, x) = try decodedIris(type)
      let objective = Objective(.importanceWeighted, samples: 8)
      return objective.estimate(model, posterior, x, noise: RandomKey(seed: 2)).objective.sum()
    },
  ]
}
