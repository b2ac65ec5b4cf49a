import Graphs
import TestSupport
import Testing

/// Elementwise rules against central differences, to second order. Every case of `UnaryOp` and `BinaryOp` is met by
/// construction; the points keep away from kinks, where there is no derivative to compare with.
@Suite struct ElementwiseGradientTests {
  @Test(arguments: UnaryOp.allCases)
  func unary(op: UnaryOp) {
    let failures = GradientChecker.failures(at: [Sample([6], Self.smoothPoints(of: op))]) { graph, x in
      graph.add(.unary(op), [x[0]])
    }
    #expect(failures == [])
  }

  static func smoothPoints(of op: UnaryOp) -> [Double] {
    switch op {
    case .negate, .exp, .expm1, .sin, .cos, .tanh, .sigmoid, .softplus, .erf: [-2.5, -0.7, 0, 0.3, 1.1, 2.9]
    case .absolute, .sign, .relu, .reciprocal: [-2.5, -0.7, -0.2, 0.3, 1.1, 2.9]
    case .floor: [-2.5, -0.7, 0.5, 0.3, 1.1, 2.9]
    case .log, .sqrt: [0.2, 0.7, 1, 1.6, 3, 40]
    case .log1p: [-0.8, -0.3, 0, 0.7, 3, 40]
    }
  }

  @Test(arguments: BinaryOp.allCases)
  func binary(op: BinaryOp) {
    let (a, b) = Self.smoothPoints(of: op)
    let failures = GradientChecker.failures(at: [Sample([4], a), Sample([4], b)]) { graph, x in
      graph.add(.binary(op), x)
    }
    #expect(failures == [])
  }

  static func smoothPoints(of op: BinaryOp) -> ([Double], [Double]) {
    switch op {
    case .add, .subtract, .multiply, .divide, .maximum, .minimum, .less, .equal:
      ([-1.3, 0.4, 2, 0.9], [0.7, -1.1, 1.6, 3])
    case .power: ([0.3, 1.2, 2.5, 1], [2, -1.5, 0.5, 3])
    case .remainder: ([5.3, -5.3, 5.3, 0.4], [2, 2, -2, 1.5])
    }
  }

  /// The same node on both sides: both inputs' gradients meet in it.
  @Test(arguments: BinaryOp.allCases.filter { ![.less, .equal, .maximum, .minimum, .remainder].contains($0) })
  func binaryOfOneNodeWithItself(op: BinaryOp) {
    let failures = GradientChecker.failures(at: [Sample([3], [0.4, 1.2, 2.3])]) { graph, x in
      graph.add(.binary(op), [x[0], x[0]])
    }
    #expect(failures == [])
  }

  @Test func negativeBasesOfWholePowers() {
    for exponent in [1.0, 2, 3, -1, -2] {
      let failures = GradientChecker.failures(at: [Sample([3], [-1.4, -0.3, 0.8])]) { graph, x in
        graph.add(.binary(.power), [x[0], graph.full(exponent, [3], .float64)])
      }
      #expect(failures == [], "exponent \(exponent)")
    }
  }

  @Test func select() {
    let samples = [
      Sample([4], [1, 0, -2, 0]), Sample([4], [0.1, 0.2, 0.3, 0.4]), Sample([4], [-1, -2, -3, -4]),
    ]
    let failures = GradientChecker.failures(at: Array(samples[1...])) { graph, x in
      let positive = graph.add(.binary(.less), [graph.full(0.25, [4], .float64), x[0]])
      return graph.add(.select, [positive, graph.add(.unary(.exp), [x[0]]), graph.add(.binary(.multiply), x)])
    }
    #expect(failures == [])
    #expect(
      gradients(at: samples) { graph, x in graph.add(.select, x) } == [[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]])
  }

  /// Through float32 and back: no derivative can be measured across its rounding, so the rule is held to be the identity.
  @Test func cast() {
    let through = gradients(at: [Sample([3], [0.1, 2, -3])]) { graph, x in
      let single = graph.add(.cast(.float32), [x[0]])
      return graph.add(.cast(.float64), [graph.add(.binary(.multiply), [single, graph.full(3, [3], .float32)])])
    }
    #expect(through == [[3, 3, 3]])
    let integer = gradients(at: [Sample([3], [0.1, 2, -3])]) { graph, x in
      graph.add(.cast(.float64), [graph.add(.cast(.int32), [x[0]])])
    }
    #expect(integer == [[0, 0, 0]])
  }

  @Test func stopGradient() {
    let found = gradients(at: [Sample([2], [0.5, 2])]) { graph, x in
      graph.add(.binary(.multiply), [graph.add(.stopGradient, [x[0]]), x[0]])
    }
    #expect(found == [[0.5, 2]])
  }

  /// Where a rule has to choose: equal arguments share, and a function that is flat to one side takes 0.
  @Test func kinks() {
    for op in [BinaryOp.maximum, .minimum] {
      #expect(gradients(at: [Sample([1], [2]), Sample([1], [2])]) { $0.add(.binary(op), $1) } == [[0.5], [0.5]])
    }
    #expect(gradients(at: [Sample([1], [0])]) { $0.add(.unary(.relu), $1) } == [[0]])
    #expect(gradients(at: [Sample([1], [0])]) { $0.add(.unary(.absolute), $1) } == [[0]])
  }

  /// A power of 0 has the gradients of its limits, not NaN, to second order.
  @Test func powersOfZero() {
    let samples = [Sample([2], [0, 0]), Sample([2], [2, 3])]
    #expect(gradients(at: samples) { $0.add(.binary(.power), $1) } == [[0, 0], [0, 0]])
    let second = gradients(at: samples) { graph, x in
      let first = graph.gradients(of: graph.add(.binary(.power), x), withRespectTo: x)
      return graph.add(.binary(.add), first)
    }
    #expect(second == [[2, 0], [0, 0]])
  }
}

/// The gradients of a function of sources, seeded with ones.
func gradients(
  at samples: [Sample], _ function: (inout Graph, [NodeID]) -> NodeID
) -> [[Double]] {
  var graph = Graph()
  var interpreter = ReferenceInterpreter()
  let x = samples.enumerated().map { i, sample in
    interpreter.sources[SourceID(raw: UInt64(i))] = sample.values
    return graph.source(SourceID(raw: UInt64(i)), shape: sample.shape, type: sample.type)
  }
  let y = function(&graph, x)
  return interpreter.evaluate(graph.gradients(of: y, withRespectTo: x), of: graph).map(\.values)
}
