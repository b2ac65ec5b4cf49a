import DeviceTestSupport
import Graphs
import Plans
import TestSupport
import Testing

/// Random programs over rows so long that their reductions are cut in two stages, with sources that get new values
/// while the pieces still read the old ones.
@Suite struct LongRowConformanceTests {
  @Test(arguments: Backends.seeds(12, compiled: 5).filter { !$0.0.isInterpreter || $0.1 < 3 })
  func randomPrograms(backend: NamedBackend, seed: UInt64) throws {
    let computation = Self.program(seed: seed)
    // Else this tests what others do.
    let plan = try Plan(computation.graph, outputs: computation.outputs, assignments: computation.assignments)
    #expect(plan.launches.contains { $0.kernels.contains { $0.kernel.isCut } }, "seed \(seed)")
    expectConformance(computation, on: backend, "seed \(seed)")
  }

  static func program(seed: UInt64) -> Computation {
    var computation = Computation(seed: 9000 + seed)
    let shape: Shape = computation.random.pick([[4200], [1, 5000], [3, 4097], [2, 2, 4500], [2, 6151]])
    let sources = (0..<3).map { _ in computation.source(shape) }
    var values = sources
    let state = computation.source([3], [Double(seed), 5, 6], .uint32)
    // One reduction in any case, of a source that is assigned.
    values.append(spread(.sum, sources[0], &computation))
    for step in 0..<Int.random(in: 3...8, using: &computation.random) {
      let (x, y) = (computation.random.pick(values), computation.random.pick(values))
      switch computation.random.next() % 8 {
      case 0, 1: values.append(computation.unary(computation.random.pick([.sin, .tanh, .sigmoid, .relu]), x))
      case 2, 3: values.append(computation.binary(computation.random.pick([.add, .subtract, .multiply]), x, y))
      case 4:
        values.append(computation.add(.random(.uniform, shape: shape, stream: UInt32(step), type: .float32), state))
      default: values.append(spread(computation.random.pick([.sum, .sum, .maximum]), x, &computation))
      }
    }
    computation.outputs = [
      values.last!, computation.total(values[values.count - 2]),
      computation.add(.reduce(.maximum, axes: [shape.rank - 1]), values.last!),
    ]
    for source in sources.prefix(2) {
      computation.assign(source, computation.binary(.add, computation.random.pick(values), values[3]))
    }
    return computation
  }

  /// A row's reduction, or that of all, at every place of the row: the sum as a mean, so that it stays of unit size.
  private static func spread(_ op: ReduceOp, _ x: NodeID, _ computation: inout Computation) -> NodeID {
    let shape = computation.graph.shape(x)
    let all = Array(shape.dimensions.indices)
    let axes = computation.random.next() % 2 == 0 ? all : [shape.rank - 1]
    let reduced = computation.add(.broadcast(shape), computation.add(.reduce(op, axes: axes), x))
    guard op == .sum else { return reduced }
    let count = axes.reduce(1) { $0 * shape[$1] }
    return computation.binary(.multiply, reduced, computation.like(x, 1 / Double(count)))
  }
}

extension Kernel {
  /// Whether it is the first stage of a reduction in two.
  fileprivate var isCut: Bool {
    if case .reduce(let reduction) = form { reduction.chunk != nil } else { false }
  }
}
