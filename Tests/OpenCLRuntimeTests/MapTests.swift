import Graphs
import Plans
import Testing

@Suite("Maps")
struct MapTests {
  static let extents = [1, 7, 63, 65, 1000]

  @Test("An expression at every place, for every extent", arguments: TestDevice.all)
  func extents(device: TestDevice) throws {
    try device.check(
      Self.extents.map { n in
        KernelCase(
          kernel: .map([n], [.float32, .float32, .float32]) { body in
            let x = body.load(0, [1])
            let y = body.load(1, [1])
            let product = body.binary(.multiply, x, y)
            return [Store(body.binary(.add, product, x), to: 2, [1])]
          }, memory: [numbers(n), numbers(n, seed: 2), [Double](repeating: 0, count: n)], scale: 8, name: "\(n)")
      })
  }

  @Test("Strides, broadcasts, transposes and several stores", arguments: TestDevice.all)
  func strides(device: TestDevice) throws {
    let (a, b, c) = (5, 7, 33)
    let n = a * b * c
    try device.check([
      KernelCase(
        kernel: .map([a, b, c], Array(repeating: .float32, count: 5)) { body in
          let whole = body.load(0, [b * c, c, 1])
          let row = body.load(1, [0, 0, 1])
          let transposed = body.load(2, [1, a, a * b], offset: 3)
          let sum = body.binary(.add, body.binary(.multiply, whole, row), transposed)
          return [
            Store(sum, to: 3, [b * c, c, 1]), Store(body.unary(.negate, sum), to: 4, [b * c, c, -1], offset: c - 1),
          ]
        },
        memory: [
          numbers(n), numbers(c, seed: 2), numbers(n + 3, seed: 3), [Double](repeating: 0, count: n),
          [Double](repeating: 0, count: n),
        ], scale: 8)
    ])
  }

  @Test("A map may load and store one argument", arguments: TestDevice.all)
  func inPlace(device: TestDevice) throws {
    let n = 4099
    let zeros = [Double](repeating: 0, count: n)
    try device.check([
      KernelCase(
        kernel: .map([n], Array(repeating: .float32, count: 4)) { body in
          // Adam without bias correction.
          let gradient = body.load(1, [1])
          let first = body.binary(
            .add, body.binary(.multiply, body.load(2, [1]), body.constant(0.9)),
            body.binary(.multiply, gradient, body.constant(0.1)))
          let second = body.binary(
            .add, body.binary(.multiply, body.load(3, [1]), body.constant(0.999)),
            body.binary(.multiply, body.unary(.absolute, gradient), body.constant(0.001)))
          let root = body.binary(.add, body.unary(.sqrt, second), body.constant(1e-8))
          let step = body.binary(.multiply, body.constant(1e-3), body.binary(.divide, first, root))
          let updated = body.binary(.subtract, body.load(0, [1]), step)
          return [Store(updated, to: 0, [1]), Store(first, to: 2, [1]), Store(second, to: 3, [1])]
        }, memory: [numbers(n), numbers(n, 0.5...2, seed: 2), zeros, zeros], scale: 2)
    ])
  }

  @Test("Memory outside bounds is not touched and counts as 0", arguments: TestDevice.all)
  func bounds(device: TestDevice) throws {
    // A 3 x 5 matrix padded by 2 rows above and 1 column on each side; the addresses outside are far outside.
    let at = Affine(offset: -2 * 5 - 1, strides: [5, 1])
    let bounds = [
      Bound(index: Affine(offset: -2, strides: [1, 0]), extent: 3),
      Bound(index: Affine(offset: -1, strides: [0, 1]), extent: 5),
    ]
    let far = Affine(offset: -2_000_000, strides: [1_000_000, 1])
    try device.check([
      KernelCase(
        kernel: .map([6, 7], [.float32, .float32, .float32, .float32]) { body in
          let padded = body.add(.load(argument: 0, at: at, row: nil, bounds: bounds), .float32)
          let inside = body.add(.inside(bounds), .float32)
          let wild = body.add(
            .load(
              argument: 0, at: far, row: nil, bounds: [Bound(index: Affine(offset: -2, strides: [1, 0]), extent: 1)]),
            .float32)
          return [Store(padded, to: 1, [7, 1]), Store(inside, to: 2, [7, 1]), Store(wild, to: 3, [7, 1])]
        },
        memory: [numbers(15)] + Array(repeating: [Double](repeating: 9, count: 42), count: 3))
    ])
  }

