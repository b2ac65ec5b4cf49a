import Graphs
import Plans
import TestSupport
import Testing

@testable import CPURuntime

/// Kernels drawn at random: whatever a planner may ask for, in combinations that nobody thought of.
@Suite("Random kernels against their definition")
struct RandomKernelTests {
  /// Draws kernels; argument 0 is 9000 float32, argument 1 is 9000 int32, argument 2 the state of random numbers, and
  /// the rest are written.
  private struct Generator {
    var random: SplitMix
    var arguments: [ElementType] = [.float32, .int32, .uint32]
    var body = Expression()
    var floats: [Expression.Value] = []

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
    mutating func coin(_ one: Int = 2) -> Bool { below(one) == 0 }

    mutating func domain(rank: Int, most: Int) -> [Int] {
      var room = most
      return (0..<rank).map { _ in
        let extent = min(random.pick([1, 2, 3, 5, 8, 17, 40, 100, 300]), max(room, 1))
        room /= extent
        return extent
      }
    }

    /// Strides of some of the dimensions, in some order, with gaps: every place lies in 0 ..< 9000.
    mutating func address(_ domain: [Int]) -> Affine {
      var affine = Affine.constant(below(9), rank: domain.count)
      let order = domain.indices.sorted { _, _ in coin() }
      var stride = coin(4) ? 2 : 1
      for d in coin() ? Array(domain.indices.reversed()) : order {
        if coin(4) { continue }
        let reach = stride * domain[d]
        if reach > 4000 { continue }
        affine.strides[d] = stride
        stride = reach + (coin(4) ? below(3) : 0)
      }
      // Now and then a dimension runs backwards.
      for d in domain.indices where affine.strides[d] != 0 && coin(6) {
        affine.offset += affine.strides[d] * (domain[d] - 1)
        affine.strides[d] = -affine.strides[d]
      }
      return affine
    }

    mutating func bounds(_ domain: [Int]) -> [Bound] {
      guard coin(3) else { return [] }
      return (0..<1 + below(2)).map { _ in
        var index = Affine.constant(below(5) - 2, rank: domain.count)
        let d = below(domain.count)
        index.strides[d] = coin(3) ? -1 : 1 + below(2)
        if coin(3) { index.strides[below(domain.count)] += 1 }
        return Bound(index: index, extent: 1 + below(2 * domain[d] + 1))
      }
    }

    mutating func row(_ domain: [Int]) -> IndirectRow? {
      guard coin(4) else { return nil }
      let value = body.load(1, address(domain), .int32)
      return IndirectRow(row: value, stride: 1 + below(30), count: 1 + below(20))
    }

    mutating func leaf(_ domain: [Int]) {
      switch below(6) {
      case 0: floats.append(body.add(.constant(Scalar(random.uniform(-1..<1), .float32)), .float32))
      case 1:
        let at = address(domain)
        let index = body.add(.index(at), .int32)
        let scaled = body.add(.cast(index), .float32)
        let step = body.add(.constant(Scalar(1e-3, .float32)), .float32)
        floats.append(body.add(.binary(.multiply, scaled, step), .float32))
      case 2:
        let row = row(domain)
        let kind = random.pick([RandomKind.uniform, .normal])
        floats.append(
          body.add(.random(kind, stream: UInt32(below(3)), state: 2, at: address(domain), row: row), .float32))
      case 3: floats.append(body.add(.inside(bounds(domain)), .float32))
      default:
        let row = row(domain)
        floats.append(body.add(.load(argument: 0, at: address(domain), row: row, bounds: bounds(domain)), .float32))
      }
    }

    mutating func operation() {
      let (x, y, z) = (random.pick(floats), random.pick(floats), random.pick(floats))
      switch below(4) {
      case 0:
        floats.append(body.add(.unary(random.pick([.tanh, .sigmoid, .negate, .relu, .sin, .softplus]), x), .float32))
      case 1: floats.append(body.add(.select(body.add(.inside([]), .float32), x, y), .float32))
      default:
        let op = random.pick([BinaryOp.add, .subtract, .multiply, .maximum, .minimum])
        let product = body.add(.binary(op, x, y), .float32)
        floats.append(product)
        if op == .multiply { floats.append(body.add(.binary(random.pick([.add, .subtract]), product, z), .float32)) }
      }
    }

    mutating func write(_ domain: [Int], leaves: Int, operations: Int) {
      for _ in 0..<leaves { leaf(domain) }
      for _ in 0..<operations { operation() }
    }

    /// A store of the last value, or of some value, to an argument of its own.
    mutating func store(_ domain: [Int], last: Bool) -> Store {
      arguments.append(.float32)
      var at = Affine.constant(below(4), rank: domain.count)
      let order = coin(3) ? domain.indices.sorted { _, _ in coin() } : Array(domain.indices.reversed())
      var stride = 1
      for d in order {
        at.strides[d] = stride
        stride = stride * max(domain[d], 1) + (coin(5) ? 2 : 0)
      }
      return Store(value: last ? floats.last! : random.pick(floats), argument: arguments.count - 1, at: at)
    }

