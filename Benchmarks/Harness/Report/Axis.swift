import Glibc

/// A logarithmic axis: positive values to places on paper.
struct Axis {
  private let low: Double
  private let high: Double
  private let start: Double
  private let end: Double

  /// An axis that all values lie on.
  ///
  /// - Parameter wide: whether it begins and ends at powers of ten.
  init(_ values: [Double], from start: Double, to end: Double, wide: Bool) {
    let least = log10(max(values.min() ?? 1, .leastNormalMagnitude))
    let most = log10(max(values.max() ?? 1, .leastNormalMagnitude))
    low = wide ? least.rounded(.down) : least
    high = max(wide ? most.rounded(.up) : most, low + 1e-9)
    self.start = start
    self.end = end
  }

  func callAsFunction(_ value: Double) -> Double { start + (log10(value) - low) / (high - low) * (end - start) }

  /// The powers of ten on the axis.
  var decades: [Double] {
    let first = low.rounded(.up)
    return stride(from: first, through: high + 1e-9, by: 1).map { pow(10, $0) }
  }
}
