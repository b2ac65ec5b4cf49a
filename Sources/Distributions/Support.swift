/// Where a distribution's density is not 0, element by element.
public enum Support: Hashable, Sendable {
  case realNumbers
  /// (0, ∞).
  case positiveNumbers
  /// [0, 1].
  case unitInterval
  /// All numbers from the first to the second.
  case interval(Double, Double)
  /// 0, 1, 2, ...
  case naturalNumbers
  /// Whole numbers from the first to the last.
  case integers(ClosedRange<Int>)
  /// So many numbers at equal distances from 0 to 1: what bytes are, scaled, with 256.
  case levels(Int)

  /// Whether a number lies here.
  public func contains(_ x: Double) -> Bool {
    switch self {
    case .realNumbers: x.isFinite
    case .positiveNumbers: x > 0 && x.isFinite
    case .unitInterval: x >= 0 && x <= 1
    case .interval(let low, let high): x >= low && x <= high
    case .naturalNumbers: x >= 0 && x.isFinite && x == x.rounded()
    case .integers(let range): x >= Double(range.lowerBound) && x <= Double(range.upperBound) && x == x.rounded()
    // A level is rarely a number of the machine.
    case .levels(let count): x >= 0 && x <= 1 && abs((x * Double(count - 1)).remainder(dividingBy: 1)) < 1e-3
    }
  }

  /// Whether everything here lies in another support as well: what is drawn here has a density there.
  public func isSubset(of other: Support) -> Bool {
    switch (self, other) {
    case (_, .realNumbers): true
    case (.integers(let a), .integers(let b)): b.contains(a.lowerBound) && b.contains(a.upperBound)
    case (.integers(let a), .naturalNumbers): a.lowerBound >= 0
    case (.integers(let a), .positiveNumbers): a.lowerBound > 0
    case (.integers(let a), .unitInterval): a.lowerBound >= 0 && a.upperBound <= 1
    case (.integers(let a), .levels): a.lowerBound >= 0 && a.upperBound <= 1
    case (.levels, .unitInterval): true
    default: self == other
    }
  }

  /// Holds data against the support.
  ///
  /// - Parameter start: the place of the first number among the data's elements.
  /// - Throws: `SupportError` at the first number that does not lie here.
  public func validate(
    _ data: some Sequence<Double>, from start: Int = 0, for distribution: String
  ) throws(SupportError) {
    for (index, value) in data.enumerated() where !contains(value) {
      throw SupportError(value: value, index: start + index, support: self, distribution: distribution)
    }
  }
}

extension Support: CustomStringConvertible {
  public var description: String {
    switch self {
    case .realNumbers: "the finite numbers"
    case .positiveNumbers: "the positive numbers"
    case .unitInterval: "[0, 1]"
    case .interval(let low, let high): "[\(low), \(high)]"
    case .naturalNumbers: "the whole numbers from 0 on"
    case .integers(let range): "the whole numbers from \(range.lowerBound) to \(range.upperBound)"
    case .levels(let count): "the \(count) levels 0, 1/\(count - 1), ... 1"
    }
  }
}

/// Data to which a distribution gives no probability.
public struct SupportError: Error, Hashable, CustomStringConvertible {
  public let value: Double
  /// The place among the data's elements.
  public let index: Int
  public let support: Support
  public let distribution: String

  public var description: String {
    "element \(index) of the data is \(value), but a \(distribution) likelihood takes \(support); "
      + "scale the data or choose another likelihood"
  }
}
