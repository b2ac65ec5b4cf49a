import Graphs
import Plans
import Runtime
import TestSupport

/// A computation planned and prepared on a backend, with its memory.
struct Execution {
  let computation: Computation
  let plan: Plan
  let program: any Program
  private var buffers: [any Buffer] = []

  init(_ computation: Computation, on backend: any Backend, fusing: Bool = true, limits: PlanLimits? = nil) throws {
    self.computation = computation
    plan = try Plan(
      computation.graph, outputs: computation.outputs, assignments: computation.assignments,
      limits: limits ?? backend.limits, fusing: fusing)
    for memory in plan.memory { buffers.append(try backend.allocate(byteCount: memory.byteCount)) }
    program = try backend.prepare(plan, buffers: buffers)
    try reset()
  }

  /// Sources as they were at first; all other memory full of what no result should be made of: every bit set is NaN.
  func reset() throws {
    for (memory, buffer) in zip(plan.memory, buffers) {
      if case .source(let id) = memory.region {
        let source = computation.sources[Int(id.raw)]
        try write(bytes(source.values, source.type), to: buffer)
      } else {
        try write([UInt8](repeating: 0xFF, count: memory.byteCount), to: buffer)
      }
    }
  }

  private func write(_ bytes: [UInt8], to buffer: any Buffer) throws {
    if bytes.isEmpty { return }
    try bytes.withUnsafeBytes { try buffer.write($0, at: 0) }
  }

  func output(_ number: Int) throws -> [Double] {
    try read(.output(number), computation.graph.type(computation.outputs[number]))
  }

  /// What a source holds now.
  func source(_ id: SourceID) throws -> [Double] {
    guard plan.memory.contains(where: { $0.region == .source(id) }) else {
      return computation.sources[Int(id.raw)].values
    }
    return try read(.source(id), computation.sources[Int(id.raw)].type)
  }

  private func read(_ region: Region, _ type: ElementType) throws -> [Double] {
    guard let index = plan.memory.firstIndex(where: { $0.region == region }) else { return [] }
    var bytes = [UInt8](repeating: 0, count: plan.memory[index].byteCount)
    if bytes.isEmpty { return [] }
    try bytes.withUnsafeMutableBytes { try buffers[index].read(into: $0, at: 0) }
    return bytes.withUnsafeBytes { bytes in
      switch type {
      case .float32: bytes.bindMemory(to: Float.self).map(Double.init)
      case .float64: Array(bytes.bindMemory(to: Double.self))
      case .int32: bytes.bindMemory(to: Int32.self).map(Double.init)
      case .uint32: bytes.bindMemory(to: UInt32.self).map(Double.init)
      case .uint8: bytes.map(Double.init)
      }
    }
  }

  private func bytes(_ values: [Double], _ type: ElementType) -> [UInt8] {
    func raw<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
    return switch type {
    case .float32: raw(values.map(Float.init))
    case .float64: raw(values)
    case .int32: raw(values.map { Int32($0) })
    case .uint32: raw(values.map { UInt32($0) })
    case .uint8: values.map { UInt8($0) }
    }
  }
}
