import Graphs
import Plans
import Testing

@Suite("Products of matrices")
struct MatmulTests {
  /// How the two matrices lie in memory.
  enum Layout: String, CaseIterable {
    case nn, nt, tn, tt

    func left(_ rows: Int, _ depth: Int) -> MatrixView {
      self == .nn || self == .nt
        ? MatrixView(argument: 0, offset: 0, batchStride: rows * depth, rowStride: depth, columnStride: 1)
        : MatrixView(argument: 0, offset: 0, batchStride: rows * depth, rowStride: 1, columnStride: rows)
    }

    func right(_ depth: Int, _ columns: Int) -> MatrixView {
      self == .nn || self == .tn
        ? MatrixView(argument: 1, offset: 0, batchStride: depth * columns, rowStride: columns, columnStride: 1)
        : MatrixView(argument: 1, offset: 0, batchStride: depth * columns, rowStride: 1, columnStride: depth)
    }
  }

  /// relu(x y + bias of the column).
  static func linear(
    _ layout: Layout, _ rows: Int, _ columns: Int, _ depth: Int, batch: Int = 1, type: ElementType = .float32,
    domain: [Int]? = nil
  ) -> KernelCase {
    let contraction = Contraction(
      type: type, batch: batch, rows: rows, columns: columns,
      products: [.init(left: layout.left(rows, depth), right: layout.right(depth, columns), depth: depth)])
    let n = batch * rows * columns
    let domain = domain ?? [batch, rows, columns]
    let strides = Shape(domain).strides
    let isColumnLast = domain.last == columns
    let kernel = Kernel.matmul(contraction, domain: domain, [type, type, type, type]) { body in
      let product = body.accumulator(0, type)
      let bias =
        isColumnLast ? body.load(2, domain.indices.map { $0 == domain.count - 1 ? 1 : 0 }) : body.load(2, strides)
      return [Store(body.unary(.relu, body.binary(.add, product, bias)), to: 3, strides)]
    }
    return KernelCase(
      kernel: kernel,
      memory: [
        numbers(batch * rows * depth, -2...2, type), numbers(batch * depth * columns, -2...2, type, seed: 2),
        numbers(isColumnLast ? columns : n, -2...2, type, seed: 3), [Double](repeating: 0, count: n),
      ],
      // Sums in registers: errors add like a random walk.
      tolerance: 4 + Double(depth).squareRoot(), scale: type.isFloatingPoint ? 4 * Double(depth).squareRoot() : nil,
      name: "\(layout) \(batch) x \(rows) x \(columns) x \(depth) \(type)")
  }

  @Test("Every layout and extent", arguments: TestDevice.all)
  func layouts(device: TestDevice) throws {
    var cases: [KernelCase] = []
    for layout in Layout.allCases {
      for (rows, columns, depth) in [
        (1, 1, 1), (7, 63, 65), (63, 65, 7), (65, 7, 63), (130, 33, 140), (1, 1000, 20), (1000, 1, 20), (20, 20, 1000),
      ] {
        cases.append(Self.linear(layout, rows, columns, depth))
      }
    }
    try device.check(cases)
  }

  @Test("Batches, float64, whole numbers and domains of other dimensions", arguments: TestDevice.all)
  func variations(device: TestDevice) throws {
    var cases = [
      Self.linear(.nt, 5, 40, 33, batch: 3), Self.linear(.tn, 33, 7, 65, batch: 4),
      Self.linear(.nn, 12, 20, 9, domain: [240]), Self.linear(.nn, 12, 20, 9, domain: [3, 4, 20]),
      Self.linear(.nt, 12, 20, 9, batch: 2, domain: [4, 6, 5, 4]),
      // No boundary of these dimensions is one of rows or columns.
      Self.linear(.nn, 4, 6, 9, domain: [3, 8]), Self.linear(.nn, 6, 35, 9, domain: [10, 21]),
      Self.linear(.nn, 30, 0, 9), Self.linear(.nn, 3, 4, 0),
    ]
    for layout in Layout.allCases {
      if device.backend.device.supportsFloat64 { cases.append(Self.linear(layout, 33, 47, 70, type: .float64)) }
      var whole = Self.linear(layout, 20, 47, 70, type: .int32)
      whole.memory[0] = numbers(20 * 70, -9...9, .int32)
      whole.tolerance = 0
      cases.append(whole)
    }
    try device.check(cases)
  }

  @Test("Several products share a kernel, whose epilogue sees all of them", arguments: TestDevice.all)
  func severalProducts(device: TestDevice) throws {
    let (rows, columns, depth, other) = (67, 40, 75, 31)
    // z = mean + exp(log variance / 2) * epsilon, from one input and two weights, and a third product of another depth.
    let left = MatrixView(argument: 0, offset: 0, batchStride: 0, rowStride: depth, columnStride: 1)
    let contraction = Contraction(
      type: .float32, batch: 1, rows: rows, columns: columns,
      products: [
        .init(
          left: left, right: MatrixView(argument: 1, offset: 0, batchStride: 0, rowStride: 1, columnStride: depth),
          depth: depth),
        .init(
          left: left,
          right: MatrixView(argument: 1, offset: columns * depth, batchStride: 0, rowStride: 1, columnStride: depth),
          depth: depth),
        .init(
          left: MatrixView(argument: 2, offset: 5, batchStride: 0, rowStride: 1, columnStride: rows),
          right: MatrixView(argument: 3, offset: 0, batchStride: 0, rowStride: columns, columnStride: 1), depth: other),
      ])
    let kernel = Kernel.matmul(contraction, domain: [rows, columns], Array(repeating: .float32, count: 7)) { body in
      let mean = body.accumulator(0)
      let half = body.binary(.multiply, body.accumulator(1), body.constant(0.5))
      let deviation = body.unary(.exp, half)
      let z = body.binary(.add, mean, body.binary(.multiply, deviation, body.load(4, [columns, 1])))
      let rest = body.binary(.add, z, body.accumulator(2))
      return [Store(z, to: 5, [columns, 1]), Store(rest, to: 6, [1, rows])]
    }
    let zeros = [Double](repeating: 0, count: rows * columns)
    try device.check([
      KernelCase(
        kernel: kernel,
        memory: [
          numbers(rows * depth, -0.5...0.5), numbers(2 * columns * depth, -0.5...0.5, seed: 2),
          numbers(rows * other + 5, -0.5...0.5, seed: 3), numbers(other * columns, -0.5...0.5, seed: 4),
          numbers(rows * columns, seed: 5), zeros, zeros,
        ], tolerance: 16, scale: 16)
    ])
  }
}
