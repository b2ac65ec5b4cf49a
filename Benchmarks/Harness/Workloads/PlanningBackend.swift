import Elbo
import Plans

/// A device that plans and runs nothing: what a step asks of any device is known without one.
///
/// Its memory takes no space, and reads as zeros.
public final class PlanningBackend: Backend {
  public let device = DeviceDescription(
    id: "plan", name: "no device", vendor: "", driver: "", kind: .cpu, memoryByteCount: .max, computeUnits: 1,
    supportsFloat64: true)
  public let limits: PlanLimits
  public let plans = PlanCache()

  public init(limits: PlanLimits = PlanLimits()) { self.limits = limits }

  public func allocate(byteCount: Int) -> any Buffer { Nowhere(byteCount: byteCount) }

  public func prepare(_ plan: Plan, buffers: [any Buffer]) -> any Program { Nothing(plan) }

  private final class Nowhere: Buffer {
    let byteCount: Int

    init(byteCount: Int) { self.byteCount = byteCount }

    func write(_ source: UnsafeRawBufferPointer, at byteOffset: Int) {}

    func read(into destination: UnsafeMutableRawBufferPointer, at byteOffset: Int) {
      for index in destination.indices { destination[index] = 0 }
    }
  }

  private final class Nothing: Program {
    private let plan: Plan

    init(_ plan: Plan) { self.plan = plan }

    var launchCount: Int { plan.launches.count }
    func run(times: Int) {}
    func synchronize() {}
    func profile() -> [Double] { plan.launches.map { _ in 0 } }
    func source(ofLaunch index: Int) -> String {
      plan.launches[index].kernels.map(\.kernel.description).joined(separator: "\n")
    }
  }
}

extension Workload {
  /// What one step asks of a device, found without one.
  ///
  /// - Throws: `PlanError` where a value is too large for the limits.
  public func figures(batchSize: Int? = nil, limits: PlanLimits = PlanLimits()) throws -> PlanFigures {
    let batchSize = batchSize ?? self.batchSize
    let count = SyntheticPixels.count(size: dataSize, batchSize: batchSize)
    let backend = PlanningBackend(limits: limits)
    let pixels = Tensor(
      try Storage(byteCount: count * dataSize, on: backend), shape: [count, dataSize], type: .uint8)
    return PlanFigures(try PreparedWorkload(self, on: backend, batchSize: batchSize, data: pixels, seed: 0).plan)
  }
}
