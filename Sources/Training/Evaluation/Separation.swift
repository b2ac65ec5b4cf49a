/// How well log p(x) tells a model's own data from others.
public struct Separation: Codable, Hashable, Sendable {
  /// The other data.
  public var data: String
  public var count: Int
  /// Of the other data, nats per datum.
  public var logLikelihood: Double
  /// The probability that one of the model's own data has the larger log p(x), half where both are equal: the area under
  /// the receiver operating characteristic.
  public var auroc: Double

  /// From log p(x) of each datum of both sets.
  public init(own: [Double], others: [Double], named name: String) {
    data = name
    count = others.count
    logLikelihood = others.reduce(0, +) / Double(others.count)
    auroc = Self.auroc(own, others)
  }

  /// By ranks (Mann and Whitney, 1947): over all pairs, how often the first is larger.
  static func auroc(_ first: [Double], _ second: [Double]) -> Double {
    let sorted = second.sorted()
    /// How many of the second are below a bound, or at it too.
    func count(_ isBefore: (Double) -> Bool) -> Int {
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if isBefore(sorted[middle]) { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let wins = first.reduce(0.0) { wins, value in wins + Double(count { $0 < value } + count { $0 <= value }) / 2 }
    return wins / (Double(first.count) * Double(second.count))
  }
}
