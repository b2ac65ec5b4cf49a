import Graphs
import Plans
import TestSupport
import Testing

@testable import CPURuntime

@Suite("Products of the CPU")
struct MatmulTests {
  /// How an operand lies in memory.
  enum Side: CaseIterable {
    case plain, transposed
  }

  private func numbers(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var generator = SplitMix(seed: seed)
    return generator.uniform(count, in: -1..<1)
  }

  private func view(_ argument: Int, _ rows: Int, _ columns: Int, _ side: Side, offset: Int = 0) -> MatrixView {
    MatrixView(
      argument: argument, offset: offset, batchStride: rows * columns, rowStride: side == .plain ? columns : 1,
      columnStride: side == .plain ? 1 : rows)
  }

  /// Arguments: left, right, result.
  private func product(
    _ batch: Int, _ rows: Int, _ columns: Int, _ depth: Int, _ left: Side, _ right: Side,
    _ type: ElementType = .float32,
    domain: [Int]? = nil, store: Affine? = nil
  ) -> Kernel {
    var body = Expression()
    let x = body.add(.accumulator(0), type)
    let domain = domain ?? [batch, rows, columns]
    return Kernel(
      form: .matmul(
        Contraction(
          type: type, batch: batch, rows: rows, columns: columns,
          products: [
            Contraction.Product(
              left: view(0, rows, depth, left), right: view(1, depth, columns, right), depth: depth)
          ])),
      domain: domain, body: body, stores: [Store(value: x, argument: 2, at: store ?? rowMajor(domain))],
      arguments: [type, type, type])
  }

  private func memory(_ batch: Int, _ rows: Int, _ columns: Int, _ depth: Int) -> Memory {
    [
      numbers(batch * rows * depth), numbers(batch * depth * columns, seed: 2),
      [Double](repeating: 7, count: batch * rows * columns),
    ]
  }

  private func ulps(_ depth: Int) -> Double { 4 + Double(depth).squareRoot() }

  @Test("every orientation, size and type", arguments: Side.allCases, Side.allCases)
  func plain(left: Side, right: Side) throws {
    for type in [ElementType.float32, .float64] {
      for (batch, rows, columns, depth) in [
        (1, 1, 1, 1), (1, 7, 5, 3), (3, 4, 6, 5), (1, 63, 65, 10), (1, 1, 40, 9), (1, 40, 1, 9), (1, 9, 9, 1),
        (2, 1, 1, 8),
        (20, 3, 4, 2),
      ] {
        let result = try check(
          product(batch, rows, columns, depth, left, right, type), memory(batch, rows, columns, depth),
          ulps: ulps(depth))
        #expect(result[2].isClose, "\(batch) \(rows) \(columns) \(depth): \(result[2])")
      }
    }
  }

  @Test("a result written transposed", arguments: Side.allCases, Side.allCases)
  func transposedResult(left: Side, right: Side) throws {
    let kernel = product(2, 9, 13, 7, left, right, store: Affine(strides: [117, 1, 9]))
    let result = try check(kernel, memory(2, 9, 13, 7), ulps: ulps(7))
    #expect(result[2].isClose, "\(result[2])")
  }

  @Test("large enough for several blocks", arguments: [(300, 260, 400), (40, 1200, 512), (1200, 40, 512)])
  func blocks(rows: Int, columns: Int, depth: Int) throws {
    // The product of two matrices of rank 1, of small whole numbers: exact, and known without multiplying.
    func vector(_ count: Int, _ modulus: Int) -> [Double] { (0..<count).map { Double($0 % modulus - 2) } }
    let (u, v, w, x) = (vector(rows, 7), vector(depth, 5), vector(depth, 3), vector(columns, 11))
    let inner = zip(v, w).reduce(0) { $0 + $1.0 * $1.1 }
    let expected = u.flatMap { row in x.map { inner * row * $0 } }
    let left = u.flatMap { row in v.map { row * $0 } }
    let right = x.flatMap { column in w.map { $0 * column } }
    let results = [Double](repeating: 7, count: rows * columns)
    let backend = try CPUBackend(threads: 2)
    let kernel = product(1, rows, columns, depth, .plain, .transposed)
    #expect(try run([[kernel]], [left, right, results], on: backend)[2] == expected)

    let bias = vector(columns, 13)
    let epilogue = withEpilogue(1, rows, columns, depth, domain: [1, rows, columns])
    let found = try run([[epilogue]], [left, right, bias, results, results], on: backend)
    #expect(found[3] == expected.enumerated().map { max(0, $0.element + bias[$0.offset % columns]) })
  }

