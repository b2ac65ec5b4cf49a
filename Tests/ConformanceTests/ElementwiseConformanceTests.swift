import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// Every elementwise op over every type that takes it, over the range in which models use it and at its edges.
@Suite struct ElementwiseConformanceTests {
  static let integers: [ElementType] = [.int32, .uint32, .uint8]
  /// One element, odd counts, a vector loop's remainder, rows and columns.
  static let shapes: [Shape] = [[], [1], [7], [1027], [33, 65], [3, 1, 5, 2]]

  @Test(arguments: Backends.available, ElementType.allCases)
  func unary(backend: NamedBackend, type: ElementType) {
    var computation = Computation()
    for op in UnaryOp.allCases {
      guard (try? Graph.result(of: .unary(op), shapes: [[1]], types: [type])) != nil else { continue }
      for shape in Self.shapes {
        let count = shape.elementCount
        let values =
          type.isFloatingPoint
          ? Self.points(of: op, count, &computation.random)
          : computation.random.integers(count, in: type == .int32 ? -1000...1000 : 0...200)
        let x = computation.source(shape, values, type)
        computation.output(computation.unary(op, x), "\(op) \(shape)")
      }
    }
    expectConformance(computation, on: backend, plannings: [.fused], "\(type)")
  }

  /// Points over a function's range: small, middle and large arguments.
  static func points(of op: UnaryOp, _ count: Int, _ random: inout SplitMix) -> [Double] {
    let (low, high): (Double, Double) =
      switch op {
      case .exp: (-80, 80)
      case .expm1: (-30, 80)
      case .log, .sqrt: (0, 100)
      case .log1p: (-0.999, 100)
      case .sin, .cos: (-1000, 1000)
      case .tanh, .sigmoid, .softplus, .erf: (-12, 12)
      case .reciprocal: (0.01, 100)
      case .negate, .absolute, .sign, .floor, .relu: (-100, 100)
      }
    return (0..<count).map { i in
      // A third of the points over the whole range, a third about 1, a third near 0 down to 1e-6.
      let scale = [1, 1 / max(high, 1), 1e-6][i % 3]
      let x = random.uniform(low..<high) * scale
      return low < 0 || x > 0 ? x : 1e-3
    }
  }

  @Test(arguments: Backends.available, ElementType.allCases)
  func binary(backend: NamedBackend, type: ElementType) {
    var computation = Computation()
    for op in BinaryOp.allCases {
      guard (try? Graph.result(of: .binary(op), shapes: [[1], [1]], types: [type, type])) != nil else { continue }
      for shape in Self.shapes {
        let (a, b) = Self.points(of: op, type, shape.elementCount, &computation.random)
        let x = computation.source(shape, a, type)
        let y = computation.source(shape, b, type)
        computation.output(computation.binary(op, x, y), "\(op) \(shape)")
      }
    }
    expectConformance(computation, on: backend, plannings: [.fused], "\(type)")
  }

  static func points(
    of op: BinaryOp, _ type: ElementType, _ count: Int, _ random: inout SplitMix
  ) -> ([Double], [Double]) {
    if !type.isFloatingPoint || op == .equal {
      let range = type.isFloatingPoint ? 0...2 : type == .int32 ? -300...300 : 0...200
      return (random.integers(count, in: range), random.integers(count, in: range))
    }
    if op == .power { return (random.uniform(count, in: 0.01..<10), random.uniform(count, in: -6..<6)) }
    return (random.signed(count), random.signed(count, gap: 0.1))
  }

  /// Integers at the ends of their range wrap around; division by 0 gives 0.
  @Test(arguments: Backends.available)
  func integerEdges(backend: NamedBackend) {
    let cases: [(ElementType, [Double])] = [
      (.int32, [-2_147_483_648, 2_147_483_647, -1, 0, 1, 65536]),
      (.uint32, [0, 1, 4_294_967_295, 2_147_483_648, 65537]),
      (.uint8, [0, 1, 255, 128, 16]),
    ]
    var computation = Computation()
    for (type, values) in cases {
      let pairs = values.flatMap { a in values.map { (a, $0) } }
      let x = computation.source([pairs.count], pairs.map(\.0), type)
      let y = computation.source([pairs.count], pairs.map(\.1), type)
      for op in BinaryOp.allCases where op != .power {
        computation.output(computation.binary(op, x, y), "\(op) \(type)")
      }
      for op in [UnaryOp.negate, .absolute, .sign, .relu] {
        computation.output(computation.unary(op, x), "\(op) \(type)")
      }
    }
    expectConformance(computation, on: backend)
  }

