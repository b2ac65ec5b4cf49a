import Graphs

/// What a comparison with a reference found; reads as a failure where it is one.
public struct Comparison: Sendable, CustomStringConvertible {
  struct Difference: Sendable {
    var index: Int
    var expected: Double
    var found: Double
    var tolerance: Double
    var ulps: Double
  }

  var count: Int
  var differences: [Difference] = []
  var uncheckedCount = 0
  var countsDiffer: Int?

  /// Every element lies within its tolerance, and nine of ten have one.
  public var isClose: Bool { countsDiffer == nil && differences.isEmpty && uncheckedCount * 10 <= count }

  public var description: String {
    if let found = countsDiffer { return "\(found) elements where \(count) were expected" }
    if uncheckedCount * 10 > count { return "\(uncheckedCount) of \(count) elements cannot be checked" }
    guard !differences.isEmpty else { return "\(count) elements agree" }
    let worst = differences.sorted { $0.ulps > $1.ulps }.prefix(4).map {
      "[\($0.index)] expected \($0.expected), found \($0.found): \($0.ulps) ulp off, where \($0.tolerance) is allowed"
    }
    return "\(differences.count) of \(count) elements differ, worst: " + worst.joined(separator: "; ")
  }
}

/// Compares a device's elements with a reference and its error analysis. Integers must be equal.
public func compare(_ found: [Double], _ reference: Reference) -> Comparison {
  // The reference of float64 is itself computed in float64, with the same rounding.
  let factor = reference.type == .float64 ? 2.0 : 1.0
  return compare(found, reference.values, reference.type) { factor * reference.errors[$0] }
}

/// Compares elements with expected ones to `ulps` units in the last place of `type`, each at its magnitude: that of
/// the expected element, or, where larger quantities were combined (a sum, a difference), the magnitude given for it.
///
/// For a sum the magnitude is the sum of the terms' absolute values, and `ulps` the depth of the sum: the logarithm of
/// its length where it is summed in blocks, the square root where it is one running sum of terms of either sign.
public func isClose(
  _ found: [Double], _ expected: [Double], _ type: ElementType, ulps: Double, magnitude: [Double]? = nil
) -> Comparison {
  compare(found, expected, type) { ulps * type.unitInLastPlace(at: max(abs(expected[$0]), magnitude?[$0] ?? 0)) }
}

private func compare(
  _ found: [Double], _ expected: [Double], _ type: ElementType, tolerance: (Int) -> Double
) -> Comparison {
  var result = Comparison(count: expected.count)
  guard found.count == expected.count else {
    result.countsDiffer = found.count
    return result
  }
  for (index, (found, expected)) in zip(found, expected).enumerated() {
    let tolerance = tolerance(index)
    if tolerance == .infinity { result.uncheckedCount += 1 }
    if isAllowed(found, expected, type, tolerance) { continue }
    let unit = type.isFloatingPoint ? type.unitInLastPlace(at: abs(expected)) : 1
    result.differences.append(
      .init(index: index, expected: expected, found: found, tolerance: tolerance, ulps: abs(found - expected) / unit))
  }
  return result
}

private func isAllowed(_ found: Double, _ expected: Double, _ type: ElementType, _ tolerance: Double) -> Bool {
  if expected.isNaN { return found.isNaN }
  if found == expected || tolerance == .infinity { return true }
  // What float32 cannot hold is infinite there.
  if type == .float32, found.isInfinite, found.sign == expected.sign {
    return abs(expected) + tolerance >= Double(Float.greatestFiniteMagnitude)
  }
  return abs(found - expected) <= tolerance
}
