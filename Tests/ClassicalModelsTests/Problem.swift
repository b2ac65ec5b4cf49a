import ClassicalModels
import LinearAlgebra

/// Small random problems, the same in every run.
struct Problem {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 }

  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    var mixed = state ^ (state >> 33)
    mixed = mixed &* 0xFF51_AFD7_ED55_8CCD
    mixed ^= mixed >> 33
    return (Double(mixed >> 12) + 0.5) / 0x1p52
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(uniform() * Double(range.count))
  }

  /// About normal: twelve uniform numbers.
  mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }

  mutating func matrix(_ rows: Int, _ columns: Int, scale: Double = 1) -> Matrix {
    var elements: [Double] = []
    for _ in 0..<rows * columns { elements.append(normal() * scale) }
    return Matrix(rows: rows, columns: columns, elements)
  }

  mutating func covariance(_ size: Int) throws -> Matrix {
    try matrix(size + 1, size).gram() + Matrix.identity(size) * 0.3
  }

  /// Points around a few centers.
  mutating func clusters(_ count: Int, _ size: Int, around centers: Int) -> Matrix {
    let places = matrix(centers, size, scale: 2.5)
    var elements: [Double] = []
    for _ in 0..<count {
      let center = integer(0...centers - 1)
      for column in 0..<size { elements.append(places[center, column] + normal()) }
    }
    return Matrix(rows: count, columns: size, elements)
  }
}

/// Whether two numbers agree to so many parts of the larger.
func agree(_ a: Double, _ b: Double, _ relative: Double = 1e-9) -> Bool {
  abs(a - b) <= relative * max(1, abs(a), abs(b))
}
