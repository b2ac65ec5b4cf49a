import Graphs

extension Tensor {
  /// log Γ(x) for x > 0.
  ///
  /// Stirling's series at a number large enough for it, reached by Γ(x + 1) = x Γ(x). Composed of other ops, so that its
  /// gradient is the digamma function ψ and the next the trigamma function ψ', on every device. The error is below
  /// 1e-6 in float32 and 1e-14 in float64, times the larger of 1 and |log Γ(x)|.
  public func logGamma() -> Tensor {
    // How far the argument is moved: what the series leaves out is below the type's rounding there.
    let shifts = type == .float64 ? 8 : 4
    let isSmall = self .< Double(shifts)
    // Of small numbers only, so that no large one overflows where it does not count.
    let small = minimum(self, Double(shifts))
    let product = (1..<shifts).reduce(small) { $0 * (small + Double($1)) }
    let moved = select(isSmall, small + Double(shifts), self)
    let inverse = moved.reciprocal()
    let square = inverse.squared()
    let series = Self.stirling.reversed().reduce(Tensor.zeros(like: self)) { $0 * square + $1 }
    let halfLogTwoPi = 0.918_938_533_204_672_74
    let stirling = (moved - 0.5) * moved.log() - moved + halfLogTwoPi + series * inverse
    return stirling - select(isSmall, product.log(), 0)
  }

  /// ψ(x), the derivative of log Γ(x), for x > 0.
  ///
  /// The same series term by term; of constants too, which have no gradient.
  public func digamma() -> Tensor {
    let shifts = type == .float64 ? 8 : 4
    let isSmall = self .< Double(shifts)
    let small = minimum(self, Double(shifts))
    let inverses = (0..<shifts).reduce(Tensor.zeros(like: self)) { $0 + (small + Double($1)).reciprocal() }
    let moved = select(isSmall, small + Double(shifts), self)
    let inverse = moved.reciprocal()
    let square = inverse.squared()
    let slopes = Self.stirling.enumerated().map { $1 * Double(2 * $0 + 1) }
    let series = slopes.reversed().reduce(Tensor.zeros(like: self)) { $0 * square + $1 }
    return moved.log() - inverse * 0.5 - series * square - select(isSmall, inverses, 0)
  }

  /// B₂ₖ / (2k (2k - 1)) with Bernoulli's numbers, k = 1, 2, …
  private static let stirling: [Double] = [
    1 / 12.0, -1 / 360.0, 1 / 1260.0, -1 / 1680.0, 1 / 1188.0, -691 / 360_360.0, 1 / 156.0, -3617 / 122_400.0,
  ]
}
