import DeviceTestSupport
import Graphs
import Plans
import TestSupport
import Testing

/// Whole programs: random expressions, training steps, empty tensors, and devices with little memory or few arguments.
@Suite struct ProgramConformanceTests {
  /// Random programs of elementwise ops, movements, reductions, products and draws, with several results.
  @Test(arguments: Backends.seeds(80, compiled: 12))
  func randomPrograms(backend: NamedBackend, seed: UInt64) {
    expectConformance(Self.program(seed: seed), on: backend, "seed \(seed)")
  }

  static func program(seed: UInt64, type: ElementType = .float32) -> Computation {
    var computation = Computation(seed: seed)
    let shape: Shape = computation.random.pick([[4, 6], [1, 9], [17, 3], [2, 3, 4], [30], [8, 8]])
    var values = (0..<3).map { _ in computation.source(shape, type) }
    let state = computation.source([3], [Double(seed), 2, 3], .uint32)
    for step in 0..<Int.random(in: 5...25, using: &computation.random) {
      let x = computation.random.pick(values)
      let extents = computation.graph.shape(x)
      let same = values.filter { computation.graph.shape($0) == extents }
      let y = computation.random.pick(same)
      let new: NodeID
      switch computation.random.next() % 16 {
      case 0...3: new = computation.unary(computation.random.pick(unary), x)
      case 4...8: new = computation.binary(computation.random.pick(binary), x, y)
      case 9:
        let condition = computation.binary(.less, x, y)
        new = computation.add(.select, condition, computation.random.pick(same), y)
      case 10:
        new = computation.add(.random(.uniform, shape: extents, stream: UInt32(step), type: type), state)
      case 11, 12:
        let axes = extents.dimensions.indices.filter { _ in computation.random.next() % 2 == 0 }
        let reduced = computation.add(.reduce(computation.random.pick([.sum, .maximum]), axes: axes), x)
        new = computation.binary(
          .multiply, computation.add(.broadcast(extents), reduced),
          computation.like(x, 1 / Double(extents.elementCount)))
      case 13 where extents.rank == 2:
        let product = computation.add(.matmul, x, computation.transposed(y))
        new = computation.binary(.multiply, product, computation.like(product, 1 / Double(extents[1])))
      default:
        let op = MovementConformanceTests.randomMovement(of: extents, &computation.random)
        if case .concatenate = op { new = computation.add(op, x, y) } else { new = computation.add(op, x) }
      }
      let count = computation.graph.shape(new).elementCount
      if count <= 1500, count > 0 { values.append(new) }
    }
    // The last value reads most of the others; some in the middle are results too.
    computation.outputs = [values.last!] + values.dropFirst(3).filter { _ in computation.random.next() % 4 == 0 }
    if computation.random.next() % 2 == 0 {
      for number in 0..<2 {
        let target = values[number]
        let candidates = values.filter { computation.graph.shape($0).elementCount == shape.elementCount }
        computation.assign(target, computation.add(.reshape(shape), computation.random.pick(candidates)))
      }
    }
    return computation
  }

  /// Ops that keep numbers of unit size of unit size, so that a long chain still says something.
  private static let unary: [UnaryOp] = [.negate, .absolute, .sin, .cos, .tanh, .sigmoid, .softplus, .erf, .relu]
  private static let binary: [BinaryOp] = [.add, .subtract, .multiply, .maximum, .minimum, .less]

  /// The same programs on a device with small memory segments and few arguments a kernel.
  @Test(arguments: Backends.seeds(30, compiled: 3))
  func randomProgramsWithinLimits(backend: NamedBackend, seed: UInt64) {
    let plannings = [
      Planning(
        name: "six arguments",
        limits: { PlanLimits(largestSegmentByteCount: $0.largestSegmentByteCount, argumentCount: 6) }),
      Planning(
        name: "segments of 16 KiB",
        limits: { PlanLimits(largestSegmentByteCount: 1 << 14, argumentCount: $0.argumentCount) }),
    ]
    expectConformance(Self.program(seed: 5000 + seed), on: backend, plannings: plannings, "seed \(5000 + seed)")
  }

