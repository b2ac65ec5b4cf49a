import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// The same elements at other places: alone, in compositions, and inside expressions.
@Suite struct MovementConformanceTests {
  @Test(arguments: Backends.available)
  func eachAlone(backend: NamedBackend) {
    let cases: [(Shape, Op)] = [
      ([6, 10], .reshape([4, 15])), ([1, 1], .reshape([])), ([5, 1], .broadcast([5, 7])),
      ([1, 5], .broadcast([7, 5])),
      ([1], .broadcast([1000])), ([2, 1, 3], .broadcast([2, 4, 3])), ([37, 21], .permute([1, 0])),
      ([3, 4, 5], .permute([2, 0, 1])), ([3, 4, 5, 2], .permute([3, 1, 0, 2])),
      ([9, 9], .slice(start: [2, 3], end: [7, 8])), ([64], .slice(start: [63], end: [64])),
      ([3, 5], .pad(before: [1, 2], after: [0, 3])), ([4], .pad(before: [5], after: [6])),
    ]
    for type in ElementType.allCases {
      var computation = Computation()
      for (shape, op) in cases {
        let x = computation.source(shape, type)
        computation.output(computation.add(op, x), "\(op) of \(shape)")
      }
      expectConformance(computation, on: backend, plannings: [.fused], "\(type)")
    }
  }

  @Test(arguments: Backends.available)
  func concatenate(backend: NamedBackend) {
    var computation = Computation()
    for axis in 0..<3 {
      let shapes: [Shape] = (1...3).map { extent in
        var shape: Shape = [2, 3, 4]
        shape[axis] = extent
        return shape
      }
      let inputs = shapes.map { computation.source($0) }
      let bent = computation.unary(.exp, inputs[1])
      let whole = computation.graph.add(.concatenate(axis: axis), [inputs[0], bent, inputs[2], inputs[0]])
      // Both the whole and one of its pieces are wanted, and the whole is used inside an expression.
      computation.output(whole, "axis \(axis)")
      computation.outputs += [bent, computation.unary(.sigmoid, whole)]
    }
    expectConformance(computation, on: backend)
  }

  /// A concatenation of concatenations, of views and of one node twice.
  @Test(arguments: Backends.available)
  func concatenationsNest(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([4, 3])
    let y = computation.source([3, 4])
    let turned = computation.transposed(y)
    let inner = computation.add(.concatenate(axis: 0), computation.unary(.sin, x), turned)
    let row = computation.add(.slice(start: [1, 0], end: [2, 3]), inner)
    let outer = computation.graph.add(.concatenate(axis: 0), [inner, row, computation.unary(.negate, inner), inner])
    let columns = computation.add(.concatenate(axis: 1), outer, outer)
    computation.outputs = [columns, computation.sum(outer, [0]), inner]
    expectConformance(computation, on: backend)
  }

  /// Values that are stretched in every pattern, against one that is not.
  @Test(arguments: Backends.available)
  func broadcastPatterns(backend: NamedBackend) {
    let whole: Shape = [3, 4, 5]
    var computation = Computation()
    for mask in 0..<8 {
      let small = Shape(whole.dimensions.enumerated().map { mask >> $0 & 1 == 1 ? 1 : $1 })
      let x = computation.source(whole)
      let y = computation.source(small)
      let stretched = computation.add(.broadcast(whole), computation.unary(.softplus, y))
      computation.output(computation.binary(.multiply, x, stretched), "\(small)")
      computation.output(computation.binary(.add, stretched, computation.like(x, 1)), "\(small) and a constant")
    }
    expectConformance(computation, on: backend)
  }

  @Test(arguments: Backends.available)
  func padAndSliceInsideExpressions(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([5, 6])
    let y = computation.source([7, 9])
    let padded = computation.add(.pad(before: [1, 0], after: [1, 3]), computation.unary(.cos, x))
    let sum = computation.binary(.add, padded, y)
    let sliced = computation.add(.slice(start: [1, 2], end: [6, 9]), computation.binary(.multiply, sum, sum))
    let twice = computation.add(
      .pad(before: [0, 2], after: [2, 0]), computation.add(.pad(before: [1, 1], after: [0, 0]), x))
    computation.outputs = [sum, computation.unary(.exp, sliced), computation.unary(.cos, twice)]
    expectConformance(computation, on: backend)
  }

  @Test(arguments: Backends.available)
  func reshapesOfPermutesOfSlices(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([6, 8, 10])
    let sliced = computation.add(.slice(start: [1, 2, 0], end: [5, 8, 10]), x)
    let turned = computation.add(.permute([1, 0, 2]), sliced)
    let flat = computation.add(.reshape([240]), computation.add(.reshape([6, 40]), turned))
    let back = computation.add(.permute([1, 0]), computation.add(.reshape([24, 10]), flat))
    let rows = computation.add(.reshape([15, 16]), computation.unary(.negate, back))
    computation.outputs = [flat, back, rows, computation.sum(rows, [1])]
    expectConformance(computation, on: backend)
  }

  /// Random compositions of movements with an op between.
  @Test(arguments: Backends.seeds(60, compiled: 12))
  func compositions(backend: NamedBackend, seed: UInt64) {
    expectConformance(Self.composition(seed: seed), on: backend, "seed \(seed)")
  }

  static func composition(seed: UInt64) -> Computation {
    var computation = Computation(seed: seed)
    var x = computation.source(computation.random.pick([[2, 3, 4], [6, 1, 5], [24], [4, 9], [1, 1, 7, 2]]))
    for _ in 0..<Int.random(in: 2...7, using: &computation.random) {
      let op = randomMovement(of: computation.graph.shape(x), &computation.random)
      if case .concatenate = op {
        x = computation.add(op, x, computation.unary(.negate, x))
      } else {
        x = computation.add(op, x)
      }
      if computation.random.next() % 3 == 0 {
        x = computation.unary(computation.random.pick([.sin, .softplus, .relu]), x)
      }
      if computation.graph.shape(x).elementCount > 2000 { break }
      if computation.random.next() % 5 == 0 { computation.outputs.append(x) }
    }
    computation.outputs.append(x)
    return computation
  }

  static func randomMovement(of shape: Shape, _ random: inout SplitMix) -> Op {
    let extents = shape.dimensions
    let axes = Array(extents.indices)
    switch random.next() % 8 {
    case 0: return .permute(axes.shuffled(using: &random))
    case 1, 2:
      let count = shape.elementCount
      let factors = (1...max(count, 1)).filter { count > 0 && count % $0 == 0 }
      let first = factors.isEmpty ? 0 : random.pick(factors)
      return .reshape(
        first == 0 ? shape : random.pick([[first, count / first], [1, count], [count / first, 1, first]]))
    case 3:
      let start = extents.map { Int.random(in: 0...$0 / 3, using: &random) }
      return .slice(
        start: start, end: zip(start, extents).map { Int.random(in: min($0 + 1, $1)...$1, using: &random) })
    case 4:
      return .pad(before: axes.map { _ in Int(random.next() % 2) }, after: axes.map { _ in Int(random.next() % 2) })
    case 5: return .concatenate(axis: axes.isEmpty ? 0 : random.pick(axes))
    default: return .broadcast(Shape(extents.map { $0 == 1 ? 3 : $0 }))
    }
  }
}