  @Test("Rows that are data, clamped, over few and over very many elements", arguments: TestDevice.all)
  func rows(device: TestDevice) throws {
    let rows = [3.0, 0, -5, 99, 1]
    let cases = [4, 1 << 20].map { count in
      KernelCase(
        kernel: .map([5, 13], [.int32, .float32, .float32, .int32]) { body in
          let row = body.load(0, [1, 0])
          // Where 2^20 rows of 2^13 elements are promised, only rows that exist are asked for.
          let stride = count == 4 ? 13 : 1 << 13
          let known = count == 4 ? row : body.binary(.remainder, row, body.constant(1, .int32))
          let value = body.load(1, [0, 1], row: IndirectRow(row: known, stride: stride, count: count))
          return [
            Store(value, to: 2, [13, 1]),
            Store(body.add(.index(Affine(offset: 2, strides: [13, 1])), .int32), to: 3, [13, 1]),
          ]
        },
        memory: [
          rows, numbers(4 * 13), [Double](repeating: 0, count: 65), [Double](repeating: 0, count: 65),
        ], tolerance: 0, name: "\(count) rows")
    }
    try device.check(cases)
  }

  @Test("Random bits, uniform and normal numbers, and the shuffle", arguments: TestDevice.all)
  func random(device: TestDevice) throws {
    let n = 1003
    let state = [0x1234_5678, 0x9ABC_DEF0, 77.0]
    let zeros = [Double](repeating: 0, count: n)
    func draw(_ kind: RandomKind, _ type: ElementType, tolerance: Double) -> KernelCase {
      KernelCase(
        kernel: .map([n], [.uint32, type]) { body in
          let at = Affine(offset: (1 << 33) + 5, strides: [1])
          return [Store(body.add(.random(kind, stream: 9, state: 0, at: at, row: nil), type), to: 1, [1])]
        }, memory: [state, zeros], tolerance: tolerance, scale: kind == .normal ? 1 : nil, name: "\(kind) \(type)")
    }
    let byRow = KernelCase(
      kernel: .map([17, 59], [.uint32, .int32, .float32]) { body in
        let row = body.load(1, [1, 0])
        let normal = body.add(
          .random(
            .normal, stream: 3, state: 0, at: Affine(strides: [0, 1]),
            row: IndirectRow(row: row, stride: 59, count: 17)), .float32)
        return [Store(normal, to: 2, [59, 1])]
      }, memory: [state, (0..<17).map { Double(1_000_000 - 7 * $0) }, zeros], tolerance: 16, scale: 1, name: "rows")
    let shuffle = KernelCase(
      kernel: .map([n], [.uint32, .uint32]) { body in
        let position = body.add(.index(Affine(strides: [1])), .uint32)
        let words = (0..<3).map { body.load(0, [0], offset: $0) }
        let place = body.add(.shuffle(count: n, position, words[2], words[0], words[1]), .uint32)
        return [Store(place, to: 1, [1])]
      }, memory: [state, zeros], tolerance: 0, name: "shuffle")
    var cases = [
      draw(.bits, .uint32, tolerance: 0), draw(.uniform, .float32, tolerance: 0.5),
      draw(.normal, .float32, tolerance: 16),
      byRow, shuffle,
    ]
    if device.backend.device.supportsFloat64 {
      cases += [draw(.uniform, .float64, tolerance: 0), draw(.normal, .float64, tolerance: 16)]
    }
    try device.check(cases)
  }
}
