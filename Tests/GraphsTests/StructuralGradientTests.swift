import Graphs
import TestSupport
import Testing

/// A function with one op of interest in it, and where to differentiate it.
struct GradientCase: Sendable, CustomTestStringConvertible {
  var family: OpFamily
  var name: String
  var samples: [Sample]
  var function: @Sendable (inout Graph, [NodeID]) -> NodeID

  var testDescription: String { "\(family) \(name)" }

  init(
    _ family: OpFamily, _ name: String = "", _ shapes: [Shape],
    _ function: @escaping @Sendable (inout Graph, [NodeID]) -> NodeID
  ) {
    self.family = family
    self.name = name
    self.function = function
    var random = SplitMix(seed: UInt64(shapes.count))
    samples = shapes.map { Sample($0, random.signed($0.elementCount)) }
  }
}

/// Movement, contractions and gather against central differences, to second order.
@Suite struct StructuralGradientTests {
  @Test(arguments: cases)
  func ruleAgreesWithDifferences(case test: GradientCase) {
    #expect(GradientChecker.failures(at: test.samples, test.function) == [])
  }

  static let cases = movements + contractions + convolutions + gathers

  /// One op between two bends, so that second derivatives are not all 0.
  private static func bent(_ op: Op) -> @Sendable (inout Graph, [NodeID]) -> NodeID {
    { graph, x in
      let curved = x.map { graph.add(.unary(.sin), [$0]) }
      return graph.add(.unary(.tanh), [graph.add(op, curved)])
    }
  }

  static let movements: [GradientCase] = [
    GradientCase(.reshape, "", [[2, 6]], bent(.reshape([3, 1, 4]))),
    GradientCase(.reshape, "to one element", [[1, 1]], bent(.reshape([]))),
    GradientCase(.broadcast, "one axis", [[3, 1]], bent(.broadcast([3, 4]))),
    GradientCase(.broadcast, "every axis", [[1, 1, 1]], bent(.broadcast([2, 3, 2]))),
    GradientCase(.broadcast, "outer and inner", [[1, 3, 1]], bent(.broadcast([2, 3, 2]))),
    GradientCase(.permute, "matrix", [[2, 5]], bent(.permute([1, 0]))),
    GradientCase(.permute, "cycle", [[2, 3, 4]], bent(.permute([2, 0, 1]))),
    GradientCase(.slice, "inside", [[4, 5]], bent(.slice(start: [1, 2], end: [3, 5]))),
    GradientCase(.slice, "nothing", [[4, 5]], bent(.slice(start: [1, 2], end: [1, 5]))),
    GradientCase(.pad, "both sides", [[2, 3]], bent(.pad(before: [1, 0], after: [2, 3]))),
    GradientCase(.concatenate, "rows", [[2, 3], [1, 3], [3, 3]], bent(.concatenate(axis: 0))),
    GradientCase(.concatenate, "columns", [[2, 3], [2, 1]], bent(.concatenate(axis: 1))),
    GradientCase(.concatenate, "a node twice", [[2, 3]]) { graph, x in
      let both = graph.add(.concatenate(axis: 1), [x[0], graph.add(.unary(.exp), [x[0]]), x[0]])
      return graph.add(.unary(.sin), [both])
    },
  ]

  static let contractions: [GradientCase] = [
    GradientCase(.reduceSum, "last axis", [[3, 4]], bent(.reduce(.sum, axes: [1]))),
    GradientCase(.reduceSum, "first axis", [[3, 4]], bent(.reduce(.sum, axes: [0]))),
    GradientCase(.reduceSum, "outer and inner", [[2, 3, 4]], bent(.reduce(.sum, axes: [0, 2]))),
    GradientCase(.reduceSum, "all", [[2, 3, 2]], bent(.reduce(.sum, axes: [0, 1, 2]))),
    GradientCase(.reduceMaximum, "last axis", [[3, 4]], bent(.reduce(.maximum, axes: [1]))),
    GradientCase(.reduceMaximum, "outer and inner", [[2, 3, 4]], bent(.reduce(.maximum, axes: [2, 0]))),
    GradientCase(.reduceMaximum, "log-sum-exp", [[3, 5]]) { graph, x in
      let shape = graph.shape(x[0])
      let top = graph.add(.reduce(.maximum, axes: [1]), [x[0]])
      let shifted = graph.add(.binary(.subtract), [x[0], graph.add(.broadcast(shape), [top])])
      let sum = graph.add(.reduce(.sum, axes: [1]), [graph.add(.unary(.exp), [shifted])])
      return graph.add(.binary(.add), [graph.add(.unary(.log), [sum]), top])
    },
    GradientCase(.matmul, "", [[3, 4], [4, 2]], bent(.matmul)),
    GradientCase(.matmul, "batched", [[2, 2, 3], [2, 3, 2]], bent(.matmul)),
    GradientCase(.matmul, "two batch axes", [[2, 1, 2, 3], [2, 1, 3, 1]], bent(.matmul)),
    GradientCase(.matmul, "with itself", [[3, 3]]) { graph, x in graph.add(.matmul, [x[0], x[0]]) },
    GradientCase(.matmul, "with its transpose", [[2, 3]]) { graph, x in
      graph.add(.matmul, [x[0], graph.add(.permute([1, 0]), [x[0]])])
    },
  ]

