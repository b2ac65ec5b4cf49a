import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// Rows whose numbers are data.
@Suite struct GatherConformanceTests {
  /// Rows repeat, and those outside are clamped.
  private static let rows: [Double] = [4, 0, 4, 9, 2, 5, -3, 77]

  @Test(arguments: Backends.available)
  func alone(backend: NamedBackend) {
    var computation = Computation()
    for type in backend.types {
      for shape in [[10], [10, 1], [10, 7], [10, 3, 5], [1, 4]] as [Shape] {
        let data = computation.source(shape, type)
        let rows = computation.source([8], Self.rows, .int32)
        computation.output(computation.add(.gather, data, rows), "\(shape) \(type)")
      }
    }
    expectConformance(computation, on: backend, plannings: [.fused])
  }

  /// The batch of a training step: bytes by permuted row, scaled, made binary by noise of the global row.
  @Test(arguments: Backends.available)
  func batchOfBytes(backend: NamedBackend) {
    var computation = Computation()
    let data = computation.source([50, 12], computation.random.integers(600, in: 0...255), .uint8)
    let key = computation.source([3], [1, 2, 3], .uint32)
    let positions = computation.add(.iota(shape: [16], axis: 0, type: .uint32))
    func word(_ i: Int) -> NodeID {
      computation.stretch(computation.add(.slice(start: [i], end: [i + 1]), key), to: [16])
    }
    let place = computation.graph.add(.shuffle(count: 50), [positions, word(2), word(0), word(1)])
    let rows = computation.add(.cast(.int32), place)
    let bytes = computation.add(.gather, data, rows)
    let pixels = computation.binary(
      .multiply, computation.add(.cast(.float32), bytes), computation.graph.full(1 / 255, [16, 12], .float32))
    let noise = computation.add(.random(.uniform, shape: [16, 12], stream: 7, type: .float32), key, rows)
    computation.outputs = [pixels, computation.binary(.less, noise, pixels), rows]
    expectConformance(computation, on: backend)
  }

  /// Of computed data, of views, with computed rows, and gathered from what was gathered.
  @Test(arguments: Backends.available)
  func ofExpressions(backend: NamedBackend) {
    var computation = Computation()
    let data = computation.source([6, 10])
    let rows = computation.source([8], Self.rows, .int32)
    let ones = computation.graph.full(1, [8], .int32)
    let turned = computation.transposed(data)
    let once = computation.add(.gather, turned, rows)
    computation.outputs = [
      computation.add(.gather, computation.unary(.exp, turned), rows),
      computation.add(.gather, turned, computation.binary(.add, rows, ones)),
      computation.unary(.sin, computation.add(.gather, once, computation.add(.slice(start: [1], end: [4]), rows))),
      computation.sum(once, [1]),
      computation.add(.matmul, computation.add(.slice(start: [0, 0], end: [6, 6]), once), data),
    ]
    let loss = computation.total(computation.unary(.sin, once))
    computation.outputs += computation.graph.gradients(of: loss, withRespectTo: [data])
    expectConformance(computation, on: backend)
  }
}
