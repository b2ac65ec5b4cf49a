import Tensors

/// A distribution of which some elements of an event are not looked at: their factors are left out of its density.
///
/// ```
/// log p(x) = Σ oᵢ log p(xᵢ)
/// ```
public struct Masked: Distribution {
  public let base: any FactorizedDistribution
  /// o: 1 where an element counts, else 0; it broadcasts with the elements.
  public let observed: Tensor

  /// The elements of a distribution whose dimensions are independent.
  public init(_ base: any FactorizedDistribution, observed: Tensor) {
    (self.base, self.observed) = (base, observed)
  }

  public var support: Support { base.support }
  public var mean: Tensor { base.mean }

  public func logProbability(of x: Tensor) -> Tensor {
    (base.elementLogProbability(of: x) * observed).summedOverEvent(base.eventRank)
  }

  /// Of all elements, whether or not they count.
  public func sample(_ noise: RandomKey) -> Tensor { base.sample(noise) }

  public func repeated(_ count: Int) -> Masked {
    let shape = base.mean.shape.broadcast(with: observed.shape) ?? base.mean.shape
    return Masked(
      base.repeated(count), observed: observed.broadcast(to: shape).repeatedEvents(count, eventRank: base.eventRank))
  }
}
