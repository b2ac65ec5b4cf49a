import CVectorLoops
import Graphs
import Plans
import TestSupport
import Testing

@testable import CPURuntime

@Suite("Reductions of the CPU")
struct ReduceTests {
  private func numbers(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var generator = SplitMix(seed: seed)
    return generator.uniform(count, in: -2..<2)
  }

  @Test("blocks smaller than a line of the cache leave its dimension whole")
  func smallBlocks() {
    let grid = BlockGrid([10, 4], blockSize: 2)
    #expect(grid.counts == [10, 1] && grid.blockCount == 10)
    #expect(BlockGrid([3, 5, 4], blockSize: 8).counts == [3, 3, 1])
  }

  /// Sum and maximum of 2 x over the last `reduced` dimensions of a space, and x + 1 at every place.
  ///
  /// Arguments: x, sum, maximum, x + 1.
  private func kernel(
    _ domain: [Int], reduced: Int, _ at: Affine, chunk: Int? = nil, type: ElementType = .float32
  ) -> Kernel {
    var body = Expression()
    let x = body.load(0, at, type)
    let twice = body.add(.binary(.add, x, x), type)
    let side = body.add(.binary(.add, x, body.add(.constant(Scalar(1, type)), type)), type)
    let kept = Array(domain.dropLast(reduced))
    let results = kept + (chunk.map { [(domain.suffix(reduced).reduce(1, *) + $0 - 1) / $0] } ?? [])
    var finish = Expression()
    let sum = finish.add(.accumulator(0), type)
    let half = finish.add(.binary(.divide, sum, finish.add(.constant(Scalar(2, type)), type)), type)
    let maximum = finish.add(.accumulator(1), type)
    return Kernel(
      form: .reduce(
        Reduction(
          reducedRank: reduced, ops: [.sum, .maximum], values: [twice, x], finish: finish,
          finishStores: [
            Store(value: half, argument: 1, at: rowMajor(results)),
            Store(value: maximum, argument: 2, at: rowMajor(results)),
          ], chunk: chunk)),
      domain: domain, body: body, stores: [Store(value: side, argument: 3, at: rowMajor(domain))],
      arguments: [type, type, type, type])
  }

  private func memory(_ domain: [Int], reduced: Int, chunk: Int?, _ values: [Double]) -> Memory {
    let pieces = chunk.map { (domain.suffix(reduced).reduce(1, *) + $0 - 1) / $0 } ?? 1
    let results = domain.dropLast(reduced).reduce(1, *) * pieces
    return [
      values, [Double](repeating: 7, count: results), [Double](repeating: 7, count: results),
      [Double](repeating: 0, count: domain.reduce(1, *)),
    ]
  }

  private func expectRight(
    _ domain: [Int], reduced: Int, _ at: Affine, chunk: Int? = nil, type: ElementType = .float32
  ) throws {
    let kernel = kernel(domain, reduced: reduced, at, chunk: chunk, type: type)
    let values = numbers(domain.reduce(1, *)).map { Scalar(type.isFloatingPoint ? $0 : $0 * 4 + 9, type).value }
    let length = Double(domain.suffix(reduced).reduce(1, *))
    let result = try check(
      kernel, memory(domain, reduced: reduced, chunk: chunk, values),
      ulps: type.isFloatingPoint ? 4 + 2 * length.squareRoot() / 4 : 0)
    for (argument, result) in result.enumerated() {
      #expect(result.isClose, "\(domain) \(at) \(chunk ?? 0) argument \(argument): \(result)")
    }
  }

  @Test(
    "the last dimension reduced, of every length",
    arguments: [
      [1], [7], [63], [65], [1000], [2500], [3, 1], [5, 7], [50, 20], [3, 63], [128, 65], [2, 1000], [2, 2, 2100],
    ])
  func inner(domain: [Int]) throws {
    try expectRight(domain, reduced: 1, rowMajor(domain))
  }

  @Test("every type", arguments: ElementType.allCases)
  func types(type: ElementType) throws {
    for domain in [[3, 40], [2, 500]] {
      try expectRight(domain, reduced: 1, rowMajor(domain), type: type)
      try expectRight(domain, reduced: 1, Affine(strides: [1, domain[0]]), type: type)
    }
  }

