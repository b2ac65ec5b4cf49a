import Elbo
import Graphs
import Plans

/// One small computation made ready on a device, to be run many times over: a probe, a kernel's time.
final class KernelRun: Sendable {
  let plan: Plan
  private let program: any Program

  /// - Parameters:
  ///   - inputs: shapes and types of memory that is filled with arbitrary numbers from 0 to 1.
  ///   - body: what is computed from them.
  init(
    on backend: any Backend, inputs: [(shape: Shape, type: ElementType)],
    _ body: (inout Graph, [NodeID]) -> NodeID
  ) throws {
    var graph = Graph()
    let sources = inputs.enumerated().map { number, input in
      graph.source(SourceID(raw: UInt64(number)), shape: input.shape, type: input.type)
    }
    let output = body(&graph, sources)
    plan = try Plan(graph, outputs: [output], limits: backend.limits)
    let buffers = try plan.memory.map { memory in
      let buffer = try backend.allocate(byteCount: max(memory.byteCount, 1))
      if case .source(let id) = memory.region { try Self.fill(buffer, inputs[Int(id.raw)].type) }
      return buffer
    }
    program = try backend.prepare(plan, buffers: buffers)
  }

  /// Zeros would flatter: a processor that multiplies them stays cool.
  private static func fill(_ buffer: any Buffer, _ type: ElementType) throws {
    let count = buffer.byteCount / type.byteCount
    switch type {
    case .float32: try write((0..<count).map { Float($0 % 251) / 251 }, to: buffer)
    case .float64: try write((0..<count).map { Double($0 % 251) / 251 }, to: buffer)
    case .int32, .uint32: try write((0..<count).map { UInt32(truncatingIfNeeded: $0 % 251) }, to: buffer)
    case .uint8: try write((0..<count).map { UInt8($0 % 251) }, to: buffer)
    }
  }

  private static func write<Element: BitwiseCopyable>(_ elements: [Element], to buffer: any Buffer) throws {
    try elements.withUnsafeBytes { try buffer.write($0, at: 0) }
  }

  /// The seconds of one of `times` runs in a row.
  func seconds(times: Int) throws -> Double {
    try Clock.seconds {
      try program.run(times: times)
      try program.synchronize()
    } / Double(times)
  }

  /// Runs in a row that take about so many seconds together.
  func times(lasting seconds: Double) throws -> Int {
    _ = try self.seconds(times: 1)
    var times = 1
    while times < 1 << 20 {
      let lasted = try self.seconds(times: times) * Double(times)
      if lasted >= seconds / 8 { return max(1, Int(Double(times) * seconds / lasted)) }
      times *= 4
    }
    return times
  }
}
