import Graphs
import Testing

@Suite struct GraphTests {
  private func source(_ graph: inout Graph, _ id: UInt64, _ shape: Shape, _ type: ElementType = .float32) -> NodeID {
    graph.source(SourceID(raw: id), shape: shape, type: type)
  }

  @Test func equalNodesAreOne() {
    var graph = Graph()
    let a = source(&graph, 1, [2, 3])
    let b = source(&graph, 2, [2, 3])
    let sum = graph.add(.binary(.add), [a, b])
    #expect(graph.add(.binary(.add), [a, b]) == sum)
    #expect(graph.add(.binary(.add), [b, a]) == sum)
    #expect(graph.add(.binary(.subtract), [a, b]) != graph.add(.binary(.subtract), [b, a]))
    #expect(graph.nodes.count == 5)
  }

  @Test func constantsFold() {
    var graph = Graph()
    let two = graph.full(2, [4, 5], .float32)
    let three = graph.full(3, [4, 5], .float32)
    let six = graph.add(.binary(.multiply), [two, three])
    #expect(graph.constant(six)?.value == 6)
    #expect(graph.shape(six) == [4, 5])
    let sum = graph.add(.reduce(.sum, axes: [0, 1]), [six])
    #expect(graph.constant(sum)?.value == 120)
    let x = source(&graph, 1, [4, 5])
    #expect(graph.add(.binary(.multiply), [x, graph.full(1, [4, 5], .float32)]) == x)
    #expect(graph.add(.binary(.add), [graph.full(0, [4, 5], .float32), x]) == x)
    #expect(graph.add(.unary(.negate), [graph.add(.unary(.negate), [x])]) == x)
  }

  @Test func foldingRoundsToTheType() {
    var graph = Graph()
    let third = graph.add(.binary(.divide), [graph.full(1, [], .float32), graph.full(3, [], .float32)])
    #expect(graph.constant(third)?.value == Double(Float(1) / Float(3)))
  }

  @Test func stretchedOperandsAreComputedBeforeTheyAreStretched() {
    var graph = Graph()
    let rate = source(&graph, 1, [1])
    let wide = graph.add(.broadcast([1000]), [rate])
    let result = graph.add(.unary(.exp), [graph.add(.binary(.multiply), [wide, graph.full(2, [1000], .float32)])])
    #expect(graph[result].op == .broadcast([1000]))
    #expect(graph[graph[result].inputs[0]].op == .unary(.exp))
    #expect(graph.shape(graph[result].inputs[0]) == [1])
  }

  @Test func movementsCompose() {
    var graph = Graph()
    let x = source(&graph, 1, [2, 3, 4])
    let once = graph.add(.permute([2, 0, 1]), [x])
    #expect(graph.add(.permute([1, 2, 0]), [once]) == x)
    #expect(graph.add(.reshape([2, 3, 4]), [graph.add(.reshape([24]), [x])]) == x)
    let outer = graph.add(.slice(start: [0, 1, 0], end: [2, 3, 4]), [x])
    let inner = graph.add(.slice(start: [1, 1, 0], end: [2, 2, 2]), [outer])
    #expect(inner == graph.add(.slice(start: [1, 2, 0], end: [2, 3, 2]), [x]))
  }

  @Test func aGraphThatDoesNotComposeKeepsEveryViewBetween() {
    var graph = Graph(composing: false)
    let x = source(&graph, 1, [2, 3])
    let view = graph.add(.reshape([6]), [x])
    let back = graph.add(.reshape([3, 2]), [view])
    let column = graph.add(.reshape([2, 3, 1]), [x])
    let negative = graph.add(.unary(.negate), [graph.add(.broadcast([2, 3, 4]), [column])])
    #expect(graph[back].inputs == [view])
    #expect(graph[negative].op == .unary(.negate))
    #expect(graph.gradients(of: back, withRespectTo: [view]).map { graph.constant($0)?.value } == [1])

    let (composed, roots) = graph.composed([back, negative])
    #expect(composed[composed[roots[0]].inputs[0]].op == .source(SourceID(raw: 1)))
    #expect(composed[roots[1]].op == .broadcast([2, 3, 4]))
  }

  @Test func includeMeetsEqualNodes() {
    var a = Graph()
    var b = Graph()
    let x = source(&a, 1, [3])
    let y = a.add(.unary(.exp), [x])
    _ = a.add(.unary(.log), [x])
    let known = b.add(.unary(.exp), [source(&b, 1, [3])])
    #expect(b.include([y], of: a) == [known])
    #expect(b.nodes.count == 2)
  }

  @Test(arguments: [
    (Op.matmul, [[128, 784], [400, 20]], "[matmul] shapes (128, 784) and (400, 20) do not align"),
    (.binary(.add), [[2, 3], [3, 2]], "[add] shapes (2, 3) and (3, 2) are not the same"),
    (.reshape([5]), [[2, 3]], "[reshape] (2, 3) has not as many elements as (5,)"),
    (.broadcast([4, 3]), [[2, 3]], "[broadcast] (2, 3) does not stretch to (4, 3)"),
    (.concatenate(axis: 0), [[2, 3], [2, 4]], "[concatenate] shapes (2, 3) and (2, 4) differ outside axis 0"),
  ])
  func mistakesNameOpAndShapes(op: Op, extents: [[Int]], message: String) {
    let shapes = extents.map { Shape($0) }
    #expect {
      try Graph.result(of: op, shapes: shapes, types: shapes.map { _ in .float32 })
    } throws: {
      ($0 as? ShapeError)?.description == message
    }
  }

  @Test func convolutionShapes() throws {
    let window = ConvolutionWindow(stride: [2, 2], padding: [1, 1])
    let (shape, _) = try Graph.result(
      of: .convolution(window), shapes: [[128, 3, 64, 64], [32, 3, 4, 4]], types: [.float32, .float32])
    #expect(shape == [128, 32, 32, 32])
  }

  @Test func aMillionOpsAreBuiltAndDifferentiated() {
    var graph = Graph()
    let x = source(&graph, 1, [4])
    var y = x
    for _ in 0..<500_000 { y = graph.add(.binary(.multiply), [y, x]) }
    for _ in 0..<500_000 { y = graph.add(.unary(.sin), [y]) }
    let gradient = graph.gradients(of: y, withRespectTo: [x])[0]
    #expect(graph.shape(gradient) == [4])
    #expect(graph.nodes.count > 3_000_000)
  }
}
