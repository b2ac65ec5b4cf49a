import Graphs
import Plans
import TestSupport
import Testing

@testable import CPURuntime

@Suite("Maps: where elements come from and go to")
struct MapTests {
  private func numbers(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var generator = SplitMix(seed: seed)
    return generator.uniform(count, in: -2..<2)
  }

  /// argument 1 = argument 0 at `at` over a space, twice.
  private func copy(_ domain: [Int], _ at: Affine, row: IndirectRow? = nil, bounds: [Bound] = []) -> Kernel {
    var body = Expression()
    let x = body.add(.load(argument: 0, at: at, row: nil, bounds: bounds), .float32)
    let y = body.add(.binary(.add, x, x), .float32)
    return Kernel(
      form: .map, domain: domain, body: body, stores: [Store(value: y, argument: 1, at: rowMajor(domain))],
      arguments: [.float32, .float32])
  }

  private func zeros(_ domain: [Int]) -> [Double] { [Double](repeating: 0, count: domain.reduce(1, *)) }

  @Test(
    "strided, transposed and broadcast",
    arguments: [
      ([5, 7], [7, 1], 0), ([5, 7], [1, 5], 0), ([5, 7], [0, 1], 3), ([5, 7], [1, 0], 0), ([5, 7], [0, 0], 2),
      ([300, 3], [1, 300], 0), ([3, 300], [600, 2], 1), ([3, 4, 5], [1, 15, 3], 0), ([2, 3, 4, 5], [1, 2, 30, 6], 0),
      ([2, 1500], [0, 1], 0), ([40, 257], [1, 40], 0), ([4], [-1], 3), ([3, 5], [-5, -1], 14),
      ([1, 1, 1], [9, 9, 9], 0),
      ([70, 20], [20, 1], 0), ([1000, 3], [3, 1], 0),
    ])
  func strides(domain: [Int], strides: [Int], offset: Int) throws {
    let result = try check(
      copy(domain, Affine(offset: offset, strides: strides)), [numbers(2400 + 9000), zeros(domain)], ulps: 0)
    #expect(result[1].isClose, "\(result[1])")
  }

  @Test("bounds give zeros and touch nothing outside")
  func bounds() throws {
    // Argument 0 is (4, 6); a margin of 2 before and 3 after in both dimensions.
    let domain = [9, 11]
    let at = Affine(offset: -2 * 6 - 2, strides: [6, 1])
    let bounds = [
      Bound(index: Affine(offset: -2, strides: [1, 0]), extent: 4),
      Bound(index: Affine(offset: -2, strides: [0, 1]), extent: 6),
    ]
    let result = try check(copy(domain, at, bounds: bounds), [numbers(24), zeros(domain)], ulps: 0)
    #expect(result[1].isClose, "\(result[1])")
  }

  @Test("bounds on rising, falling and crossing indices", arguments: [(1, 0), (2, -3), (-1, 8), (-3, 20), (3, 1)])
  func boundsOfAnyStride(stride: Int, offset: Int) throws {
    for domain in [[13], [3, 13], [300, 13], [2, 700]] {
      var index = Affine(offset: offset, strides: domain.map { _ in 0 })
      index.strides[domain.count - 1] = stride
      index.strides[0] += domain.count > 1 ? 1 : 0
      let result = try check(
        copy(domain, index, bounds: [Bound(index: index, extent: 11)]), [numbers(11), zeros(domain)], ulps: 0)
      #expect(result[1].isClose, "\(domain): \(result[1])")
    }
  }

  @Test("rows that are data, by row, by column and by both, clamped")
  func indirectRows() throws {
    for (domain, rowStrides) in [
      ([6, 50], [1, 0]), ([6, 50], [0, 1]), ([6, 50], [50, 1]), ([3, 700], [1, 0]), ([3, 700], [0, 1]),
    ] {
      var body = Expression()
      let row = body.load(2, Affine(strides: rowStrides), .int32)
      let at = Affine(strides: [0, 1])
      let x = body.add(
        .load(argument: 0, at: at, row: IndirectRow(row: row, stride: domain[1], count: 5), bounds: []), .float32)
      let y = body.add(.unary(.negate, x), .float32)
      let kernel = Kernel(
        form: .map, domain: domain, body: body, stores: [Store(value: y, argument: 1, at: rowMajor(domain))],
        arguments: [.float32, .float32, .int32])
      var generator = SplitMix(seed: 5)
      let rows = generator.integers(domain[0] * domain[1], in: -2...6)
      let result = try check(kernel, [numbers(5 * domain[1]), zeros(domain), rows], ulps: 0)
      #expect(result[1].isClose, "\(domain) \(rowStrides): \(result[1])")
    }
  }

  @Test("rows and bounds together")
  func indirectRowsWithinBounds() throws {
    let domain = [6, 12]
    for rowStrides in [[1, 0], [0, 1]] {
      var body = Expression()
      let row = body.load(2, Affine(strides: rowStrides), .int32)
      let column = Affine(offset: -2, strides: [0, 1])
      let x = body.add(
        .load(
          argument: 0, at: column, row: IndirectRow(row: row, stride: 8, count: 5),
          bounds: [Bound(index: column, extent: 8)]), .float32)
      let kernel = Kernel(
        form: .map, domain: domain, body: body, stores: [Store(value: x, argument: 1, at: rowMajor(domain))],
        arguments: [.float32, .float32, .int32])
      let rows = (0..<12).map { Double($0 % 5) }
      let result = try check(kernel, [numbers(40), zeros(domain), rows], ulps: 0)
      #expect(result[1].isClose, "\(rowStrides): \(result[1])")
    }
  }

