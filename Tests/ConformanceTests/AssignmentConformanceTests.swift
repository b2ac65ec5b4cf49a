import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// Sources that get new values: each is read as it was before, however the writing is ordered.
@Suite struct AssignmentConformanceTests {
  @Test(arguments: Backends.available)
  func whileOthersReadTheOldValue(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([6, 5])
    let y = computation.source([6, 5])
    computation.assign(x, computation.unary(.exp, x))
    computation.outputs = [computation.binary(.multiply, x, y), computation.sum(x, [1]), x]
    expectConformance(computation, on: backend)
  }

  @Test(arguments: Backends.available)
  func swapped(backend: NamedBackend) {
    var computation = Computation()
    let a = computation.source([40])
    let b = computation.source([40])
    computation.assign(a, b)
    computation.assign(b, a)
    expectConformance(computation, on: backend, "bare")

    computation.assignments = []
    computation.assign(a, computation.unary(.sin, b))
    computation.assign(b, computation.unary(.cos, a))
    expectConformance(computation, on: backend, "through functions")

    let c = computation.source([40])
    computation.assignments = []
    computation.assign(a, b)
    computation.assign(b, c)
    computation.assign(c, a)
    expectConformance(computation, on: backend, "in a ring")
  }

  /// A source that is read somewhere else than where it is written: its transpose, a shifted part, a product with
  /// itself, its own reduction.
  @Test(arguments: Backends.available)
  func readElsewhere(backend: NamedBackend) {
    func check(_ name: String, _ value: (inout Computation, NodeID) -> NodeID) {
      var computation = Computation()
      let x = computation.source([8, 8])
      computation.assign(x, value(&computation, x))
      expectConformance(computation, on: backend, name)
      computation.outputs = [computation.unary(.exp, x)]
      expectConformance(computation, on: backend, "\(name), and read by another")
    }
    check("transposed") { $0.transposed($1) }
    check("a sum with its transpose") { $0.binary(.add, $1, $0.transposed($1)) }
    check("shifted") { computation, x in
      let rows = computation.add(.slice(start: [1, 0], end: [8, 8]), x)
      return computation.add(.pad(before: [0, 0], after: [1, 0]), rows)
    }
    check("rolled") { computation, x in
      let top = computation.add(.slice(start: [0, 0], end: [3, 8]), x)
      return computation.add(.concatenate(axis: 0), computation.add(.slice(start: [3, 0], end: [8, 8]), x), top)
    }
    check("a product with itself") { $0.add(.matmul, $1, $1) }
    check("a product and the old value") { computation, x in
      let product = computation.add(.matmul, x, computation.transposed(x))
      return computation.binary(.add, x, computation.binary(.multiply, product, computation.like(x, -0.1)))
    }
    check("divided by its sum") { computation, x in
      computation.binary(.divide, x, computation.stretch(computation.sum(x, [0, 1]), to: [8, 8]))
    }
    check("gathered") { computation, x in
      let rows = computation.source([8], [7, 6, 5, 4, 3, 2, 1, 0], .int32)
      return computation.add(.gather, x, rows)
    }
    check("reshaped and turned") { computation, x in
      computation.add(.reshape([8, 8]), computation.transposed(computation.add(.reshape([4, 16]), x)))
    }
  }

  @Test(arguments: Backends.available)
  func ofOneValueToSeveral(backend: NamedBackend) {
    var computation = Computation()
    let a = computation.source([12])
    let b = computation.source([12])
    let c = computation.source([3, 4])
    let value = computation.binary(.add, a, b)
    computation.assign(a, value)
    computation.assign(b, value)
    computation.assign(c, computation.add(.reshape([3, 4]), value))
    computation.outputs = [value, computation.unary(.negate, value)]
    expectConformance(computation, on: backend)
  }

  @Test(arguments: Backends.available)
  func ofConstantsSourcesAndViews(backend: NamedBackend) {
    var computation = Computation()
    let a = computation.source([12])
    let b = computation.source([3, 4])
    let c = computation.source([4, 3])
    let unread = computation.source([4])
    computation.assign(a, computation.graph.full(7, [12], .float32))
    computation.assign(c, computation.transposed(b))
    computation.assign(unread, computation.add(.reshape([4]), computation.add(.slice(start: [1, 0], end: [2, 4]), b)))
    expectConformance(computation, on: backend)
    computation.assign(b, computation.add(.reshape([3, 4]), a))
    expectConformance(computation, on: backend, "and a source")
  }

  /// Adam over a flat arena, with its moments and its step counter, read and written in one pass; then run on.
  @Test(arguments: Backends.available)
  func replaysGoOnFromWhatTheyWrote(backend: NamedBackend) throws {
    var computation = Computation()
    let parameters = computation.source([500])
    let first = computation.source([500], computation.random.signed(500).map { $0 / 10 }, .float32)
    let second = computation.source([500], computation.random.uniform(500, in: 0..<1), .float32)
    let state = computation.source([3], [1, 2, 0], .uint32)
    let noise = computation.add(.random(.normal, shape: [500], stream: 0, type: .float32), state)
    let gradient = computation.binary(.add, parameters, noise)
    func mix(_ old: NodeID, _ new: NodeID, _ rate: Double) -> NodeID {
      let kept = computation.binary(.multiply, old, computation.like(old, rate))
      return computation.binary(.add, kept, computation.binary(.multiply, new, computation.like(new, 1 - rate)))
    }
    let newFirst = mix(first, gradient, 0.9)
    let newSecond = mix(second, computation.binary(.multiply, gradient, gradient), 0.99)
    let root = computation.binary(.add, computation.unary(.sqrt, newSecond), computation.like(newSecond, 1e-8))
    let change = computation.binary(
      .multiply, computation.binary(.divide, newFirst, root), computation.like(root, 0.01))
    computation.assign(parameters, computation.binary(.subtract, parameters, change))
    computation.assign(first, newFirst)
    computation.assign(second, newSecond)
    let one = computation.add(
      .concatenate(axis: 0), computation.graph.full(0, [2], .uint32), computation.graph.full(1, [1], .uint32))
    computation.assign(state, computation.binary(.add, state, one))
    computation.outputs = [computation.total(computation.binary(.multiply, gradient, gradient))]
    expectConformance(computation, on: backend)

    try expectStepsToConform(computation, on: backend, .fused, times: 5)
  }
}
