import Distributions
import Tensors

/// f(z) = z + u tanh(w'z + b) (Rezende and Mohamed, 2015, equation 10): a map without an inverse in closed form, so that
/// a posterior bent by it knows its density at its own draws only.
struct PlanarFlow: Bijector {
  /// (latent,), (latent,), (1,).
  var u, w, b: Tensor

  private func bend(_ z: Tensor) -> Tensor { ((z * w).sum(axis: -1, keepingDimensions: true) + b).tanh() }

  func callAsFunction(_ z: Tensor) -> Tensor { z + u * bend(z) }

  func inverse(of y: Tensor) -> Tensor { fatalError("[planar flow] has no inverse in closed form") }

  func logDeterminant(at z: Tensor, eventRank: Int) -> Tensor {
    let slope = (1 - bend(z).squared()) * (u * w).sum(axis: -1, keepingDimensions: true)
    return (slope + 1).abs().log().squeezed(axis: -1)
  }

  func mappingParameters(_ transform: (Tensor, Int) -> Tensor) -> PlanarFlow {
    PlanarFlow(u: transform(u, 1), w: transform(w, 1), b: transform(b, 1))
  }
}