  @Test(
    "the first dimension reduced: results are the columns of tiles",
    arguments: [[400, 128], [1, 9], [7, 1000], [65, 3], [1000, 2], [3, 200, 17], [64, 700]])
  func outer(domain: [Int]) throws {
    // The space is (kept, reduced); memory lies (reduced, kept).
    var strides = [Int](repeating: 1, count: domain.count)
    let kept = domain.dropLast().reduce(1, *)
    strides[domain.count - 1] = kept
    for d in domain.indices.dropLast(2).reversed() { strides[d] = strides[d + 1] * domain[d + 1] }
    try expectRight(domain, reduced: 1, Affine(strides: strides))
  }

  @Test("a dimension between kept ones")
  func middle() throws {
    // Memory is (4, 30, 50); the space is (4, 50 | 30).
    try expectRight([4, 50, 30], reduced: 1, Affine(strides: [1500, 1, 50]))
    // And dimensions around a kept one: memory (6, 50, 7), the space (50 | 6, 7).
    try expectRight([50, 6, 7], reduced: 2, Affine(strides: [7, 350, 1]))
    try expectRight([50, 6, 300], reduced: 2, Affine(strides: [300, 15000, 1]))
    try expectRight([50, 6, 7], reduced: 2, Affine(strides: [1, 50, 300]))
  }

  @Test(
    "several reduced dimensions that do not merge",
    arguments: [[3, 4, 5], [2, 30, 20], [2, 3, 400], [2, 40, 25]])
  func reducedDimensions(domain: [Int]) throws {
    try expectRight(domain, reduced: 2, Affine(strides: [domain[1] * domain[2], 1, domain[1]]))
    try expectRight(domain, reduced: 3, Affine(strides: [1, domain[0], domain[0] * domain[1]]))
  }

  @Test(
    "pieces, whose last is shorter",
    arguments: [
      ([1000], 64), ([1000], 300), ([3, 1000], 128), ([10], 3), ([2, 3000], 1024), ([2, 7], 7), ([2, 7], 100),
    ])
  func chunks(domain: [Int], chunk: Int) throws {
    try expectRight(domain, reduced: 1, rowMajor(domain), chunk: chunk)
    if domain.count > 1 { try expectRight(domain, reduced: 1, Affine(strides: [1, domain[0]]), chunk: chunk) }
  }

  @Test("pieces that end inside rows", arguments: [5, 7, 10, 20, 33])
  func chunksAcrossRows(chunk: Int) throws {
    // Memory (20, 10) read by columns: the reduced dimensions do not merge.
    try expectRight([10, 20], reduced: 2, Affine(strides: [1, 10]), chunk: chunk)
    try expectRight([3, 10, 20], reduced: 2, Affine(strides: [200, 1, 10]), chunk: chunk)
    try expectRight([300, 4, 20], reduced: 2, Affine(strides: [1, 300, 1200]), chunk: chunk)
  }

  @Test("a value that does not vary is counted as often as there are places")
  func uniformValue() throws {
    for domain in [[4, 30], [4, 3000]] {
      try expectRight(domain, reduced: 1, Affine(strides: [1, 0]))
      try expectRight(domain, reduced: 1, Affine(strides: [0, 0]))
    }
  }

  @Test("nothing to reduce gives the identity, nothing to keep gives nothing")
  func empty() throws {
    let none = kernel([3, 0], reduced: 1, Affine(strides: [0, 1]))
    let found = try run([[none]], [[1], [7, 7, 7], [7, 7, 7], [1]], on: CPUBackend(threads: 2))
    #expect(found[1] == [0, 0, 0])
    #expect(found[2] == [-.infinity, -.infinity, -.infinity])
    let nothing = kernel([0, 3], reduced: 1, rowMajor([0, 3]))
    #expect(try run([[nothing]], [[1], [7], [7], [1]], on: CPUBackend(threads: 2))[1] == [7])
  }

