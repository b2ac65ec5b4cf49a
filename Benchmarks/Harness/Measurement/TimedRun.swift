import Elbo

/// A workload on a device with the times of its blocks.
final class TimedRun {
  let prepared: PreparedWorkload
  private var probes: Probes?
  private var stepsPerBlock = 1
  private var stepsPerSecond: [Double] = []

  init(_ prepared: PreparedWorkload) { self.prepared = prepared }

  /// Warms up and chooses how many steps make a block.
  func settle(stepsPerBlock: Int?, blockSeconds: Double) throws {
    probes = try Probes(on: prepared.backend, footprint: prepared.residentByteCount)
    var steps = 1
    while true {
      let seconds = try Clock.seconds { try prepared.run(steps) }
      if seconds >= blockSeconds / 4 {
        self.stepsPerBlock = stepsPerBlock ?? max(1, Int(Double(steps) * blockSeconds / seconds))
        return
      }
      steps *= 2
    }
  }

  /// One block of steps, with their losses read, and one of each probe.
  func measure() throws {
    let seconds = try Clock.seconds { try prepared.run(stepsPerBlock) }
    stepsPerSecond.append(Double(stepsPerBlock) / seconds)
    try probes?.measure()
  }

  /// The figures, once the run has settled and measured.
  func result(checkedLoss: BenchResult.CheckedLoss) -> BenchResult {
    guard let probes = probes?.figures else { preconditionFailure("nothing was measured") }
    let figures = PlanFigures(prepared.plan)
    let speed = Quantiles(stepsPerSecond)
    let products = probes.seconds(productOperations: figures.productOperations)
    let traffic = probes.seconds(bytes: figures.bytesMoved)
    return BenchResult(
      workload: prepared.workload.name, device: prepared.backend.device.id, batch: prepared.batchSize,
      stepsPerSecond: speed, imagesPerSecond: speed.median * Double(prepared.batchSize),
      launchesPerStep: figures.launches, arenaBytes: figures.workspaceBytes,
      floatingPointOperations: figures.operations, bytesMoved: figures.bytesMoved,
      shareOfFloor: max(products, traffic) * speed.median, shareOfMatmulFloor: products * speed.median,
      probes: probes, blocks: stepsPerSecond.count, stepsPerBlock: stepsPerBlock, checkedLoss: checkedLoss)
  }
}
