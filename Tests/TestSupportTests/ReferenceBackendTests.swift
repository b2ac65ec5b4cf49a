import Graphs
import Plans
import Runtime
import TestSupport
import Testing

/// The reference backend refuses plans that a device could run in an order that shows.
@Suite struct ReferenceBackendTests {
  /// out[i + outOffset] = in[i + inOffset] over `count` places.
  private func copy(_ count: Int, in inOffset: Int = 0, out outOffset: Int = 0, from: Slot, to: Slot) -> BoundKernel {
    var body = Expression()
    body.instructions = [
      .load(argument: 0, at: Affine(offset: inOffset, strides: [1]), row: nil, bounds: [])
    ]
    body.types = [.float32]
    let store = Store(value: 0, argument: 1, at: Affine(offset: outOffset, strides: [1]))
    let kernel = Kernel(
      form: .map, domain: [count], body: body, stores: [store], arguments: [.float32, .float32])
    return BoundKernel(kernel: kernel, slots: [from, to])
  }

  private let source = Slot(region: 0, byteOffset: 0)
  private let output = Slot(region: 1, byteOffset: 0)
  private let scratch = Slot(region: 2, byteOffset: 0)

  private func run(_ launches: [[BoundKernel]], _ order: ReferenceBackend.Order) throws -> [Float] {
    let backend = ReferenceBackend(order: order)
    let plan = Plan(
      launches: launches.map { Launch(kernels: $0) },
      memory: [
        Plan.Memory(region: .source(SourceID(raw: 0)), byteCount: 32),
        Plan.Memory(region: .output(0), byteCount: 32), Plan.Memory(region: .workspace, byteCount: 32),
      ])
    let buffers = try plan.memory.map { try backend.allocate(byteCount: $0.byteCount) }
    let values = (0..<8).map(Float.init)
    try values.withUnsafeBytes { try buffers[0].write($0, at: 0) }
    try backend.prepare(plan, buffers: buffers).run(times: 1)
    var found = [Float](repeating: 0, count: 8)
    try found.withUnsafeMutableBytes { try buffers[1].read(into: $0, at: 0) }
    return found
  }

  private let orders = [ReferenceBackend.Order.forward, .backward]

  /// Refused in one order at least: tests run both.
  private func expectViolation(_ launches: [[BoundKernel]], _ message: String) {
    let violations = orders.compactMap { order -> String? in
      do {
        _ = try run(launches, order)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(violations.contains { $0.contains(message) }, "\(violations)")
  }

  @Test func whatIsRightRuns() throws {
    for order in orders {
      let throughScratch = [[copy(8, from: source, to: scratch)], [copy(8, from: scratch, to: output)]]
      #expect(try run(throughScratch, order) == (0..<8).map(Float.init))
      // In place at the same index, and two kernels that write apart.
      let apart = [
        [copy(8, from: source, to: source)],
        [copy(4, from: source, to: output), copy(4, in: 4, out: 4, from: source, to: output)],
      ]
      #expect(try run(apart, order) == (0..<8).map(Float.init))
    }
  }

  @Test func accessesOutsideMemory() {
    expectViolation([[copy(9, from: source, to: output)]], "outside")
    expectViolation([[copy(8, in: -1, from: source, to: output)]], "outside")
    expectViolation([[copy(8, out: 1, from: source, to: output)]], "outside")
  }

  @Test func whatIsNotWrittenIsNotRead() {
    expectViolation([[copy(8, from: scratch, to: output)]], "no value yet")
    expectViolation([[copy(7, from: source, to: scratch)], [copy(8, from: scratch, to: output)]], "no value yet")
  }

  @Test func twoWritesOfOneElement() {
    expectViolation([[copy(8, from: source, to: output), copy(1, from: source, to: output)]], "written twice")
    var kernel = copy(8, from: source, to: output)
    kernel.kernel.stores[0].at.strides = [0]
    expectViolation([[kernel]], "written twice")
  }

  @Test func kernelsOfOneLaunchThatDepend() {
    expectViolation([[copy(8, from: source, to: scratch), copy(8, from: scratch, to: output)]], "launch")
    expectViolation([[copy(8, from: source, to: output), copy(8, from: output, to: source)]], "launch")
  }

  @Test func inPlaceAtAnotherIndex() {
    expectViolation([[copy(7, in: 1, from: source, to: source)]], "launch")
  }
}