  @Test("an epilogue of many blocks")
  func epilogueBlocks() throws {
    let result = try check(
      withEpilogue(1, 520, 300, 3, domain: [1, 520, 300]), epilogueMemory(1, 520, 300, 3), ulps: ulps(3))
    #expect(result[3].isClose, "\(result[3])")
  }

  /// Panels that are made once serve blocks that begin with a panel: columns of two dimensions, which an epilogue keeps
  /// apart, are cut elsewhere.
  @Test("columns of two dimensions", arguments: [[64, 49], [3, 700], [130, 5]])
  func columnsOfTwoDimensions(extents: [Int]) throws {
    let (rows, depth, columns) = (300, 24, extents[0] * extents[1])
    var body = Expression()
    let x = body.add(.accumulator(0), .float32)
    let bias = body.load(2, Affine(strides: [0, 1, 0]), .float32)
    let y = body.add(.binary(.add, x, bias), .float32)
    let domain = [rows] + extents
    var kernel = product(1, rows, columns, depth, .plain, .transposed)
    (kernel.body, kernel.domain, kernel.arguments) = (body, domain, [.float32, .float32, .float32, .float32])
    kernel.stores = [Store(value: y, argument: 3, at: rowMajor(domain))]
    let memory = [
      numbers(rows * depth), numbers(depth * columns, seed: 2), numbers(extents[0], seed: 3),
      [Double](repeating: 7, count: rows * columns),
    ]
    let result = try check(kernel, memory, ulps: ulps(depth))
    #expect(result[3].isClose, "\(extents): \(result[3])")
  }

  // MARK: Epilogues

  /// relu(left right + bias) and half of it. Arguments: left, right, bias, result, half.
  private func withEpilogue(_ batch: Int, _ rows: Int, _ columns: Int, _ depth: Int, domain: [Int]) -> Kernel {
    var body = Expression()
    let x = body.add(.accumulator(0), .float32)
    // The bias is by column: its strides over the domain are those of the row-major position within a row.
    var biasStrides = rowMajor(domain).strides.map { $0 < columns ? $0 : 0 }
    for d in domain.indices where domain[d] == 1 { biasStrides[d] = 0 }
    let bias = body.load(2, Affine(strides: biasStrides), .float32)
    let y = body.add(.unary(.relu, body.add(.binary(.add, x, bias), .float32)), .float32)
    let half = body.add(.binary(.multiply, y, body.add(.constant(Scalar(0.5, .float32)), .float32)), .float32)
    return Kernel(
      form: .matmul(
        Contraction(
          type: .float32, batch: batch, rows: rows, columns: columns,
          products: [
            Contraction.Product(
              left: view(0, rows, depth, .plain), right: view(1, depth, columns, .transposed), depth: depth)
          ])),
      domain: domain, body: body,
      stores: [
        Store(value: y, argument: 3, at: rowMajor(domain)), Store(value: half, argument: 4, at: rowMajor(domain)),
      ],
      arguments: [ElementType](repeating: .float32, count: 5))
  }

  private func epilogueMemory(_ batch: Int, _ rows: Int, _ columns: Int, _ depth: Int) -> Memory {
    let results = [Double](repeating: 7, count: batch * rows * columns)
    return [
      numbers(batch * rows * depth), numbers(batch * depth * columns, seed: 2), numbers(columns, seed: 3), results,
      results,
    ]
  }