  @Test("indices and masks", arguments: ElementType.allCases)
  func coordinates(type: ElementType) throws {
    for domain in [[7, 9], [2, 900]] {
      var body = Expression()
      let i = body.add(.index(Affine(offset: 3, strides: [2, 0])), type)
      let j = body.add(.index(Affine(offset: 1, strides: [0, 1])), type)
      let both = body.add(.index(Affine(offset: 0, strides: [1, 1])), type)
      let inside = body.add(.inside([Bound(index: Affine(offset: -2, strides: [1, 1]), extent: 5)]), type)
      let values = [i, j, both, inside, body.add(.binary(.maximum, i, j), type)]
      let kernel = Kernel(
        form: .map, domain: domain, body: body,
        stores: values.enumerated().map { Store(value: $0.element, argument: $0.offset, at: rowMajor(domain)) },
        arguments: values.map { _ in type })
      guard type != .uint8 || domain[1] < 200 else { continue }
      for result in try check(kernel, values.map { _ in zeros(domain) }, ulps: 0) {
        #expect(result.isClose, "\(domain): \(result)")
      }
    }
  }

  @Test(
    "bias by column and scale by row, in tiles of many rows and in tiles of one",
    arguments: [[40, 20], [3, 900], [1, 50], [50, 1]])
  func columnsAndRows(domain: [Int]) throws {
    var body = Expression()
    let x = body.load(0, rowMajor(domain), .float32)
    let bias = body.add(.unary(.negate, body.load(1, Affine(strides: [0, 1]), .float32)), .float32)
    let scale = body.add(.unary(.tanh, body.load(2, Affine(strides: [1, 0]), .float32)), .float32)
    let constant = body.add(.constant(Scalar(0.25, .float32)), .float32)
    let outer = body.add(.binary(.multiply, bias, scale), .float32)
    let sum = body.add(.binary(.add, x, outer), .float32)
    let y = body.add(.binary(.subtract, sum, constant), .float32)
    let kernel = Kernel(
      form: .map, domain: domain, body: body,
      stores: [
        Store(value: y, argument: 3, at: rowMajor(domain)),
        Store(value: bias, argument: 4, at: rowMajor(domain)),
        Store(value: scale, argument: 5, at: Affine(strides: [1, domain[0]])),
        Store(
          value: y, argument: 6,
          at: Affine(offset: domain.reduce(1, *) - 1, strides: rowMajor(domain).strides.map { -$0 })),
      ],
      arguments: [ElementType](repeating: .float32, count: 7))
    let places = domain.reduce(1, *)
    let memory =
      [numbers(places), numbers(domain[1], seed: 2), numbers(domain[0], seed: 3)]
      + [Memory.Element](repeating: zeros(domain), count: 4)
    for (argument, result) in try check(kernel, memory, ulps: 4).enumerated() {
      #expect(result.isClose, "argument \(argument): \(result)")
    }
  }

  @Test("in place: old values are read before new ones are written", arguments: [100, 5000])
  func inPlace(count: Int) throws {
    // m = 0.9 m + 0.1 g; v = 0.99 v + 0.01 g g; p = p - m / (sqrt v + e); q and p exchange.
    let at = Affine(strides: [1])
    var body = Expression()
    func constant(_ value: Double) -> Int { body.add(.constant(Scalar(value, .float32)), .float32) }
    let (p, m, v, g) = (
      body.load(0, at, .float32), body.load(1, at, .float32), body.load(2, at, .float32), body.load(3, at, .float32)
    )
    let m1 = body.add(
      .binary(
        .add, body.add(.binary(.multiply, m, constant(0.9)), .float32),
        body.add(.binary(.multiply, g, constant(0.1)), .float32)),
      .float32)
    let square = body.add(.binary(.multiply, g, g), .float32)
    let v1 = body.add(
      .binary(
        .add, body.add(.binary(.multiply, v, constant(0.99)), .float32),
        body.add(.binary(.multiply, square, constant(0.01)), .float32)),
      .float32)
    let root = body.add(.binary(.add, body.add(.unary(.sqrt, v1), .float32), constant(1e-3)), .float32)
    let p1 = body.add(.binary(.subtract, p, body.add(.binary(.divide, m1, root), .float32)), .float32)
    let (a, b) = (body.load(4, at, .float32), body.load(5, at, .float32))
    let kernel = Kernel(
      form: .map, domain: [count], body: body,
      stores: [
        Store(value: p1, argument: 0, at: at), Store(value: m1, argument: 1, at: at),
        Store(value: v1, argument: 2, at: at), Store(value: b, argument: 4, at: at),
        Store(value: a, argument: 5, at: at),
      ],
      arguments: [ElementType](repeating: .float32, count: 6))
    let memory = (0..<6).map { numbers(count, seed: UInt64($0)).map { abs($0) } }
    for (argument, result) in try check(kernel, memory, ulps: 4).enumerated() {
      #expect(result.isClose, "argument \(argument): \(result)")
    }
  }

  @Test("an empty domain writes nothing", arguments: [[0], [0, 5], [5, 0], [3, 0, 2]])
  func empty(domain: [Int]) throws {
    let result = try run([[copy(domain, rowMajor(domain))]], [[1, 2], [3, 4]], on: CPUBackend(threads: 2))
    #expect(result == [[1, 2], [3, 4]])
  }

  @Test("one place without dimensions")
  func scalar() throws {
    let result = try run([[copy([], Affine(strides: []))]], [[1.5], [0]], on: CPUBackend(threads: 2))
    #expect(result[1] == [3])
  }
}
