import Distributions
import Inference
import TensorTestSupport
import Tensors

/// x|z ~ N(w z, s²), z ~ N(0, 1) and q(z|x) = N(m, v), with parameters of their own for each of many rows, so that one
/// gradient gives many independent estimates of itself.
struct Line: LatentVariableModel {
  static let deviation = 0.75

  let x: Tensor
  /// (rows, 1) each.
  let slope: Tensor
  let mean: Tensor
  let logVariance: Tensor

  init(
    rows: Int, x: Double = 1.3, slope: Double = 1.5, mean: Double = 0.3, logVariance: Double = -0.8,
    type: ElementType = .float64
  ) {
    func column(_ value: Double) -> Tensor {
      let values = [Double](repeating: value, count: rows)
      return type == .float64 ? Tensor(values, shape: [rows, 1]) : Tensor(values.map(Float.init), shape: [rows, 1])
    }
    (self.x, self.slope) = (column(x), column(slope))
    (self.mean, self.logVariance) = (column(mean), column(logVariance))
  }

  /// With the exact posterior.
  init(exactRows rows: Int, x: Double = 1.3, slope: Double = 1.5) {
    let variance = slope * slope + Self.deviation * Self.deviation
    self.init(
      rows: rows, x: x, slope: slope, mean: x * slope / variance,
      logVariance: 2 * logarithm(Self.deviation / variance.squareRoot()))
  }

  var parameters: [Tensor] { [mean, logVariance, slope] }
  var posterior: Normal { Normal(mean: mean, logVariance: logVariance) }
  var prior: any Distribution { Normal.standard(1, type: x.type) }

  func likelihood(given z: Tensor) -> any Distribution {
    Normal(
      mean: z * (z.rank == 3 ? slope.expandedDimensions(at: 1) : slope), standardDeviation: Self.deviation)
  }

  /// log p(x) = log N(x; 0, w² + s²): (rows).
  var evidence: Tensor {
    let variance = slope.squared() + Self.deviation * Self.deviation
    return Normal(mean: .zeros(like: x), logVariance: variance.log()).logProbability(of: x)
  }

  /// The evidence lower bound in closed form: (rows).
  var exactELBO: Tensor {
    let variance = Self.deviation * Self.deviation
    let spread = (x - slope * mean).squared() + slope.squared() * logVariance.exp()
    let reconstruction = spread * (-0.5 / variance) - 0.5 * logarithm(2 * Double.pi * variance)
    return reconstruction.squeezed(axis: 1) - posterior.klDivergence(from: Normal.standard(1, type: x.type))
  }

  /// An objective's estimate at all rows.
  func estimate(_ objective: Objective, seed: UInt64 = 1, finishedSteps: Tensor? = nil) -> Estimate {
    objective.estimate(
      self, posterior, x, noise: RandomKey(seed: seed, domain: .training), finishedSteps: finishedSteps)
  }

  /// What each row's estimate gives for the gradient of the objective by m, v and w.
  func gradients(of objective: Objective, seed: UInt64 = 1) throws -> [[Double]] {
    try interpreted(gradientTensors(of: objective, seed: seed))
  }

  func gradientTensors(of objective: Objective, seed: UInt64 = 1) -> [Tensor] {
    let loss = estimate(objective, seed: seed).loss
    let rows = Double(x.shape[0])
    return Tensors.gradients(of: loss, withRespectTo: parameters).map { $0 * -rows }
  }
}