  @Test("a long sum errs by the logarithm of its length")
  func accuracy() throws {
    let count = 1 << 20
    let values = numbers(count).map { abs($0) }
    let exact = values.reduce(0, +)
    for strides in [[0, 1], [1, 0]] {
      // (1 | count), or (count | 1) seen as columns: 64 columns of count / 64.
      let domain = strides[1] == 1 ? [1, count] : [64, count / 64]
      let at = strides[1] == 1 ? Affine(strides: [0, 1]) : Affine(strides: [1, 64])
      let kernel = kernel(domain, reduced: 1, at)
      let found = try run(
        [[kernel]], memory(domain, reduced: 1, chunk: nil, values), on: CPUBackend(threads: 2))[1].reduce(0, +)
      #expect(abs(found - exact) <= 16 * exact * 0x1p-24, "\(found) where \(exact) is right")
    }
  }

  @Test("a NaN is the maximum")
  func nan() throws {
    var values = numbers(300)
    values[123] = .nan
    for at in [Affine(strides: [100, 1]), Affine(strides: [1, 3])] {
      let domain = [3, 100]
      let found = try run(
        [[kernel(domain, reduced: 1, at)]], memory(domain, reduced: 1, chunk: nil, values), on: CPUBackend(threads: 1))
      #expect(found[2].count { $0.isNaN } == 1)
    }
  }

  // MARK: Of products

  /// Sums over the rows of relu(left right) and those values themselves, of an extra dimension among the rows and one
  /// among the columns, which a value by the outer one keeps apart.
  ///
  /// Arguments: left, right, scale by row, shift by column, values, sums.
  private func sumOfProduct(_ rows: [Int], _ columns: [Int], _ depth: Int, _ type: ElementType) -> (Kernel, Memory) {
    let (rowCount, columnCount) = (rows.reduce(1, *), columns.reduce(1, *))
    let domain = rows + columns
    var body = Expression()
    let product = body.add(.accumulator(0), type)
    let scale = body.load(2, Affine(strides: [1, 0, 0, 0]), type)
    let shift = body.load(3, Affine(strides: [0, 0, 1, 0]), type)
    let scaled = body.add(.binary(.multiply, product, scale), type)
    let value = body.add(.unary(.relu, body.add(.binary(.add, scaled, shift), type)), type)
    var finish = Expression()
    let sum = finish.add(.accumulator(0), type)
    let contraction = Contraction(
      type: type, batch: 1, rows: rowCount, columns: columnCount,
      products: [
        Contraction.Product(
          left: MatrixView(argument: 0, offset: 0, batchStride: 0, rowStride: depth, columnStride: 1),
          right: MatrixView(argument: 1, offset: 0, batchStride: 0, rowStride: 1, columnStride: depth), depth: depth)
      ])
    let reduction = Reduction(
      products: contraction, reducedRank: 2, ops: [.sum], values: [value], finish: finish,
      finishStores: [Store(value: sum, argument: 5, at: Affine(strides: [rows[1], 1]))])
    let kernel = Kernel(
      form: .reduce(reduction), domain: domain, body: body,
      stores: [Store(value: value, argument: 4, at: rowMajor(domain))],
      arguments: [ElementType](repeating: type, count: 6))
    var random = SplitMix(seed: 3)
    let counts = [rowCount * depth, columnCount * depth, rows[0], columns[0], rowCount * columnCount, rowCount]
    return (kernel, counts.map { random.uniform($0, in: -1..<1) })
  }

  @Test(
    "rows of products, on every level of the processor", arguments: [ElementType.float32, .float64],
    [([20, 30], [2, 20]), ([40, 15], [1, 33]), ([3, 200], [5, 150]), ([2, 3], [4, 1]), ([6, 5], [2, 0])])
  func rowsOfProducts(type: ElementType, extents: ([Int], [Int])) throws {
    let (kernel, memory) = sumOfProduct(extents.0, extents.1, 11, type)
    let expected = try run([[kernel]], memory, on: ReferenceBackend())
    for level in 0..<3 {
      guard elbo_loops_at(Int32(level)) != nil else { continue }
      let found = try run([[kernel]], memory, on: CPUBackend(threads: 2, level: level))
      for number in 4..<6 {
        let magnitude = expected[number].reduce(1) { max($0, abs($1)) }
        let comparison = isClose(
          found[number], expected[number], type, ulps: 40,
          magnitude: [Double](repeating: magnitude, count: expected[number].count))
        #expect(comparison.isClose, "level \(level), argument \(number): \(comparison)")
      }
    }
  }
}
