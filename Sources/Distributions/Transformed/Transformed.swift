import Tensors

/// The distribution of y = f(x), x drawn from another one:
///
/// ```
/// log p(y) = log p(x) - log |det ∂f/∂x|,     x = f⁻¹(y)
/// ```
///
/// ```swift
/// Transformed(Normal(mean: m, logVariance: v), by: ElementwiseBijector.sigmoid)     // a logit-normal one
/// ```
public struct Transformed: ReparameterizedDistribution {
  public let base: any ReparameterizedDistribution
  public let bijector: any Bijector
  /// The number of dimensions of an event, which is the base's.
  public let eventRank: Int

  /// Traps where the base draws values that the map does not take.
  public init(_ base: any ReparameterizedDistribution, by bijector: any Bijector, eventRank: Int = 1) {
    guard base.support.isSubset(of: bijector.domain) else {
      fatalError("[transformed] a map of \(bijector.domain) and values of \(base.support)")
    }
    (self.base, self.bijector, self.eventRank) = (base, bijector, eventRank)
  }

  public var support: Support { bijector.range }

  /// f of the base's mean, which stands for the expectation: f of the base's median where that is its mean and f rises.
  public var mean: Tensor { bijector(base.mean) }

  public func logProbability(of y: Tensor) -> Tensor {
    let x = bijector.inverse(of: y)
    return base.logProbability(of: x) - bijector.logDeterminant(at: x, eventRank: eventRank)
  }

  public func draw(_ noise: RandomKey) -> Draw {
    let draw = base.draw(noise)
    return Draw(
      value: bijector(draw.value),
      logProbability: draw.logProbability - bijector.logDeterminant(at: draw.value, eventRank: eventRank))
  }

  /// The bases' divergence where both go through the same function, which changes no divergence.
  public func klDivergence(from other: any Distribution) -> Tensor? {
    guard let other = other as? Transformed, let function = bijector as? ElementwiseBijector,
      function == other.bijector as? ElementwiseBijector
    else { return nil }
    return base.klDivergence(from: other.base)
  }

  public func repeated(_ count: Int) -> Transformed {
    Transformed(
      base.repeated(count), by: bijector.mappingParameters { $0.repeatedEvents(count, eventRank: $1) },
      eventRank: eventRank)
  }

  public func stoppingGradient() -> Transformed {
    Transformed(
      base.stoppingGradient(), by: bijector.mappingParameters { parameter, _ in parameter.stoppingGradient() },
      eventRank: eventRank)
  }
}
