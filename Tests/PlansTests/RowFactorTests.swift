import Graphs
import Plans
import Testing

/// Products read a matrix without the factor of its rows, where nothing needs it with.
@Suite struct RowFactorTests {
  /// w ∘ D over (4, 5, 30), its weights given, with what a layer of a network reads it for.
  private struct Layer {
    var graph = Graph()
    let matrix: NodeID
    /// (w ∘ D) B, (w ∘ D)' B for a B of `width` columns, and the sum over rows.
    var results: [NodeID] = []

    init(width: Int = 6, negated: Bool = false) {
      let derivative = graph.source(SourceID(raw: 1), shape: [4, 5, 30], type: .float32)
      let target = graph.source(SourceID(raw: 2), shape: [4, 5, 30], type: .float32)
      let weights = graph.source(SourceID(raw: 3), shape: [4, 5, 1], type: .float32)
      let down = graph.source(SourceID(raw: 4), shape: [30, 8], type: .float32)
      let layer = graph.source(SourceID(raw: 5), shape: [20, width], type: .float32)
      let stretched = graph.add(.broadcast([4, 5, 30]), [weights])
      let minus = graph.add(.broadcast([4, 5, 30]), [graph.add(.unary(.negate), [weights])])
      // As the gradient of x l - softplus(l) has it.
      matrix = graph.add(
        .binary(.add),
        [graph.add(.binary(.multiply), [minus, derivative]), graph.add(.binary(.multiply), [target, stretched])])
      let flat = graph.add(.reshape([20, 30]), [matrix])
      results = [
        graph.add(.matmul, [flat, down]),
        graph.add(.matmul, [graph.add(.permute([1, 0]), [flat]), layer]),
        graph.add(.reduce(.sum, axes: [0, 1]), [matrix]),
      ]
    }

    /// Kernels in whose expressions something of the matrix's size is multiplied by a weight.
    func scalings(_ results: [NodeID]) throws -> Int {
      try Plan(graph, outputs: results).launches.flatMap(\.kernels).count { bound in
        bound.kernel.domain.reduce(1, *) == 600 && bound.kernel.arguments.count > 3
      }
    }
  }

  @Test func factorsLeaveTheMatrix() throws {
    let layer = Layer()
    let plan = try Plan(layer.graph, outputs: layer.results)
    let kernels = plan.launches.flatMap(\.kernels).map(\.kernel)
    // The difference of the two sources, the narrow operand scaled, and three products.
    #expect(kernels.count { if case .matmul = $0.form { true } else { false } } == 3)
    #expect(kernels.count { if case .map = $0.form { true } else { false } } == 2)
    #expect(!kernels.contains { if case .reduce = $0.form { true } else { false } })
    #expect(try layer.scalings(layer.results) == 0)
  }

  @Test func aMatrixThatIsAResultKeepsItsFactor() throws {
    let layer = Layer()
    #expect(try layer.scalings(layer.results + [layer.matrix]) == 1)
  }

  @Test func aWideOperandIsNotScaledInstead() throws {
    let layer = Layer(width: 30)
    #expect(try layer.scalings(layer.results) == 1)
  }

  @Test func aSumAloneStaysASum() throws {
    let layer = Layer()
    let plan = try Plan(layer.graph, outputs: [layer.results[2]])
    #expect(plan.launches.count == 1)
  }
}