  /// Loss and gradients of a small network: what a training step is made of.
  @Test(arguments: Backends.available, [ElementType.float32, .float64])
  func networkGradients(backend: NamedBackend, type: ElementType) {
    var computation = Computation()
    let x = computation.source([9, 13], type)
    var weights: [NodeID] = []
    var h = x
    for (input, output) in [(13, 8), (8, 5), (5, 13)] {
      let weight = computation.source([output, input], type)
      let bias = computation.source([output], type)
      weights += [weight, bias]
      let product = computation.add(.matmul, h, computation.transposed(weight))
      h = computation.binary(.add, product, computation.stretch(bias, to: [9, output]))
      if output != 13 { h = computation.unary(output == 8 ? .relu : .tanh, h) }
    }
    // Bernoulli from logits: softplus(h) - x h.
    let loss = computation.total(
      computation.binary(.subtract, computation.unary(.softplus, h), computation.binary(.multiply, x, h)))
    let gradients = computation.graph.gradients(of: loss, withRespectTo: weights)
    computation.outputs = [loss] + gradients
    for (weight, gradient) in zip(weights, gradients) {
      let change = computation.binary(.multiply, gradient, computation.like(gradient, 0.01))
      computation.assign(weight, computation.binary(.subtract, weight, change))
    }
    expectConformance(computation, on: backend, "\(type)")
  }

  /// Tensors without elements go through every kind of op; a sum over none is 0.
  @Test(arguments: Backends.available)
  func emptyTensors(backend: NamedBackend) {
    var computation = Computation()
    let empty = computation.source([0, 4])
    let x = computation.source([3, 4])
    let rows = computation.source([0], .int32)
    let key = computation.source([3], [1, 2, 3], .uint32)
    let none = computation.add(.slice(start: [1, 0], end: [1, 4]), x)
    computation.outputs = [
      computation.unary(.exp, empty), computation.binary(.add, empty, none), computation.sum(empty, [0]),
      computation.unary(.exp, computation.sum(empty, [0, 1])),
      computation.add(.matmul, empty, computation.transposed(x)),
      computation.add(.matmul, computation.transposed(empty), none), computation.add(.gather, x, rows),
      computation.add(.concatenate(axis: 0), empty, x, none),
      computation.add(.pad(before: [2, 0], after: [0, 0]), none),
      computation.add(.random(.normal, shape: [0, 2], stream: 0, type: .float32), key), computation.sum(none, [1]),
      computation.add(.reshape([4, 0]), none),
    ]
    expectConformance(computation, on: backend)
  }

  /// A long chain is more than one kernel can hold.
  @Test(arguments: Backends.available)
  func longChains(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([77])
    let sources = (0..<40).map { _ in computation.source([77]) }
    var y = x
    for source in sources { y = computation.unary(.sin, computation.binary(.add, y, source)) }
    // A sum of many: more arguments than a kernel may have.
    var sum = x
    for source in sources { sum = computation.binary(.add, sum, source) }
    computation.outputs = [y, sum]
    expectConformance(computation, on: backend)
  }

  /// A node wanted several times, as itself, reshaped, stopped, and a source and a constant wanted as they are.
  @Test(arguments: Backends.available)
  func resultsThatAreOneOrNone(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([4, 3])
    let y = computation.unary(.exp, x)
    computation.outputs = [
      y, y, computation.add(.reshape([12]), y), computation.add(.stopGradient, y), x,
      computation.add(.reshape([2, 6]), x), computation.graph.full(3, [2, 2], .float32),
      computation.add(.iota(shape: [5, 7], axis: 1, type: .int32)),
      computation.add(.reshape([7, 5]), computation.add(.iota(shape: [5, 7], axis: 0, type: .float32))),
      computation.add(.slice(start: [1, 1], end: [3, 2]), x), computation.transposed(x),
    ]
    expectConformance(computation, on: backend)
  }

  /// The coordinates themselves, through reshapes that no strides describe.
  @Test(arguments: Backends.available)
  func coordinates(backend: NamedBackend) {
    var computation = Computation()
    for type in ElementType.allCases where type != .float64 {
      let iota = computation.add(.iota(shape: [5, 7], axis: 1, type: type))
      let flat = computation.add(.reshape([35]), iota)
      let part = computation.add(.slice(start: [3], end: [33]), flat)
      let turned = computation.transposed(computation.add(.reshape([6, 5]), part))
      computation.outputs += [turned, computation.binary(.add, turned, turned), computation.sum(turned, [0])]
    }
    expectConformance(computation, on: backend)
  }
}