  /// Integers inside one kernel: a sum of bytes wraps before it is compared, divided or widened.
  @Test(arguments: Backends.available)
  func integersWrapInsideExpressions(backend: NamedBackend) {
    var computation = Computation()
    for type in Self.integers {
      let x = computation.source([256], computation.random.integers(256, in: 0...255), type)
      let y = computation.source([256], computation.random.integers(256, in: 1...255), type)
      let sum = computation.binary(.add, x, y)
      let product = computation.binary(.multiply, computation.binary(.multiply, sum, y), sum)
      computation.outputs += [
        computation.binary(.divide, sum, y), computation.binary(.less, sum, x),
        computation.add(.cast(.float32), computation.binary(.subtract, x, y)),
        computation.add(.cast(.int32), product),
        computation.add(.select, computation.binary(.subtract, x, x), x, y),
      ]
    }
    expectConformance(computation, on: backend)
  }

  @Test(arguments: Backends.available, ElementType.allCases)
  func cast(backend: NamedBackend, from: ElementType) {
    var computation = Computation()
    let values: [Double] =
      from.isFloatingPoint
      ? [0, -0.4, 0.9, -1.5, 2.5, 254.9, 255.5, 300, -300, 1e6, 2_147_483_520, 3e9, 1e20, -1e20]
      : [0, 1, 7, 200, 255, -1, -7, 16_777_216, 16_777_217, 2_147_483_647, -2_147_483_648, 4_294_967_295]
    let x = computation.source([values.count], values, from)
    for to in backend.types where to != from { computation.output(computation.add(.cast(to), x), "to \(to)") }
    expectConformance(computation, on: backend, "\(from)")
  }

  @Test(arguments: Backends.available)
  func select(backend: NamedBackend) {
    var computation = Computation()
    for type in backend.types {
      let condition = computation.source([101], computation.random.integers(101, in: 0...2), type)
      let (a, b) = (computation.source([101], type), computation.source([101], type))
      computation.output(computation.add(.select, condition, a, b), "\(type)")
    }
    expectConformance(computation, on: backend, plannings: [.fused])
  }

  /// What IEEE 754 says of infinities and NaN holds, and a NaN is not lost on its way to a loss.
  @Test(arguments: Backends.available)
  func specialValues(backend: NamedBackend) throws {
    let special: [Double] = [.infinity, -.infinity, .nan, 0, -0.0, 1]
    for type in backend.types where type.isFloatingPoint {
      var computation = Computation()
      let x = computation.source([6], special, type)
      let y = computation.source([6], [1, 1, 1, .nan, 1, .infinity], type)
      let ops: [UnaryOp] = [.exp, .log, .tanh, .sigmoid, .softplus, .relu, .negate, .absolute, .sqrt, .log1p, .expm1]
      computation.outputs = ops.map { computation.unary($0, x) }
      computation.outputs += [BinaryOp.maximum, .minimum, .add, .multiply].map { computation.binary($0, x, y) }
      computation.outputs.append(computation.sum(x, [0]))
      let execution = try Execution(computation, on: backend.backend)
      try execution.program.run(times: 1)
      let inf = Double.infinity
      let expected: [[Double]] = [
        [inf, 0, .nan, 1, 1, exp1], [inf, .nan, .nan, -inf, -inf, 0], [1, -1, .nan, 0, 0, tanh1],
        [1, 0, .nan, 0.5, 0.5, sigmoid1], [inf, 0, .nan, log2, log2, softplus1], [inf, 0, .nan, 0, 0, 1],
        [-inf, inf, .nan, 0, 0, -1], [inf, inf, .nan, 0, 0, 1], [inf, .nan, .nan, 0, 0, 1],
        [inf, .nan, .nan, 0, 0, log2], [inf, -1, .nan, 0, 0, exp1 - 1],
        [inf, 1, .nan, .nan, 1, inf], [1, -inf, .nan, .nan, 0, 1], [inf, -inf, .nan, .nan, 1, inf],
        [inf, -inf, .nan, .nan, 0, inf], [.nan],
      ]
      for (index, expected) in expected.enumerated() {
        let comparison = isClose(try execution.output(index), expected, type, ulps: 4)
        #expect(comparison.isClose, "\(type), output \(index): \(comparison)")
      }
    }
  }

  private let exp1 = 2.718281828459045
  private let tanh1 = 0.7615941559557649
  private let sigmoid1 = 0.7310585786300049
  private let log2 = 0.6931471805599453
  private let softplus1 = 1.3132616875182228
}
