import Distributions
import Inference
import Tensors

/// x|z ~ N(w z, s²) and z ~ N(0, 1), one dimension each: everything about it is known in closed form.
struct LinearGaussian: LatentVariableModel {
  let slope: Double
  let deviation: Double

  var prior: any Distribution { Normal.standard(1, type: .float64) }

  func likelihood(given z: Tensor) -> any Distribution { Normal(mean: z * slope, standardDeviation: deviation) }

  private var evidenceVariance: Double { slope * slope + deviation * deviation }

  /// p(x) = N(0, w² + s²).
  var evidence: Normal {
    Normal(mean: Tensor([0.0]), standardDeviation: evidenceVariance.squareRoot())
  }

  /// p(z|x) = N(w x / (w² + s²), s² / (w² + s²)).
  func posterior(given x: Tensor) -> Normal {
    Normal(
      mean: x * (slope / evidenceVariance), standardDeviation: deviation / evidenceVariance.squareRoot())
  }
}
