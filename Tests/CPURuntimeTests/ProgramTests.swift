import CAllocation
import Graphs
import Plans
import Runtime
import TestSupport
import Testing

@testable import CPURuntime

@Suite("Programs of the CPU")
struct ProgramTests {
  private func numbers(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var generator = SplitMix(seed: seed)
    return generator.uniform(count, in: -1..<1)
  }

  /// A map with noise, a reduction of its rows and of its columns, and a product, over (rows, columns).
  ///
  /// Arguments: x, w, state, y, row sums, column sums, product.
  private func launches(_ rows: Int, _ columns: Int) -> [[Kernel]] {
    let arguments: [ElementType] = [.float32, .float32, .uint32, .float32, .float32, .float32, .float32]
    let place = rowMajor([rows, columns])
    var body = Expression()
    let noise = body.add(.random(.normal, stream: 1, state: 2, at: place, row: nil), .float32)
    let y = body.add(
      .unary(.softplus, body.add(.binary(.add, body.load(0, place, .float32), noise), .float32)), .float32)
    let map = Kernel(
      form: .map, domain: [rows, columns], body: body, stores: [Store(value: y, argument: 3, at: place)],
      arguments: arguments)
    func sum(_ domain: [Int], _ at: Affine, _ result: Int) -> Kernel {
      var body = Expression()
      let x = body.load(3, at, .float32)
      var finish = Expression()
      let total = finish.add(.accumulator(0), .float32)
      return Kernel(
        form: .reduce(
          Reduction(
            reducedRank: 1, ops: [.sum], values: [x], finish: finish,
            finishStores: [Store(value: total, argument: result, at: Affine(strides: [1]))])),
        domain: domain, body: body, stores: [], arguments: arguments)
    }
    var epilogue = Expression()
    let product = epilogue.add(.unary(.tanh, epilogue.add(.accumulator(0), .float32)), .float32)
    let matmul = Kernel(
      form: .matmul(
        Contraction(
          type: .float32, batch: 1, rows: rows, columns: rows,
          products: [
            Contraction.Product(
              left: MatrixView(argument: 3, offset: 0, batchStride: 0, rowStride: columns, columnStride: 1),
              right: MatrixView(argument: 1, offset: 0, batchStride: 0, rowStride: 1, columnStride: columns),
              depth: columns)
          ])),
      domain: [rows, rows], body: epilogue, stores: [Store(value: product, argument: 6, at: rowMajor([rows, rows]))],
      arguments: arguments)
    return [
      [map], [sum([rows, columns], place, 4), sum([columns, rows], Affine(strides: [1, columns]), 5), matmul],
    ]
  }

  private func memory(_ rows: Int, _ columns: Int) -> Memory {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    return [
      numbers(rows * columns), numbers(rows * columns, seed: 2), [3, 4, 5], zeros(rows * columns), zeros(rows),
      zeros(columns), zeros(rows * rows),
    ]
  }

  @Test("results are the same bits for any number of threads, and every time")
  func threads() throws {
    let (rows, columns) = (150, 700)
    let one = try run(launches(rows, columns), memory(rows, columns), on: CPUBackend(threads: 1))
    #expect(one[5].contains { $0 != 0 })
    for threads in 2...4 {
      let backend = try CPUBackend(threads: threads)
      for _ in 0..<3 {
        #expect(try run(launches(rows, columns), memory(rows, columns), on: backend) == one, "\(threads) threads")
      }
    }
  }

  @Test("several kernels of a launch against their definition")
  func groupedLaunch() throws {
    let (rows, columns) = (9, 50)
    let expected = try run(launches(rows, columns), memory(rows, columns), on: ReferenceBackend())
    let found = try run(launches(rows, columns), memory(rows, columns), on: CPUBackend(threads: 2))
    for (found, expected) in zip(found, expected) {
      let result = isClose(
        found, expected, .float32, ulps: 32, magnitude: [Double](repeating: 100, count: expected.count))
      #expect(result.isClose, "\(result)")
    }
  }

  @Test("a counter counts the runs")
  func counter() throws {
    var body = Expression()
    let next = body.add(
      .binary(.add, body.load(0, Affine(strides: []), .uint32), body.add(.constant(Scalar(1, .uint32)), .uint32)),
      .uint32)
    let kernel = Kernel(
      form: .map, domain: [], body: body, stores: [Store(value: next, argument: 0, at: Affine(strides: []))],
      arguments: [.uint32])
    #expect(try run([[kernel]], [[5]], on: CPUBackend(threads: 2), times: 1000) == [[1005]])
  }

  /// In a process of its own: the count is of the whole process, and other tests allocate meanwhile.
  @Test("replay allocates nothing")
  func allocations() async throws {
    await #expect(processExitsWith: .success) {
      let tests = ProgramTests()
      let backend = try CPUBackend(threads: 2)
      let (rows, columns) = (20, 30)
      let plan = plan(tests.launches(rows, columns), tests.memory(rows, columns))
      let program = try backend.prepare(
        plan, buffers: try plan.memory.map { try backend.allocate(byteCount: $0.byteCount) })
      try program.run(times: 10)
      let before = allocated_byte_count()
      try program.run(times: 1000)
      #expect(allocated_byte_count() == before)
    }
  }

  @Test("each launch is timed and listed")
  func profile() throws {
    let backend = try CPUBackend(threads: 2)
    let memory = memory(20, 30)
    let plan = plan(launches(20, 30), memory)
    let program = try backend.prepare(
      plan, buffers: try plan.memory.map { try backend.allocate(byteCount: $0.byteCount) })
    #expect(program.launchCount == 2)
    let seconds = try program.profile()
    #expect(seconds.count == 2 && seconds.allSatisfy { $0 > 0 && $0 < 10 })
    #expect(program.source(ofLaunch: 0).contains("softplus"))
    #expect(program.source(ofLaunch: 1).contains("matmul float32 1 x (20, 20), depth 30"))
  }

  @Test("what the device cannot do is said")
  func unsupported() throws {
    let backend = try CPUBackend(threads: 1)
    #expect(backend.device.id == "cpu" && backend.device.memoryByteCount > 0)
    #expect(throws: RuntimeError.self) { try backend.allocate(byteCount: Int.max / 2) }
    var body = Expression()
    let x = body.load(0, Affine(strides: [1]), .int32)
    let y = body.add(.unary(.exp, x), .int32)
    let kernel = Kernel(
      form: .map, domain: [3], body: body, stores: [Store(value: y, argument: 0, at: Affine(strides: [1]))],
      arguments: [.int32])
    #expect(throws: RuntimeError.unsupported("exp of int32", device: "cpu")) {
      try run([[kernel]], [[1, 2, 3]], on: backend)
    }
  }

  @Test("memory begins with zeros and is read where it was written")
  func buffers() throws {
    let backend = try CPUBackend(threads: 1)
    for count in [0, 1, 5000, 3 << 20] {
      let buffer = try backend.allocate(byteCount: count)
      var bytes = [UInt8](repeating: 1, count: count)
      try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
      #expect(bytes.allSatisfy { $0 == 0 })
      guard count > 4 else { continue }
      try [UInt8]([1, 2, 3]).withUnsafeBytes { try buffer.write($0, at: count - 3) }
      try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
      #expect(bytes.suffix(4) == [0, 1, 2, 3])
    }
  }
}
