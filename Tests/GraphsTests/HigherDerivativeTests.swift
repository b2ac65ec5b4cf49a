import Graphs
import TestSupport
import Testing

/// Derivatives of whole functions: what the rules make together.
@Suite struct HigherDerivativeTests {
  /// A two-layer network with a Gaussian loss, as models are built: (batch 3, 4) -> 5 -> 2.
  private static func loss(_ graph: inout Graph, _ x: [NodeID]) -> NodeID {
    func affine(_ input: NodeID, _ weight: NodeID, _ bias: NodeID) -> NodeID {
      let product = graph.add(.matmul, [input, graph.add(.permute([1, 0]), [weight])])
      let row = graph.add(.reshape([1, graph.shape(bias)[0]]), [bias])
      return graph.add(.binary(.add), [product, graph.add(.broadcast(graph.shape(product)), [row])])
    }
    let hidden = graph.add(.unary(.tanh), [affine(x[0], x[1], x[2])])
    let difference = graph.add(.binary(.subtract), [affine(hidden, x[3], x[4]), x[5]])
    let squares = graph.add(.binary(.multiply), [difference, difference])
    return graph.add(.reduce(.sum, axes: [0, 1]), [squares])
  }

  private static let samples: [Sample] = {
    var random = SplitMix(seed: 11)
    let shapes: [Shape] = [[3, 4], [5, 4], [5], [2, 5], [2], [3, 2]]
    return shapes.map { Sample($0, random.signed($0.elementCount)) }
  }()

  @Test func networkToSecondOrder() {
    #expect(GradientChecker.failures(at: Self.samples, Self.loss) == [])
  }

  @Test func thirdOrder() {
    let failures = GradientChecker.failures(at: [Sample([2], [0.4, -0.8])], order: 3) { graph, x in
      let y = graph.add(.unary(.tanh), [x[0]])
      return graph.add(.binary(.multiply), [y, graph.add(.unary(.exp), [y])])
    }
    #expect(failures == [])
  }

  /// J v by two reverse passes: u -> u^T J is linear in u, and its gradient along v is J v.
  @Test func jacobianVectorProductByDoubleBackward() {
    var graph = Graph()
    var interpreter = ReferenceInterpreter()
    var random = SplitMix(seed: 12)
    func source(_ id: UInt64, _ shape: Shape) -> NodeID {
      interpreter.sources[SourceID(raw: id)] = random.signed(shape.elementCount)
      return graph.source(SourceID(raw: id), shape: shape, type: .float64)
    }
    let (x, weight, direction) = (source(0, [3, 4]), source(1, [4, 2]), source(2, [3, 4]))
    let y = graph.add(.unary(.softplus), [graph.add(.matmul, [graph.add(.unary(.sin), [x]), weight])])
    let u = source(3, [3, 2])
    let pullback = graph.gradients(of: y, withRespectTo: [x], seed: u)[0]
    let product = graph.gradients(of: pullback, withRespectTo: [u], seed: direction)[0]

    let found = interpreter.evaluate([product], of: graph)[0]
    let v = interpreter.sources[SourceID(raw: 2)]!
    let middle = interpreter.sources[SourceID(raw: 0)]!
    func moved(_ step: Double) -> [Double] {
      interpreter.sources[SourceID(raw: 0)] = zip(middle, v).map { $0 + step * $1 }
      return interpreter.evaluate([y], of: graph)[0].values
    }
    func difference(_ step: Double) -> [Double] { zip(moved(step), moved(-step)).map { ($0 - $1) / (2 * step) } }
    let expected = zip(difference(0x1p-11), difference(0x1p-10)).map { (4 * $0 - $1) / 3 }
    for (found, expected) in zip(found.values, expected) { #expect(abs(found - expected) < 1e-10) }
  }

  /// Seeds are the weights of the output's elements.
  @Test func seedsScale() {
    var graph = Graph()
    let x = graph.source(SourceID(raw: 0), shape: [3], type: .float64)
    let seed = graph.source(SourceID(raw: 1), shape: [3], type: .float64)
    let y = graph.add(.unary(.exp), [x])
    #expect(graph.gradients(of: y, withRespectTo: [x], seed: seed)[0] == graph.add(.binary(.multiply), [seed, y]))
    #expect(graph.gradients(of: x, withRespectTo: [x], seed: seed) == [seed])
    #expect(graph.gradients(of: y, withRespectTo: [seed]) == [graph.full(0, [3], .float64)])
  }

  /// A variable in the middle stops the walk: what lies before it is not looked at.
  @Test func innerNodesAreVariables() {
    var graph = Graph()
    let x = graph.source(SourceID(raw: 0), shape: [3], type: .float64)
    let middle = graph.add(.unary(.exp), [x])
    let y = graph.add(.unary(.sin), [middle])
    let cosine = graph.add(.unary(.cos), [middle])
    #expect(graph.gradients(of: y, withRespectTo: [middle]) == [cosine])
  }
}
