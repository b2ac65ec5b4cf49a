import Graphs
import Plans
import Testing

/// What is computed from a concatenation is computed with its pieces, where nothing else reads it.
@Suite struct ConcatenationTests {
  private typealias Source = ReferenceStep.Source

  /// Kernels that write a source, by the form they are of.
  private func writers(of source: SourceID, _ plan: Plan) -> [String] {
    plan.launches.flatMap(\.kernels).filter { bound in
      var stores = bound.kernel.stores
      if case .reduce(let reduction) = bound.kernel.form { stores += reduction.finishStores }
      return stores.contains { plan.memory[bound.slots[$0.argument].region].region == .source(source) }
    }.map { "\($0.kernel)" }
  }

  @Test func adamRunsWhereGradientsAreMade() throws {
    let step = ReferenceStep(reportsNorm: false)
    let plan = try step.plan()
    let apart = try step.plan(limits: PlanLimits(splitsConcatenations: false))
    #expect(plan.launches.count == apart.launches.count - 1)
    // The gradients have no memory: 652,824 numbers less.
    #expect(apart.workspaceByteCount - plan.workspaceByteCount > 4 * 600_000)
    for source in [Source.arena, .firstMoment, .secondMoment] {
      let names = writers(of: source.id, plan)
      #expect(names.allSatisfy { $0.hasPrefix("matmul") || $0.hasPrefix("reduce") }, "\(names)")
      #expect(names.count > 4)
      #expect(writers(of: source.id, apart) == ["map 652824"])
    }
  }

  /// What only depends on the counter is computed once, before.
  @Test func ratesAreComputedOnce() throws {
    let plan = try ReferenceStep(reportsNorm: false).plan()
    let powers = plan.launches.flatMap(\.kernels).filter { bound in
      bound.kernel.body.instructions.contains { if case .binary(.power, _, _) = $0 { true } else { false } }
    }
    #expect(powers.allSatisfy { $0.kernel.domain == [1] })
  }

  @Test func aGradientThatAnotherReadsStaysWhole() throws {
    let plan = try ReferenceStep().plan()
    #expect(writers(of: Source.arena.id, plan) == ["map 652824"])
  }

  /// A small graph with one source for what is assigned, in pieces of 12 and 6.
  private struct Pieces {
    var graph = Graph()
    let arena: NodeID
    let product: NodeID
    let sum: NodeID
    let whole: NodeID

    init() {
      arena = graph.source(SourceID(raw: 1), shape: [18], type: .float32)
      let x = graph.source(SourceID(raw: 2), shape: [5, 3], type: .float32)
      let y = graph.source(SourceID(raw: 3), shape: [5, 4], type: .float32)
      product = graph.add(.matmul, [graph.add(.permute([1, 0]), [x]), y])
      let z = graph.source(SourceID(raw: 4), shape: [7, 6], type: .float32)
      sum = graph.add(.reduce(.sum, axes: [0]), [z])
      let flat = [graph.add(.reshape([12]), [product]), graph.add(.reshape([6]), [sum])]
      whole = graph.add(.concatenate(axis: 0), flat)
    }

    func plan(_ outputs: [NodeID] = [], assigning value: NodeID) throws -> Plan {
      try Plan(graph, outputs: outputs, assignments: [(target: SourceID(raw: 1), value: value)])
    }
  }

  private func names(_ plan: Plan) -> [[String]] { plan.launches.map { $0.kernels.map { "\($0.kernel)" } } }

  @Test func onlyElementwiseReadersSplit() throws {
    var pieces = Pieces()
    let updated = pieces.graph.add(.binary(.subtract), [pieces.arena, pieces.whole])
    #expect(names(try pieces.plan(assigning: updated)) == [["matmul 3x4x5", "reduce 6 by 7"]])

    // Itself a result, a part of it read, all of it summed: it has memory, and one map reads it.
    let apart = [["matmul 3x4x5", "reduce 6 by 7"], ["map 18"]]
    #expect(names(try pieces.plan([pieces.whole], assigning: updated)) == apart)
    let part = pieces.graph.add(.slice(start: [3], end: [9]), [pieces.whole])
    let scaled = pieces.graph.add(.unary(.exp), [part])
    #expect(names(try pieces.plan([scaled], assigning: updated)).last!.contains("map 18"))
    let total = pieces.graph.add(.reduce(.sum, axes: [0]), [pieces.whole])
    #expect(names(try pieces.plan([total], assigning: updated)).joined().contains("map 18"))
  }

  /// A piece that somebody else reads is stored besides.
  @Test func aPieceIsReadByOthers() throws {
    var pieces = Pieces()
    let updated = pieces.graph.add(.binary(.subtract), [pieces.arena, pieces.whole])
    let plan = try pieces.plan([pieces.product], assigning: updated)
    #expect(names(plan) == [["matmul 3x4x5", "reduce 6 by 7"]])
    #expect(plan.memory.contains { $0.region == .output(0) })
  }

  /// A product that reads what another piece's epilogue overwrites runs before it.
  @Test func readersOfTheOldValueComeFirst() throws {
    var pieces = Pieces()
    let updated = pieces.graph.add(.binary(.subtract), [pieces.arena, pieces.whole])
    let weights = pieces.graph.add(.slice(start: [0], end: [12]), [pieces.arena])
    let matrix = pieces.graph.add(.reshape([3, 4]), [weights])
    let other = pieces.graph.source(SourceID(raw: 5), shape: [4, 2], type: .float32)
    let read = pieces.graph.add(.matmul, [matrix, other])
    let plan = try pieces.plan([read], assigning: updated)
    // The sum's window is another, so it need not wait.
    #expect(names(plan) == [["matmul 3x2x4"], ["matmul 3x4x5", "reduce 6 by 7"]])
  }
}
