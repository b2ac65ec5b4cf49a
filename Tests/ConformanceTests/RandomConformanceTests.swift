import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// Random numbers are the same bits on every device.
@Suite struct RandomConformanceTests {
  static let states: [[Double]] = [[0, 0, 0], [1, 2, 3], [4_294_967_295, 4_294_967_295, 4_294_967_295]]

  @Test(arguments: Backends.available, RandomKind.allCases)
  func draws(backend: NamedBackend, kind: RandomKind) {
    for type in kind == .bits ? [ElementType.uint32] : [.float32, .float64] {
      var computation = Computation()
      for shape in [[1], [5], [1027], [3, 7, 11]] as [Shape] {
        for (stream, state) in Self.states.enumerated() {
          let key = computation.source([3], state, .uint32)
          let x = computation.add(.random(kind, shape: shape, stream: UInt32(stream) &- 2, type: type), key)
          computation.output(x, "\(shape) of \(state)")
        }
      }
      expectConformance(computation, on: backend, plannings: [.fused], "\(type)")
    }
  }

  /// The uniform numbers are exact functions of the bits.
  @Test(arguments: Backends.available)
  func uniformsAreExact(backend: NamedBackend) throws {
    for type in backend.types where type.isFloatingPoint {
      var computation = Computation()
      let key = computation.source([3], [9, 8, 7], .uint32)
      computation.outputs = [computation.add(.random(.uniform, shape: [4096], stream: 1, type: type), key)]
      let execution = try Execution(computation, on: backend.backend)
      try execution.program.run(times: 1)
      let expected = computation.interpreter.evaluate(computation.outputs, of: computation.graph)[0].values
      #expect(try execution.output(0) == expected)
    }
  }

  /// A shard's rows, in any order, hold what they hold in the whole.
  @Test(arguments: Backends.available)
  func rows(backend: NamedBackend) {
    var computation = Computation()
    for kind in RandomKind.allCases {
      let type: ElementType = kind == .bits ? .uint32 : .float32
      for width in [1, 3, 20] {
        let key = computation.source([3], [5, 6, 7], .uint32)
        let rows = computation.source([6], [0, 59_999, 3, 3, 123_456_789, 2], .int32)
        let x = computation.add(.random(kind, shape: [6, width], stream: 3, type: type), key, rows)
        computation.output(x, "\(kind), \(width) wide")
      }
    }
    expectConformance(computation, on: backend)
  }

  /// Noise inside expressions, seen through movements, and drawn from a state that the graph computes.
  @Test(arguments: Backends.available)
  func drawsInsideExpressions(backend: NamedBackend) {
    var computation = Computation()
    let key = computation.source([3], [5, 6, 7], .uint32)
    let x = computation.source([8, 6])
    let noise = computation.add(.random(.normal, shape: [8, 6], stream: 0, type: .float32), key)
    let uniform = computation.add(.random(.uniform, shape: [6, 8], stream: 1, type: .float32), key)
    let scaled = computation.binary(.add, x, computation.binary(.multiply, noise, computation.unary(.exp, x)))
    let mask = computation.binary(.less, computation.transposed(uniform), computation.unary(.sigmoid, x))
    let step = computation.add(
      .concatenate(axis: 0), computation.add(.slice(start: [0], end: [2]), key),
      computation.graph.full(99, [1], .uint32))
    let bits = computation.add(.random(.bits, shape: [8, 6], stream: 2, type: .uint32), step)
    let part = computation.add(.slice(start: [2, 1], end: [6, 5]), noise)
    computation.outputs = [scaled, mask, bits, part, computation.sum(noise, [0]), computation.sum(part, [1])]
    expectConformance(computation, on: backend)
  }

  /// The next batch: positions to rows of a permutation of the data, gathered and scaled.
  @Test(arguments: Backends.available)
  func shuffle(backend: NamedBackend) {
    var computation = Computation()
    let positions = computation.add(.iota(shape: [300], axis: 0, type: .uint32))
    let words = computation.source([3], [3, 11, 12], .uint32)
    func word(_ i: Int) -> NodeID {
      computation.stretch(computation.add(.slice(start: [i], end: [i + 1]), words), to: [300])
    }
    for count in [1, 2, 5, 1000, 60_000, 4_000_000_000] {
      let limit = computation.graph.full(Double(count), [300], .uint32)
      let limited = computation.binary(.remainder, positions, limit)
      computation.output(
        computation.graph.add(.shuffle(count: count), [limited, word(0), word(1), word(2)]), "of \(count)")
    }
    expectConformance(computation, on: backend)
  }
}
