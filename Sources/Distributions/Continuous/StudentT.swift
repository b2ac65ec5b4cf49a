import Glibc
import Tensors

/// Independent Student's t distributions of location μ, scale s and ν degrees of freedom, one for each element: normal
/// ones with heavier tails, the heavier the smaller ν is.
///
/// ```
/// log p(x) = log Γ((ν + 1)/2) - log Γ(ν/2) - log(ν π)/2 - log s - (ν + 1)/2 log(1 + ((x - μ)/s)²/ν)
/// ```
public struct StudentT: FactorizedDistribution, ReparameterizedDistribution {
  /// μ: (batch..., event...): the mean where ν > 1, and the median always.
  public let mean: Tensor
  /// s > 0: (batch..., event...).
  public let scale: Tensor
  /// ν > 0: (batch..., event...).
  public let degreesOfFreedom: Tensor
  public let eventRank: Int

  /// By location, scale and degrees of freedom; the three are broadcast.
  public init(mean: Tensor, scale: Tensor, degreesOfFreedom: Tensor, eventRank: Int = 1) {
    let aligned = Tensor.aligned([mean, scale, degreesOfFreedom], eventRank: eventRank, "student t")
    (self.mean, self.scale, self.degreesOfFreedom) = (aligned[0], aligned[1], aligned[2])
    self.eventRank = eventRank
  }

  public var support: Support { .realNumbers }

  public func elementLogProbability(of x: Tensor) -> Tensor {
    let half = (degreesOfFreedom + 1) * 0.5
    let constant = half.logGamma() - (degreesOfFreedom * 0.5).logGamma() - (degreesOfFreedom * Double.pi).log() * 0.5
    return constant - scale.log() - half * (((x - mean) / scale).squared() / degreesOfFreedom).log1p()
  }

  /// z = μ + s √(ν (U^(-2/ν) - 1)) cos(2π V) with U and V uniform (Bailey, Polar generation of random variates with the
  /// t-distribution, Mathematics of Computation, 1994).
  public func draw(_ noise: RandomKey) -> Draw {
    let (shape, type) = (mean.shape, mean.type)
    let power = (noise.uniform(shape, type: type).log() * -2 / degreesOfFreedom).expm1()
    let angle = noise.uniform(shape, type: type) * (2 * Double.pi)
    let value = mean + scale * (degreesOfFreedom * power).sqrt() * angle.cos()
    return Draw(value: value, logProbability: logProbability(of: value))
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> StudentT {
    StudentT(
      mean: transform(mean), scale: transform(scale), degreesOfFreedom: transform(degreesOfFreedom),
      eventRank: eventRank)
  }
}
