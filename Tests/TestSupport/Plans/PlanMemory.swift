import Graphs
import Plans

/// The memory of a plan while it runs, with a shadow that knows what is defined and who touched it in this launch.
final class PlanMemory {
  private var regions: [[UInt8]]
  /// Whether an element that begins at a byte has a value.
  private var isDefined: [[Bool]]
  /// Who wrote or read the element that begins at a byte, in this launch: the number of a part of a kernel at one of its
  /// places, each of which may run at the same time as any other. 0 is nobody, -1 where several read.
  private var writers: [[Int]]
  private var readers: [[Int]]
  private let plan: Plan

  init(_ plan: Plan, _ regions: [[UInt8]]) {
    self.plan = plan
    self.regions = regions
    isDefined = zip(plan.memory, regions).map { memory, bytes in
      if case .source = memory.region { return [Bool](repeating: true, count: bytes.count) }
      return [Bool](repeating: false, count: bytes.count)
    }
    writers = regions.map { [Int](repeating: 0, count: $0.count) }
    readers = writers
  }

  func beginLaunch() {
    writers = regions.map { [Int](repeating: 0, count: $0.count) }
    readers = writers
  }

  func bytes(of region: Int) -> [UInt8] { regions[region] }

  private func place(_ slot: Slot, _ index: Int, _ type: ElementType) throws -> Int {
    guard plan.memory.indices.contains(slot.region) else { throw PlanViolation("no region \(slot.region)") }
    let byte = slot.byteOffset + index * type.byteCount
    guard byte >= 0, byte + type.byteCount <= plan.memory[slot.region].byteCount, byte % type.byteCount == 0 else {
      throw PlanViolation("element \(index) of \(slot) is outside \(plan.memory[slot.region])")
    }
    return byte
  }

  func load(_ slot: Slot, _ index: Int, _ type: ElementType, by party: Int) throws -> Double {
    let byte = try place(slot, index, type)
    guard isDefined[slot.region][byte] else { throw PlanViolation("element \(index) of \(slot) has no value yet") }
    guard writers[slot.region][byte] == 0 else {
      throw PlanViolation("element \(index) of \(slot) is read after another place of the launch wrote it")
    }
    let reader = readers[slot.region][byte]
    readers[slot.region][byte] = reader == 0 || reader == party ? party : -1
    return regions[slot.region].withUnsafeBytes { bytes in
      switch type {
      case .float32: Double(bytes.loadUnaligned(fromByteOffset: byte, as: Float.self))
      case .float64: bytes.loadUnaligned(fromByteOffset: byte, as: Double.self)
      case .int32: Double(bytes.loadUnaligned(fromByteOffset: byte, as: Int32.self))
      case .uint32: Double(bytes.loadUnaligned(fromByteOffset: byte, as: UInt32.self))
      case .uint8: Double(bytes[byte])
      }
    }
  }

  func store(_ value: Double, _ slot: Slot, _ index: Int, _ type: ElementType, by party: Int) throws {
    let byte = try place(slot, index, type)
    let (writer, reader) = (writers[slot.region][byte], readers[slot.region][byte])
    guard writer == 0 else { throw PlanViolation("element \(index) of \(slot) is written twice in the launch") }
    guard reader == 0 || reader == party else {
      throw PlanViolation("element \(index) of \(slot) is written after another place of the launch read it")
    }
    writers[slot.region][byte] = party
    isDefined[slot.region][byte] = true
    regions[slot.region].withUnsafeMutableBytes { bytes in
      switch type {
      case .float32: bytes.storeBytes(of: Float(value), toByteOffset: byte, as: Float.self)
      case .float64: bytes.storeBytes(of: value, toByteOffset: byte, as: Double.self)
      case .int32: bytes.storeBytes(of: Int32(value), toByteOffset: byte, as: Int32.self)
      case .uint32: bytes.storeBytes(of: UInt32(value), toByteOffset: byte, as: UInt32.self)
      case .uint8: bytes[byte] = UInt8(value)
      }
    }
  }
}
