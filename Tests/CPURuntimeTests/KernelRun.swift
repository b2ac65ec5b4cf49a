import Graphs
import Plans
import Runtime
import TestSupport

@testable import CPURuntime

/// Memory of a test by argument: elements in Double.
typealias Memory = [[Double]]

/// Runs launches of kernels whose arguments are regions of memory of the same number.
func run(_ launches: [[Kernel]], _ memory: Memory, on backend: any Backend, times: Int = 1) throws -> Memory {
  let types = launches[0][0].arguments
  let plan = plan(launches, memory)
  let buffers = try zip(memory, types).map { values, type in
    let bytes = encode(values, type)
    let buffer = try backend.allocate(byteCount: bytes.count)
    try bytes.withUnsafeBytes { try buffer.write($0, at: 0) }
    return buffer
  }
  let program = try backend.prepare(plan, buffers: buffers)
  try program.run(times: times)
  try program.synchronize()
  return try zip(buffers, types).map { buffer, type in
    var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
    try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
    return decode(bytes, type)
  }
}

func plan(_ launches: [[Kernel]], _ memory: Memory) -> Plan {
  let types = launches[0][0].arguments
  return Plan(
    launches: launches.map { kernels in
      Launch(
        kernels: kernels.map { kernel in
          BoundKernel(kernel: kernel, slots: kernel.arguments.indices.map { Slot(region: $0, byteOffset: 0) })
        })
    },
    memory: zip(memory, types).enumerated().map { number, entry in
      Plan.Memory(
        region: .source(SourceID(raw: UInt64(number))), byteCount: entry.0.count * entry.1.byteCount)
    })
}

/// Runs one kernel on the CPU and by its definition, and compares all memory.
///
/// - Parameter ulps: of the largest magnitude in an argument, for what several roundings have passed through.
func check(_ kernel: Kernel, _ memory: Memory, ulps: Double, threads: Int = 2) throws -> [Comparison] {
  let expected = try run([[kernel]], memory, on: ReferenceBackend())
  let found = try run([[kernel]], memory, on: CPUBackend(threads: threads))
  return zip(zip(found, expected), kernel.arguments).map { pair, type in
    let magnitude = pair.1.reduce(1) { $1.isFinite ? max($0, abs($1)) : $0 }
    return isClose(
      pair.0, pair.1, type, ulps: ulps, magnitude: [Double](repeating: magnitude, count: pair.1.count))
  }
}

func encode(_ values: [Double], _ type: ElementType) -> [UInt8] {
  switch type {
  case .float32: values.map { Float($0) }.withUnsafeBytes(Array.init)
  case .float64: values.withUnsafeBytes(Array.init)
  case .int32: values.map { Int32($0) }.withUnsafeBytes(Array.init)
  case .uint32: values.map { UInt32($0) }.withUnsafeBytes(Array.init)
  case .uint8: values.map { UInt8($0) }
  }
}

func decode(_ bytes: [UInt8], _ type: ElementType) -> [Double] {
  bytes.withUnsafeBytes { bytes in
    switch type {
    case .float32: bytes.bindMemory(to: Float.self).map(Double.init)
    case .float64: Array(bytes.bindMemory(to: Double.self))
    case .int32: bytes.bindMemory(to: Int32.self).map(Double.init)
    case .uint32: bytes.bindMemory(to: UInt32.self).map(Double.init)
    case .uint8: bytes.map(Double.init)
    }
  }
}

extension Expression {
  /// Appends an instruction and gives its value.
  mutating func add(_ instruction: Instruction, _ type: ElementType) -> Value {
    instructions.append(instruction)
    types.append(type)
    return instructions.count - 1
  }

  /// A load without rows or bounds.
  mutating func load(_ argument: Int, _ at: Affine, _ type: ElementType) -> Value {
    add(.load(argument: argument, at: at, row: nil, bounds: []), type)
  }
}

/// The position in row-major order.
func rowMajor(_ extents: [Int], offset: Int = 0) -> Affine { Affine(offset: offset, strides: Shape(extents).strides) }
