import CVectorLoops
import Foundation
import Graphs
import TestSupport
import Testing

/// The loops themselves, at every level that this processor has: against the C library in twice the precision or more,
/// and against one another.
@Suite("Vector loops")
struct VectorLoopTests {
  static var levels: [UnsafePointer<elbo_loops>] { (0..<3).compactMap { elbo_loops_at(Int32($0)) } }

  /// Stated errors in ulp: (float32, float64).
  static let stated: [UnaryOp: (Double, Double)] = [
    .exp: (1.1, 1.1), .log: (1, 1), .log1p: (2, 2), .expm1: (2, 2), .sin: (2, 2), .cos: (2, 2), .tanh: (3, 3),
    .sigmoid: (3, 3), .softplus: (3, 3), .erf: (3, 3), .sqrt: (0.5, 0.5), .reciprocal: (0.5, 0.5),
  ]

  private static func exact(_ op: UnaryOp, _ x: Float80) -> Float80? {
    switch op {
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .log1p: Foundation.log1p(x)
    case .expm1: Foundation.expm1(x)
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: x < 0 ? Foundation.exp(x) / (1 + Foundation.exp(x)) : 1 / (1 + Foundation.exp(-x))
    case .softplus: max(x, 0) + Foundation.log1p(Foundation.exp(-abs(x)))
    case .erf: Foundation.erf(x)
    case .sqrt: x.squareRoot()
    case .reciprocal: 1 / x
    default: nil
    }
  }

  private func apply<T: BitwiseCopyable>(_ loop: elbo_loop, _ x: [T], to zero: T) -> [T] {
    var result = [T](repeating: zero, count: x.count)
    loop(&result, x, x, x, Int64(x.count), 0)
    return result
  }

  /// Every 20,011th float32, and edges.
  private static let floats: [Float] =
    stride(from: UInt32(0), to: .max - 20_011, by: 20_011).map { Float(bitPattern: $0) }.filter { $0.isFinite }
    + edges.map(Float.init)
  private static let edges: [Double] = [
    0, -0.0, 1, -1, 0.5, .infinity, -.infinity, .nan, 1e-45, -1e-45, 1e-40, 88.7, 88.8, -87.4, -103.9, -104.1, 709.7,
    709.8, -708.5, -745, -745.2, 16, 1e-8, -1e-8, 0.4142135, -0.29289323, 3.9192059, 3.4028e38, -3.4028e38,
  ]
  private static let doubles: [Double] = {
    var generator = SplitMix(seed: 1)
    let bits = (0..<60_000).map { _ in Double(bitPattern: generator.next()) }.filter { !$0.isNaN }
    return bits + generator.uniform(30_000, in: -3..<3) + (0..<30_000).map { _ in generator.uniform(-750..<720) }
      + edges
  }()

  @Test("functions of float32 are as exact as stated", arguments: Array(stated.keys))
  func float32(op: UnaryOp) throws {
    let loop = try #require(elbo_unary_loop(Self.levels[0], Int32(op.rawValue), 0))
    var worst = (ulps: 0.0, at: Float(0))
    for (x, y) in zip(Self.floats, apply(loop, Self.floats, to: 0)) {
      guard op != .sin && op != .cos || abs(x) <= 1e5 || !x.isFinite else {
        #expect(abs(y) <= 1)
        continue
      }
      guard let exact = Self.exact(op, Float80(x)) else { continue }
      let expected = Float(exact)
      if expected.isNaN {
        #expect(y.isNaN, "\(op)(\(x)) is \(y)")
      } else if expected.isInfinite {
        #expect(y == expected, "\(op)(\(x)) is \(y)")
      } else {
        let ulps = Double(abs(Float80(y) - exact) / Float80(expected.ulp))
        if !(ulps <= worst.ulps) { worst = (ulps, x) }
      }
    }
    #expect(worst.ulps <= Self.stated[op]!.0, "\(worst.ulps) ulp at \(worst.at)")
  }

  @Test("functions of float64 are as exact as stated", arguments: Array(stated.keys))
  func float64(op: UnaryOp) throws {
    let loop = try #require(elbo_unary_loop(Self.levels[0], Int32(op.rawValue), 1))
    var worst = (ulps: 0.0, at: 0.0)
    for (x, y) in zip(Self.doubles, apply(loop, Self.doubles, to: 0)) {
      guard op != .sin && op != .cos || abs(x) <= 1e9 || !x.isFinite else {
        #expect(abs(y) <= 1)
        continue
      }
      guard let exact = Self.exact(op, Float80(x)) else { continue }
      let expected = Double(exact)
      if expected.isNaN {
        #expect(y.isNaN, "\(op)(\(x)) is \(y)")
      } else if expected.isInfinite {
        #expect(y == expected, "\(op)(\(x)) is \(y)")
      } else {
        let ulps = Double(abs(Float80(y) - exact) / Float80(expected.ulp))
        if !(ulps <= worst.ulps) { worst = (ulps, x) }
      }
    }
    // The reference has 11 bits more, which sinl spends on large arguments.
    #expect(worst.ulps <= Self.stated[op]!.1 + 0.01, "\(worst.ulps) ulp at \(worst.at)")
  }

