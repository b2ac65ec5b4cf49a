/// A small seeded generator for test data, SplitMix64 (Steele, Lea and Flood, 2014): independent of the randomness
/// under test, and the same on every machine.
public struct SplitMix: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform on the half-open range.
  public mutating func uniform(_ range: Range<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(next() >> 11) * 0x1p-53
  }

  /// `count` numbers, uniform on a range, each exactly a float32: then float32 and float64 see the same data.
  public mutating func uniform(_ count: Int, in range: Range<Double>) -> [Double] {
    (0..<count).map { _ in Double(Float(uniform(range))) }
  }

  /// `count` numbers of about unit size with either sign, none nearer to 0 than `gap`.
  public mutating func signed(_ count: Int, gap: Double = 0) -> [Double] {
    uniform(count, in: gap..<gap + 2).map { next() & 1 == 0 ? $0 : -$0 }
  }

  /// `count` whole numbers of a range.
  public mutating func integers(_ count: Int, in range: ClosedRange<Int>) -> [Double] {
    (0..<count).map { _ in Double(Int.random(in: range, using: &self)) }
  }

  /// One of the given values.
  public mutating func pick<T>(_ values: [T]) -> T { values[Int(next() % UInt64(values.count))] }
}
