/// The middle of repeated measurements and how far they spread.
public struct Quantiles: Hashable, Sendable, Codable {
  public var median: Double
  /// The value that a tenth of the measurements do not reach.
  public var p10: Double
  /// The value that a tenth of the measurements exceed.
  public var p90: Double

  /// Quantiles of at least one sample, between neighbours by straight lines.
  public init(_ samples: [Double]) {
    precondition(!samples.isEmpty, "no samples")
    let sorted = samples.sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
    median = quantile(0.5)
    p10 = quantile(0.1)
    p90 = quantile(0.9)
  }

  /// The same in another unit.
  public static func * (quantiles: Quantiles, factor: Double) -> Quantiles {
    var scaled = quantiles
    scaled.median *= factor
    scaled.p10 *= factor
    scaled.p90 *= factor
    return scaled
  }
}
