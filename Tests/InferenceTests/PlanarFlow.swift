import Distributions
import Tensors

/// A normal posterior bent by planar flows, f(z) = z + u tanh(w'z + b) (Rezende and Mohamed, 2015, equation 10): a
/// posterior without a closed divergence, whose density is known at its own samples only.
struct PlanarFlow: ReparameterizedDistribution {
  struct Plane: Sendable {
    /// (latent,), (latent,), (1,).
    var u, w, b: Tensor
  }

  var base: Normal
  var planes: [Plane]

  var support: Support { .realNumbers }

  /// What the planes make of the base's mean.
  var mean: Tensor { bent(base.mean).value }

  func logProbability(of x: Tensor) -> Tensor { fatalError("[planar flow] has no inverse in closed form") }

  func draw(_ noise: RandomKey) -> Draw {
    let start = base.draw(noise)
    let end = bent(start.value)
    return Draw(value: end.value, logProbability: start.logProbability - end.logDeterminant)
  }

  func repeated(_ count: Int) -> PlanarFlow { PlanarFlow(base: base.repeated(count), planes: planes) }

  func stoppingGradient() -> PlanarFlow {
    let planes = planes.map {
      Plane(u: $0.u.stoppingGradient(), w: $0.w.stoppingGradient(), b: $0.b.stoppingGradient())
    }
    return PlanarFlow(base: base.stoppingGradient(), planes: planes)
  }

  /// z through all planes, and log |det ∂f/∂z|.
  private func bent(_ start: Tensor) -> (value: Tensor, logDeterminant: Tensor) {
    var z = start
    var logDeterminant = Tensor.zeros([1], type: start.type)
    for plane in planes {
      let h = ((z * plane.w).sum(axis: -1, keepingDimensions: true) + plane.b).tanh()
      let slope = (1 - h.squared()) * plane.u.dot(plane.w)
      logDeterminant = logDeterminant + (slope + 1).abs().log().squeezed(axis: -1)
      z = z + plane.u * h
    }
    return (z, logDeterminant)
  }
}