  @Test(
    "an epilogue over the result's own shape and over others",
    arguments: [
      [3, 20, 12], [3, 4, 5, 12], [60, 12], [3, 20, 3, 4], [720], [3, 10, 2, 2, 6], [1, 3, 1, 20, 12, 1],
      [3, 20, 1, 12],
    ])
  func epilogue(domain: [Int]) throws {
    var kernel = withEpilogue(3, 20, 12, 5, domain: [3, 20, 12])
    kernel.domain = domain
    if domain != [3, 20, 12] { kernel = withEpilogue(3, 20, 12, 5, domain: domain) }
    if domain == [720] {
      // No affine function of one coordinate is the column.
      kernel.body.instructions[1] = .load(argument: 2, at: Affine(strides: [0]), row: nil, bounds: [])
    }
    let result = try check(kernel, epilogueMemory(3, 20, 12, 5), ulps: ulps(5))
    #expect(result[3].isClose, "\(result[3])")
    #expect(result[4].isClose, "\(result[4])")
  }

  @Test("a domain that crosses rows runs as products, then a map", arguments: [[8, 9], [3, 3, 8], [2, 36]])
  func crossing(domain: [Int]) throws {
    var body = Expression()
    let x = body.add(.accumulator(0), .float32)
    let y = body.add(.unary(.negate, x), .float32)
    var kernel = product(1, 6, 12, 5, .plain, .plain)
    kernel.domain = domain
    kernel.body = body
    kernel.stores = [Store(value: y, argument: 2, at: rowMajor(domain))]
    let result = try check(kernel, memory(1, 6, 12, 5), ulps: ulps(5))
    #expect(result[2].isClose, "\(result[2])")
  }

  @Test("two products of different depth meet in one epilogue")
  func severalProducts() throws {
    // tanh(a b) * (c d) + noise, as a sampled head has it. Arguments: a, b, c, d, state, result.
    for (rows, columns) in [(5, 7), (128, 20), (70, 400)] {
      var body = Expression()
      let x = body.add(.unary(.tanh, body.add(.accumulator(0), .float32)), .float32)
      let y = body.add(.accumulator(1), .float32)
      let product = body.add(.binary(.multiply, x, y), .float32)
      let noise = body.add(
        .random(.normal, stream: 3, state: 4, at: Affine(offset: 5, strides: [columns, 1]), row: nil), .float32)
      let z = body.add(.binary(.add, product, noise), .float32)
      let kernel = Kernel(
        form: .matmul(
          Contraction(
            type: .float32, batch: 1, rows: rows, columns: columns,
            products: [
              Contraction.Product(left: view(0, rows, 6, .plain), right: view(1, 6, columns, .plain), depth: 6),
              Contraction.Product(
                left: view(2, rows, 9, .transposed), right: view(3, 9, columns, .transposed), depth: 9),
            ])),
        domain: [rows, columns], body: body, stores: [Store(value: z, argument: 5, at: rowMajor([rows, columns]))],
        arguments: [.float32, .float32, .float32, .float32, .uint32, .float32])
      let memory = [
        numbers(rows * 6), numbers(6 * columns, seed: 2), numbers(rows * 9, seed: 3), numbers(9 * columns, seed: 4),
        [1, 2, 3], [Double](repeating: 0, count: rows * columns),
      ]
      let result = try check(kernel, memory, ulps: 16)
      #expect(result[5].isClose, "\(rows) \(columns): \(result[5])")
    }
  }

  @Test("no depth gives zeros, no rows or columns give nothing")
  func empty() throws {
    let backend = try CPUBackend(threads: 2)
    let zeros = try run([[product(1, 2, 3, 0, .plain, .plain)]], [[1], [1], [7, 7, 7, 7, 7, 7]], on: backend)
    #expect(zeros[2] == [0, 0, 0, 0, 0, 0])
    for (batch, rows, columns) in [(1, 0, 3), (1, 3, 0), (0, 3, 3)] {
      let nothing = try run([[product(batch, rows, columns, 2, .plain, .plain)]], [[1], [1], [7]], on: backend)
      #expect(nothing[2] == [7])
    }
  }
}