    func memory(_ stores: [(Store, [Int])]) -> Memory {
      var generator = SplitMix(seed: 99)
      var result = [generator.uniform(9000, in: -1..<1), generator.integers(9000, in: -3...25), [5, 6, 7]]
      for (store, domain) in stores {
        let reach = zip(store.at.strides, domain).reduce(store.at.offset) { $0 + $1.0 * max($1.1 - 1, 0) }
        result.append([Double](repeating: -7, count: reach + 1))
      }
      return result
    }
  }

  private func expectRight(_ kernel: Kernel, _ memory: Memory, seed: UInt64) throws {
    for (argument, result) in try check(kernel, memory, ulps: 64).enumerated() {
      #expect(result.isClose, "seed \(seed) argument \(argument): \(result)\n\(kernel.listing)")
    }
  }

  @Test("maps", arguments: 0..<80)
  func maps(seed: Int) throws {
    var generator = Generator(seed: UInt64(seed))
    let domain = generator.domain(rank: generator.below(5), most: seed % 8 == 0 ? 9000 : 1500)
    guard !domain.isEmpty else { return }
    generator.write(domain, leaves: 2 + generator.below(4), operations: generator.below(12))
    let stores = (0..<1 + generator.below(3)).map { generator.store(domain, last: $0 == 0) }
    let kernel = Kernel(
      form: .map, domain: domain, body: generator.body, stores: stores, arguments: generator.arguments)
    try expectRight(kernel, generator.memory(stores.map { ($0, domain) }), seed: UInt64(seed))
  }

  @Test("reductions", arguments: 1000..<1080)
  func reductions(seed: Int) throws {
    var generator = Generator(seed: UInt64(seed))
    let rank = 1 + generator.below(4)
    let domain = generator.domain(rank: rank, most: seed % 8 == 0 ? 9000 : 1500)
    let reducedRank = 1 + generator.below(rank)
    let kept = Array(domain.dropLast(reducedRank))
    let length = domain.suffix(reducedRank).reduce(1, *)
    let chunk = generator.coin(3) ? 1 + generator.below(length + 3) : nil
    let results = kept + (chunk.map { [(length + $0 - 1) / $0] } ?? [])
    generator.write(domain, leaves: 2 + generator.below(3), operations: generator.below(8))
    let sides = (0..<generator.below(2)).map { _ in generator.store(domain, last: false) }
    let ops = (0..<1 + generator.below(3)).map { _ in generator.coin(3) ? ReduceOp.maximum : .sum }
    let values = ops.map { _ in generator.random.pick(generator.floats) }
    let body = generator.body
    generator.body = Expression()
    generator.floats = ops.indices.map { generator.body.add(.accumulator($0), .float32) }
    if !results.isEmpty { generator.leaf(results) }
    for _ in 0..<generator.below(4) { generator.operation() }
    let finishes = (0..<1 + generator.below(2)).map { generator.store(results, last: $0 == 0) }
    let kernel = Kernel(
      form: .reduce(
        Reduction(
          reducedRank: reducedRank, ops: ops, values: values, finish: generator.body, finishStores: finishes,
          chunk: chunk)),
      domain: domain, body: body, stores: sides, arguments: generator.arguments)
    let memory = generator.memory(sides.map { ($0, domain) } + finishes.map { ($0, results) })
    try expectRight(kernel, memory, seed: UInt64(seed))
  }

  @Test("products", arguments: 2000..<2060)
  func products(seed: Int) throws {
    var generator = Generator(seed: UInt64(seed))
    let (batch, rows, columns) = (
      generator.random.pick([1, 1, 2, 3]), generator.random.pick([1, 2, 6, 20]), generator.random.pick([1, 4, 12, 60])
    )
    let type = ElementType.float32
    func view(_ rows: Int, _ columns: Int) -> MatrixView {
      let isPlain = generator.coin()
      let gap = generator.below(3)
      let leading = (isPlain ? columns : rows) + gap
      return MatrixView(
        argument: 0, offset: generator.below(5), batchStride: generator.coin(3) ? 0 : rows * columns,
        rowStride: isPlain ? leading : 1, columnStride: isPlain ? 1 : leading)
    }
    let products = (0..<1 + generator.below(2)).map { _ in
      let depth = generator.random.pick([1, 3, 10])
      return Contraction.Product(left: view(rows, depth), right: view(depth, columns), depth: depth)
    }
    // The result's dimensions, whole, cut or joined.
    var domain = [batch, rows, columns]
    if generator.coin(3), rows == 6 || rows == 20 { domain = [batch, 2, rows / 2, columns] }
    if generator.coin(3), columns > 1 { domain = Array(domain.dropLast()) + [columns / 4, 4] }
    if generator.coin(4) { domain = [batch * rows, columns] }
    if generator.coin(6) { domain = [batch * rows * columns] }
    generator.floats = products.indices.map { generator.body.add(.accumulator($0), type) }
    generator.write(domain, leaves: generator.below(3), operations: generator.below(6))
    let stores = (0..<1 + generator.below(2)).map { generator.store(domain, last: $0 == 0) }
    let kernel = Kernel(
      form: .matmul(Contraction(type: type, batch: batch, rows: rows, columns: columns, products: products)),
      domain: domain, body: generator.body, stores: stores, arguments: generator.arguments)
    try expectRight(kernel, generator.memory(stores.map { ($0, domain) }), seed: UInt64(seed))
  }
}
