import Tensors

/// log Γ(r + x) - log Γ(r) for r > 0 and x ≥ 0, elementwise.
///
/// The difference of the two logarithms loses all digits where r is large against x, so that from r = 16 on Stirling's
/// series (Abramowitz and Stegun, Handbook of mathematical functions, 6.1.40) is subtracted term by term:
///
/// ```
/// (r - 1/2) log(1 + x/r) + x (log(r + x) - 1) + S(r + x) - S(r),     S(r) = 1/(12 r) - 1/(360 r³) + 1/(1260 r⁵) - ...
/// ```
func logRisingFactorial(_ r: Tensor, _ x: Tensor) -> Tensor {
  let (small, large) = (minimum(r, leastOfSeries), maximum(r, leastOfSeries))
  let sum = large + x
  let series = (large - 0.5) * (x / large).log1p() + x * (sum.log() - 1) + stirling(sum) - stirling(large)
  return select(r .< leastOfSeries, (small + x).logGamma() - small.logGamma(), series)
}

/// Four terms of the series are exact to 1e-14 from here on.
private let leastOfSeries = 16.0

private func stirling(_ r: Tensor) -> Tensor {
  let reciprocal = r.reciprocal()
  let square = reciprocal.squared()
  return reciprocal * (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1260.0 - square * (1 / 1680.0))))
}