  @Test("powers are as exact as stated, and right at the edges")
  func powers() throws {
    var generator = SplitMix(seed: 2)
    let single = try #require(elbo_binary_loop(Self.levels[0], Int32(BinaryOp.power.rawValue), 0))
    let double = try #require(elbo_binary_loop(Self.levels[0], Int32(BinaryOp.power.rawValue), 1))
    let edges: [Double] = [0, -0.0, 1, -1, 2, -2, 3, 0.5, -0.5, .infinity, -.infinity, .nan, 16_777_216, 8_388_607.5]
    var pairs = edges.flatMap { x in edges.map { (x, $0) } }
    pairs += (0..<200_000).map { _ in (Foundation.exp(generator.uniform(-5..<5)), generator.uniform(-30..<30)) }
    pairs += (0..<200_000).map { _ in (generator.uniform(0.9..<1.1), generator.uniform(-800..<800)) }
    let x = pairs.map { Float($0.0) }
    let y = pairs.map { Float($0.1) }
    var found = [Float](repeating: 0, count: pairs.count)
    single(&found, x, y, y, Int64(pairs.count), 0)
    for i in pairs.indices {
      let exact = pow(Double(x[i]), Double(y[i]))
      let ulps = abs(Double(found[i]) - exact) / Double(Float(exact).ulp)
      let isSame = Float(exact) == found[i] && Float(exact).sign == found[i].sign || exact.isNaN && found[i].isNaN
      #expect(isSame || ulps <= 3, "pow(\(x[i]), \(y[i])) is \(found[i])")
    }
    let wideX = pairs.map(\.0)
    let wideY = pairs.map(\.1)
    var wideFound = [Double](repeating: 0, count: pairs.count)
    double(&wideFound, wideX, wideY, wideY, Int64(pairs.count), 0)
    for i in pairs.indices {
      let exact = pow(Float80(wideX[i]), Float80(wideY[i]))
      let ulps = abs(Float80(wideFound[i]) - exact) / Float80(Double(exact).ulp)
      let isSame = Double(exact) == wideFound[i] || exact.isNaN && wideFound[i].isNaN
      #expect(isSame || ulps <= 8, "pow(\(wideX[i]), \(wideY[i])) is \(wideFound[i])")
    }
  }

  @Test("remainders are fmod's")
  func remainders() throws {
    var generator = SplitMix(seed: 3)
    let loop = try #require(elbo_binary_loop(Self.levels[0], Int32(BinaryOp.remainder.rawValue), 0))
    let x = generator.uniform(100_000, in: -1e4..<1e4).map { Float($0) } + [0, 5, -5, .infinity, 1]
    let y = generator.uniform(100_000, in: -3..<3).map { Float($0) } + [1, .infinity, 5, 1, 0]
    var found = [Float](repeating: 0, count: x.count)
    loop(&found, x, y, y, Int64(x.count), 0)
    for i in x.indices {
      let expected = fmod(x[i], y[i])
      let isTooLong = abs(x[i] / y[i]) >= 0x1p24 && y[i] != 0 && x[i].isFinite
      #expect(isTooLong || found[i] == expected || found[i].isNaN && expected.isNaN, "\(x[i]) % \(y[i]) is \(found[i])")
    }
  }

  @Test("every level gives the same bits")
  func levels() throws {
    for level in Self.levels.dropFirst() {
      for op in UnaryOp.allCases {
        let pair = [Self.levels[0], level].map { elbo_unary_loop($0, Int32(op.rawValue), 0)! }
        let x = Array(Self.floats.prefix(60_000) + Self.floats.suffix(40))
        #expect(apply(pair[0], x, to: 0).map(\.bitPattern) == apply(pair[1], x, to: 0).map(\.bitPattern), "\(op)")
        let wide = [Self.levels[0], level].map { elbo_unary_loop($0, Int32(op.rawValue), 1)! }
        let y = Array(Self.doubles.prefix(20_000) + Self.doubles.suffix(30))
        #expect(apply(wide[0], y, to: 0).map(\.bitPattern) == apply(wide[1], y, to: 0).map(\.bitPattern), "\(op)")
      }
      var stream = elbo_stream(seed_low: 1, seed_high: 2, step: 3, stream: 4)
      let normals = [Self.levels[0], level].map { loops in
        var result = [Float](repeating: 0, count: 4099)
        loops.pointee.random.2.0!(&result, &stream, 7, 4099)
        return result
      }
      #expect(normals[0] == normals[1])
    }
  }
}
