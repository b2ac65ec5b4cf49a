import Basics

extension BenchReport {
  /// The report for a reader.
  public var lines: [String] { machineLines + [""] + resultLines + peerLines + sweepLines + probeLines }

  private var sweepLines: [String] {
    let sweeps = BatchSweep.all(in: self)
    return sweeps.isEmpty ? [] : [""] + sweeps.map(\.verdict)
  }

  private var machineLines: [String] {
    let load = fixed(machine.loadAverage, digits: 2)
    let processors = "\(machine.processors) processor\(machine.processors == 1 ? "" : "s")"
    var lines = [
      "\(machine.processor), \(processors), \(bytes(machine.memoryBytes)), \(machine.system), "
        + "clock \(machine.clockSource), load \(load), \(machine.date)"
    ]
    lines += devices.map { device in
      let core = device.blasCore.map { ", OpenBLAS core \($0)" } ?? ""
      return "\(device.id): \(device.name), \(device.computeUnits) compute units\(core), \(device.driver)"
    }
    return lines
  }

  private var resultLines: [String] {
    var table = TextTable([
      "workload", ">batch", "device", ">steps/s", ">p10", ">p90", ">images/s", ">launches", ">scratch", ">GFLOP",
      ">MB moved", ">of floor", ">of products", ">first step", ">memory",
    ])
    for result in results {
      table.append([
        result.workload, "\(result.batch)", result.device, short(result.stepsPerSecond.median),
        short(result.stepsPerSecond.p10), short(result.stepsPerSecond.p90), short(result.imagesPerSecond),
        "\(result.launchesPerStep)", bytes(result.arenaBytes), short(Double(result.floatingPointOperations) * 1e-9),
        short(Double(result.bytesMoved) * 1e-6), fixed(result.shareOfFloor, digits: 2),
        fixed(result.shareOfMatmulFloor, digits: 2),
        result.secondsToFirstStep.map { fixed($0, digits: 2) + " s" } ?? "-", result.residentBytes.map(bytes) ?? "-",
      ])
    }
    return table.lines
  }

  /// The peers with how many times as fast each device is.
  private var peerLines: [String] {
    guard let peers, !peers.isEmpty else { return [] }
    let ids = devices.map(\.id)
    var table = TextTable(
      ["workload", ">batch", "peer", "mode", ">steps/s", ">p10", ">p90", ">images/s", ">first step", ">memory"]
        + ids.map { ">\($0) is x" })
    for peer in peers {
      let ratios = ids.map { id in
        let own = results.first { $0.device == id && $0.workload == peer.workload && $0.batch == peer.batch }
        return own.map { fixed($0.stepsPerSecond.median / peer.stepsPerSecond.median, digits: 2) } ?? "-"
      }
      table.append(
        [
          peer.workload, "\(peer.batch)", "\(peer.peer) \(peer.version)", peer.mode, short(peer.stepsPerSecond.median),
          short(peer.stepsPerSecond.p10), short(peer.stepsPerSecond.p90), short(peer.imagesPerSecond),
          fixed(peer.secondsToFirstStep, digits: 2) + " s", bytes(peer.residentBytes),
        ] + ratios)
    }
    return [""] + table.lines
  }

  /// What the floors were measured by, and what was checked first.
  private var probeLines: [String] {
    [""]
      + results.map { result in
        let probes = result.probes
        return "\(result.workload) on \(result.device), batch \(result.batch): probes "
          + "\(short(probes.matmulGigaflops.median)) GFLOP/s at \(probes.matmulSize) cubed and \(short(probes.copyGigabytesPerSecond.median)) GB/s "
          + "copying \(bytes(probes.copyBytes)); loss \(result.checkedLoss.loss) before step \(result.checkedLoss.step), "
          + "\(result.blocks) blocks of \(result.stepsPerBlock) steps"
      }
  }
}
