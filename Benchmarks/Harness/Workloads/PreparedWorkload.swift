import Elbo
import Graphs
import Plans

/// A workload made ready on a device, with its data and weights there.
public final class PreparedWorkload: Sendable {
  public let workload: Workload
  public let backend: any Backend
  public let batchSize: Int
  public let plan: Plan

  private let step: Step
  private let dataID: SourceID

  /// Weights and data are the same for every device; `seed` is that of weights, noise and order.
  ///
  /// - Throws: what the device throws.
  public convenience init(
    _ workload: Workload, on backend: any Backend, batchSize: Int? = nil, seed: UInt64 = 0
  ) throws {
    let batchSize = batchSize ?? workload.batchSize
    let count = SyntheticPixels.count(size: workload.dataSize, batchSize: batchSize)
    let data = SyntheticPixels.tensor(count: count, size: workload.dataSize)
    try self.init(workload, on: backend, batchSize: batchSize, data: data, seed: seed)
  }

  /// - Parameter data: uint8, (n, pixels); n is a multiple of the batch size, so that all steps are alike.
  init(_ workload: Workload, on backend: any Backend, batchSize: Int, data: Tensor, seed: UInt64) throws {
    precondition(data.shape[0] % batchSize == 0, "\(data.shape[0]) data are no whole batches of \(batchSize)")
    let model = workload.model()
    let minimizer = Minimizer(workload.optimizer, of: ParameterArena(model, seed: seed))
    step = try Step(on: backend, over: BatchSource([data]), batchSize: batchSize, seed: seed, metrics: ["loss"]) {
      let pixels = $0.fields[0].cast(to: .float32) / 255
      return [minimizer.minimize(workload.loss(model, pixels, noise: $0.noise)).loss]
    }
    self.workload = workload
    self.backend = backend
    self.batchSize = batchSize
    plan = step.plans[batchSize]!
    dataID = data.storage!.id
  }

  /// Runs steps, waits for them and gives the loss before each, in nats per datum.
  @discardableResult
  public func run(_ count: Int) throws -> [Float] { try step.run(times: count).suffix(count).map { $0.values[0] } }

  /// Runs steps and waits for them, without reading their losses.
  public func replay(_ count: Int) throws {
    try step.replay(times: count)
    try step.synchronize()
  }

  /// Runs one step launch by launch and gives the seconds that each of the plan's launches took on the device.
  public func profile() throws -> [Double] { try step.profile() }

  /// Bytes that every step reads or writes some of, apart from the data: weights, moments, counters and scratch memory.
  public var residentByteCount: Int {
    plan.memory.reduce(0) { $1.region == .source(dataID) ? $0 : $0 + $1.byteCount }
  }
}
