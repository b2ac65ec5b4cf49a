import Graphs
import Plans
import Runtime

/// Runs plans as `Kernel` defines them, one place at a time, and refuses what the definition forbids: it is how plans
/// are tested without a device.
///
/// Found are accesses outside memory, scratch memory that is read before it is written, an element that two places or
/// two kernels of one launch write, and an element that one of them, or a contraction that must be complete before its
/// epilogue, reads while another writes it. What a device may do in any order is done here in the order asked for; a plan
/// that is right gives the same bits in both.
public final class ReferenceBackend: Backend {
  public enum Order: Sendable {
    case forward, backward
  }

  public let order: Order
  public let limits: PlanLimits
  public let plans = PlanCache()

  public init(order: Order = .forward, limits: PlanLimits = PlanLimits()) {
    self.order = order
    self.limits = limits
  }

  public var device: DeviceDescription {
    DeviceDescription(
      id: "reference", name: "reference, \(order)", vendor: "", driver: "", kind: .cpu, memoryByteCount: .max,
      computeUnits: 1, supportsFloat64: true)
  }

  public func allocate(byteCount: Int) throws -> any Buffer { ReferenceBuffer(byteCount: byteCount) }

  public func prepare(_ plan: Plan, buffers: [any Buffer]) throws -> any Program {
    guard buffers.count == plan.memory.count else {
      throw PlanViolation("\(buffers.count) buffers for \(plan.memory.count) regions")
    }
    let buffers = try buffers.map { buffer in
      guard let buffer = buffer as? ReferenceBuffer else { throw PlanViolation("memory of another device") }
      return buffer
    }
    for (buffer, memory) in zip(buffers, plan.memory) where buffer.byteCount < memory.byteCount {
      throw PlanViolation("a buffer of \(buffer.byteCount) bytes for \(memory)")
    }
    return ReferenceProgram(plan: plan, buffers: buffers, order: order)
  }
}

/// A plan that breaks the rules of `Kernel`, `Launch` or `Plan`.
public struct PlanViolation: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Bytes on the host.
final class ReferenceBuffer: Buffer {
  let byteCount: Int
  let bytes: Locked<[UInt8]>

  init(byteCount: Int) {
    self.byteCount = byteCount
    bytes = Locked([UInt8](repeating: 0, count: byteCount))
  }

  func write(_ source: UnsafeRawBufferPointer, at byteOffset: Int) throws {
    bytes.withLock { $0.replaceSubrange(byteOffset..<byteOffset + source.count, with: source) }
  }

  func read(into destination: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
    bytes.withLock { bytes in
      bytes.withUnsafeBytes {
        destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[byteOffset..<byteOffset + destination.count]))
      }
    }
  }
}

private final class ReferenceProgram: Program {
  private let plan: Plan
  private let buffers: [ReferenceBuffer]
  private let order: ReferenceBackend.Order

  init(plan: Plan, buffers: [ReferenceBuffer], order: ReferenceBackend.Order) {
    self.plan = plan
    self.buffers = buffers
    self.order = order
  }

  var launchCount: Int { plan.launches.count }

  func run(times: Int) throws {
    for _ in 0..<times {
      let memory = PlanMemory(plan, buffers.map { $0.bytes.withLock { $0 } })
      for (number, launch) in plan.launches.enumerated() {
        memory.beginLaunch()
        let kernels = order == .forward ? Array(launch.kernels.enumerated()) : launch.kernels.enumerated().reversed()
        for (index, kernel) in kernels {
          do {
            let interpreter = KernelInterpreter(kernel, number: index, order: order, memory: memory)
            try interpreter.run()
          } catch let violation as PlanViolation {
            throw PlanViolation("launch \(number), kernel \(index): \(violation)")
          }
        }
      }
      for (region, buffer) in buffers.enumerated() { buffer.bytes.withLock { $0 = memory.bytes(of: region) } }
    }
  }

  func synchronize() throws {}

  func profile() throws -> [Double] {
    try run(times: 1)
    return plan.launches.map { _ in 0 }
  }

  func source(ofLaunch index: Int) -> String { "\(plan.launches[index])" }
}