  static let windows: [(String, ConvolutionWindow, input: Shape, filter: Shape, output: Shape)] = [
    ("plain", ConvolutionWindow(), [2, 2, 3, 4], [2, 2, 2, 2], [2, 2, 2, 3]),
    ("stride", ConvolutionWindow(stride: [2, 3]), [1, 1, 6, 7], [2, 1, 2, 2], [1, 2, 3, 2]),
    ("padding", ConvolutionWindow(padding: [2, 1]), [1, 2, 2, 3], [1, 2, 3, 2], [1, 1, 4, 4]),
    ("dilation", ConvolutionWindow(dilation: [2, 3]), [1, 1, 4, 5], [2, 1, 2, 2], [1, 2, 2, 2]),
    ("groups", ConvolutionWindow(groups: 2), [1, 4, 2, 3], [4, 2, 1, 2], [1, 4, 2, 2]),
    (
      "all of them", ConvolutionWindow(stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2), [1, 2, 4, 3],
      [2, 1, 3, 2], [1, 2, 2, 5]
    ),
  ]

  /// Each of the three forms as the function itself: its second derivatives are the others' gradients.
  static let convolutions: [GradientCase] = windows.flatMap { name, window, input, filter, output in
    [
      GradientCase(.convolution, name, [input, filter], bent(.convolution(window))),
      GradientCase(
        .convolutionInputGradient, name, [output, filter], bent(.convolutionInputGradient(window, input: input))),
      GradientCase(
        .convolutionFilterGradient, name, [input, output], bent(.convolutionFilterGradient(window, filter: filter))),
    ]
  }

  static let gathers: [GradientCase] = [
    GradientCase(.gather, "rows repeat", [[4, 3]]) { graph, x in
      let rows = integers([2, 0, 2, 3, 2], &graph)
      return graph.add(.unary(.sin), [graph.add(.gather, [x[0], rows])])
    },
    GradientCase(.gather, "of a vector", [[4]]) { graph, x in
      graph.add(.unary(.exp), [graph.add(.gather, [x[0], integers([1, 1], &graph)])])
    },
    GradientCase(.gather, "no rows", [[4, 2]]) { graph, x in graph.add(.gather, [x[0], integers([], &graph)]) },
    GradientCase(.gather, "three axes", [[3, 2, 2]]) { graph, x in
      graph.add(.unary(.sin), [graph.add(.gather, [x[0], integers([2, 1, 2], &graph)])])
    },
  ]

  /// Whole numbers as a node, without a source.
  private static func integers(_ values: [Double], _ graph: inout Graph) -> NodeID {
    guard !values.isEmpty else { return graph.full(0, [0], .int32) }
    return graph.add(.concatenate(axis: 0), values.map { graph.full($0, [1], .int32) })
  }

  /// What has no inputs that a gradient could reach, or passes none on.
  static let withoutGradient: Set<OpFamily> = [.source, .constant, .iota, .random, .shuffle]
  /// Whose cases are in `ElementwiseGradientTests`.
  static let elementwise: Set<OpFamily> = [.unary, .binary, .select, .cast, .stopGradient]

  @Test func everyOpIsMet() {
    let met = Set(Self.cases.map(\.family)).union(Self.elementwise).union(Self.withoutGradient)
    #expect(Set(OpFamily.allCases).subtracting(met).isEmpty)
    for test in Self.cases {
      var graph = Graph()
      let x = test.samples.enumerated().map {
        graph.source(SourceID(raw: UInt64($0)), shape: $1.shape, type: $1.type)
      }
      _ = test.function(&graph, x)
      #expect(graph.nodes.contains { $0.op.family == test.family }, "\(test.testDescription)")
    }
  }

  @Test func noGradientPassesRandomness() {
    var graph = Graph()
    let state = graph.source(SourceID(raw: 1), shape: [3], type: .uint32)
    let x = graph.source(SourceID(raw: 2), shape: [4], type: .float64)
    let noise = graph.add(.random(.normal, shape: [4], stream: 0, type: .float64), [state])
    let y = graph.add(.binary(.multiply), [x, noise])
    #expect(graph.gradients(of: y, withRespectTo: [x, state]) == [noise, graph.full(0, [3], .uint32)])
    let bits = graph.add(.random(.bits, shape: [4], stream: 1, type: .uint32), [state])
    let shuffled = graph.add(.shuffle(count: 9), [bits, bits, bits, bits])
    let z = graph.add(.cast(.float64), [shuffled])
    #expect(graph.gradients(of: z, withRespectTo: [bits]) == [graph.full(0, [4], .uint32)])
  }
}
