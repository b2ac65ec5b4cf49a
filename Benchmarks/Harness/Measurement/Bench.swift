import CPURuntime
import Elbo

/// Times training steps of workloads on devices, side by side.
///
/// Blocks of steps take turns over the devices, so that what else the machine does meets all of them alike; figures of
/// one run may be compared with each other.
public struct Bench: Sendable {
  public var workloads: [Workload]
  public var devices: [any Backend]
  /// Steps of a block; nil for as many as last about `blockSeconds`.
  public var stepsPerBlock: Int?
  public var blocks = 9
  public var blockSeconds = 0.25
  /// The path of the program `elbo`, which is started anew to see how soon it trains; nil for not at all.
  public var program: String?
  /// Where the peers' scripts are; nil for no peers.
  public var peers: PeerFolder?

  public init(workloads: [Workload], devices: [any Backend]) {
    self.workloads = workloads
    self.devices = devices
  }

  /// What is reported of one workload.
  public struct Outcome: Sendable {
    /// One for each device, in their order.
    public var results: [BenchResult]
    /// One for each peer that ran.
    public var peers: [PeerResult] = []
    /// The peers that did not.
    public var absent: [PeerAbsent] = []
  }

  /// Times a workload on every device, and the peers between them.
  ///
  /// - Parameters:
  ///   - batchSize: in place of the workload's own.
  ///   - progress: is told in a few words what comes next; what it throws ends the bench.
  /// - Throws: `BenchError` where the devices disagree, and what they throw.
  public func run(
    _ workload: Workload, batchSize: Int? = nil, progress: (String) throws -> Void
  ) throws -> Outcome {
    let runs = try devices.map { device in
      try progress("\(workload.name) on \(device.device.id): preparing")
      return TimedRun(try PreparedWorkload(workload, on: device, batchSize: batchSize))
    }
    try progress("\(workload.name): checking losses")
    let checked = try checkedLoss(of: runs.map(\.prepared))
    let (peerRuns, absent) = try startPeers(workload, batchSize ?? workload.batchSize, progress)
    for run in runs { try run.settle(stepsPerBlock: stepsPerBlock, blockSeconds: blockSeconds) }
    for run in peerRuns { run.settle(stepsPerBlock: stepsPerBlock, blockSeconds: blockSeconds) }
    for block in 0..<blocks {
      try progress("\(workload.name): block \(block + 1) of \(blocks)")
      // Another one begins each time, so that none always follows the same neighbour.
      for turn in runs.indices { try runs[(turn + block) % runs.count].measure() }
      for turn in peerRuns.indices { try peerRuns[(turn + block) % peerRuns.count].measure() }
    }
    let results = try runs.map { run in
      var result = run.result(checkedLoss: checked)
      if let program {
        try progress("\(workload.name) on \(result.device): first steps")
        let first = FirstSteps(of: program, workload, device: result.device, batchSize: result.batch)
        result.secondsToFirstStep = first?.seconds
        result.residentBytes = first?.residentBytes
      }
      return result
    }
    return Outcome(results: results, peers: peerRuns.map(\.result), absent: absent)
  }

  /// Those of the peers that start, one after the other, so that none is timed while another compiles.
  private func startPeers(
    _ workload: Workload, _ batchSize: Int, _ progress: (String) throws -> Void
  ) throws -> (runs: [PeerRun], absent: [PeerAbsent]) {
    guard let peers else { return ([], []) }
    let threads = Machine.current().processors
    var runs: [PeerRun] = []
    var absent: [PeerAbsent] = []
    for peer in Peer.all(for: workload) {
      try progress("\(workload.name) by \(peer.name): preparing")
      do {
        runs.append(try PeerRun(peer, workload, batchSize: batchSize, threads: threads, in: peers))
      } catch {
        absent.append(error)
      }
    }
    return (runs, absent)
  }

  /// Runs the first steps everywhere and holds the losses against each other.
  private func checkedLoss(of prepared: [PreparedWorkload]) throws -> BenchResult.CheckedLoss {
    let workload = prepared[0].workload
    let losses = try prepared.map { try $0.run(workload.checkedStepCount) }
    for step in 0..<workload.checkedStepCount {
      let values = losses.map { $0[step] }
      for (run, value) in zip(prepared, values) where !value.isFinite {
        throw BenchError.lossNotFinite(workload: workload.name, step: step + 1, device: run.backend.device.id)
      }
      for (run, value) in zip(prepared, values) where abs(value - values[0]) > 1e-4 * abs(values[0]) {
        throw BenchError.lossesDiffer(
          workload: workload.name, step: step + 1,
          devices: [prepared[0].backend.device.id, run.backend.device.id], losses: [values[0], value])
      }
    }
    return BenchResult.CheckedLoss(step: workload.checkedStepCount, loss: losses[0][workload.checkedStepCount - 1])
  }

  /// The devices as a report names them.
  public var deviceDescriptions: [BenchDevice] {
    devices.map { backend in
      let device = backend.device
      return BenchDevice(
        id: device.id, name: device.name, driver: device.driver, computeUnits: device.computeUnits,
        blasCore: (backend as? CPUBackend)?.core)
    }
  }
}
