import Tensors

/// Independent logistic distributions rounded to levels 0, 1/(n - 1), … 1, one for each element (Kingma et al.,
/// Improved variational inference with inverse autoregressive flow, NeurIPS 2016, with the open ends of Salimans et al.,
/// PixelCNN++, ICLR 2017).
///
/// ```
/// p(x) = σ((x + h - μ) / s) - σ((x - h - μ) / s),     h = 1 / (2 (n - 1))
/// ```
///
/// where the lowest level has all that is below it too, and the highest all that is above.
public struct DiscretizedLogistic: FactorizedDistribution {
  /// μ: (batch..., event...). It stands for the mean in reconstructions, cut to [0, 1].
  public let location: Tensor
  /// s > 0: (batch..., event...).
  public let scale: Tensor
  public let levelCount: Int
  public let eventRank: Int

  /// By location and scale; the two are broadcast.
  public init(location: Tensor, scale: Tensor, levelCount: Int = 256, eventRank: Int = 1) {
    guard levelCount > 1 else { fatalError("[discretized logistic] \(levelCount) levels") }
    let aligned = Tensor.aligned([location, scale], eventRank: eventRank, "discretized logistic")
    (self.location, self.scale, self.levelCount, self.eventRank) = (aligned[0], aligned[1], levelCount, eventRank)
  }

  public var support: Support { .levels(levelCount) }

  public var mean: Tensor { location.clamped(to: 0...1) }

  /// With a and b the upper and the lower argument, σ(a) - σ(b) = σ(a) σ(-b) (1 - exp(b - a)): no two numbers that
  /// are nearly the same are subtracted. Levels are counted, so that neighbours share their edge to the bit and the
  /// probabilities sum to 1 also where a level's fraction is rounded by more than the scale.
  public func elementLogProbability(of x: Tensor) -> Tensor {
    let steps = Double(levelCount - 1)
    let level = (x * steps + 0.5).floor()
    let (center, width) = (location * steps, scale * steps)
    let above = ((level + 0.5 - center) / width).logSigmoid()
    let below = ((center - (level - 0.5)) / width).logSigmoid()
    let between = above + below + (-(-width.reciprocal()).expm1()).log()
    return select(level .< 0.5, above, select(level .> steps - 0.5, below, between))
  }

  /// A logistic number, μ + s log(U / (1 - U)), at the nearest level.
  public func sample(_ noise: RandomKey) -> Tensor {
    let uniform = noise.uniform(location.shape, type: location.type)
    let value = location + scale * (uniform.log() - (-uniform).log1p())
    let steps = Double(levelCount - 1)
    return (value.clamped(to: 0...1) * steps + 0.5).floor() / steps
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> DiscretizedLogistic {
    DiscretizedLogistic(
      location: transform(location), scale: transform(scale), levelCount: levelCount, eventRank: eventRank)
  }
}
