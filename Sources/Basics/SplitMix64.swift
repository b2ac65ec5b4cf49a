import Glibc

/// A small generator whose stream belongs to one datum, so that a datum does not depend on how many are drawn, or on
/// which thread draws it.
///
/// G. Steele, D. Lea, C. Flood, *Fast splittable pseudorandom number generators* (2014): a counter in steps of the
/// golden ratio, scrambled. Written out here, since drawn data must be the same with every version of Swift.
package struct SplitMix64: Sendable {
  private var state: UInt64

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  package init(state: UInt64) { self.state = state }

  /// The generator of one datum of one stream.
  package init(seed: UInt64, stream: UInt64, index: Int) {
    state = Self.mixed(Self.mixed(Self.mixed(seed &+ Self.step) ^ stream) &+ UInt64(index) &* Self.step)
  }

  package mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mixed(state)
  }

  /// A number from 0 to `bound` - 1. The bias is below `bound` in 2^64.
  package mutating func next(below bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  /// Uniform on the open interval (0, 1).
  package mutating func uniform() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }

  /// Standard normal, by the first of Box and Muller's pair.
  package mutating func normal() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// A place by its weight; weights are at least 0 and not all 0.
  package mutating func index(weights: some RandomAccessCollection<Double>) -> Int {
    var rest = uniform() * weights.reduce(0, +)
    for (place, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 && weight > 0 { return place }
    }
    // Rounding leaves the last that has a weight.
    return weights.enumerated().reduce(0) { $1.element > 0 ? $1.offset : $0 }
  }

  /// The scrambler: every bit of the result depends on every bit of the argument.
  package static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
