import Graphs
import Plans
import Testing

/// A sum over the rows of a product belongs to the product's kernel, where the device asks for it.
@Suite struct SummedProductTests {
  /// Logits of 6 x 5 data with 4 columns, what is wanted of each, and the sum over each datum's.
  private struct Likelihood {
    var graph = Graph()
    let logits: NodeID
    let residual: NodeID
    let sum: NodeID

    init(over axes: [Int] = [2]) {
      let hidden = graph.source(SourceID(raw: 1), shape: [30, 3], type: .float32)
      let weights = graph.source(SourceID(raw: 2), shape: [4, 3], type: .float32)
      let bias = graph.source(SourceID(raw: 3), shape: [1, 4], type: .float32)
      let product = graph.add(.matmul, [hidden, graph.add(.permute([1, 0]), [weights])])
      logits = graph.add(.binary(.add), [product, graph.add(.broadcast([30, 4]), [bias])])
      residual = graph.add(.unary(.sigmoid), [logits])
      let terms = graph.add(.reshape([6, 5, 4]), [graph.add(.unary(.softplus), [logits])])
      sum = graph.add(.reduce(.sum, axes: axes), [terms])
    }

    func names(_ outputs: [NodeID], leastRows: Int? = 30, mostColumns: Int = 4) throws -> [[String]] {
      let summed = leastRows.map { PlanLimits.SummedProducts(leastRows: $0, mostColumns: mostColumns) }
      return try Plan(graph, outputs: outputs, assignments: [], limits: PlanLimits(summedProducts: summed))
        .launches.map { $0.kernels.map { "\($0.kernel)" } }
    }
  }

  @Test func onlyWhereTheDeviceAsksForIt() throws {
    let likelihood = Likelihood()
    let outputs = [likelihood.sum, likelihood.residual]
    let apart = [["matmul 30x4x3"], ["reduce 6x5 by 4"]]
    #expect(try likelihood.names(outputs) == [["reduce 6x5 by 4 of matmul 30x4x3"]])
    #expect(try likelihood.names(outputs, leastRows: nil) == apart)
    #expect(try likelihood.names(outputs, leastRows: 31) == apart)
    #expect(try likelihood.names(outputs, mostColumns: 3) == apart)
  }

  /// The logits have no memory unless somebody asks for them.
  @Test func whatNobodyReadsIsNotStored() throws {
    let likelihood = Likelihood()
    func plan(_ outputs: [NodeID]) throws -> Plan {
      try Plan(
        likelihood.graph, outputs: outputs, assignments: [],
        limits: PlanLimits(summedProducts: .init(leastRows: 30, mostColumns: 4)))
    }
    #expect(try plan([likelihood.sum]).launches[0].kernels[0].kernel.stores.isEmpty)
    #expect(try plan([likelihood.sum, likelihood.logits]).launches[0].kernels[0].kernel.stores.count == 1)
    #expect(try plan([likelihood.sum]).workspaceByteCount == 0)
  }

  /// Sums over other axes than the columns, and over more than they.
  @Test(arguments: [[0], [1], [1, 2], [0, 2]]) func onlySumsOverRows(axes: [Int]) throws {
    let likelihood = Likelihood(over: axes)
    #expect(try likelihood.names([likelihood.sum, likelihood.residual]).count == 2)
  }
}
