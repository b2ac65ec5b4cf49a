import Elbo
import Harness

extension Verb {
  /// `elbo bench`.
  static let bench: Verb = {
    let workloads = Option(
      "workloads", .list(of: .workload), default: [.mlp, .iwae, .iwae1], "what to train, a comma list")
    let devices = Option<[DeviceName]?>(
      "devices", .list(of: .device), absent: "every device", "what to train on, a comma list")
    let batchSize = Option<Int?>("batch-size", .positiveInteger, absent: "the workload's", "data in a batch")
    let steps = Option<Int?>("steps", .positiveInteger, absent: "by time", "steps in a block")
    let blocks = Option("blocks", .positiveInteger, default: 9, "timed blocks of each workload on each device")
    let profile = Option(flag: "profile", "where the time of a step goes, launch by launch, instead")
    let plans = Option(flag: "plans", "what a step asks of any device, instead: nothing runs")
    let peers = Option(flag: "peers", "other frameworks in the same run, as Benchmarks/Peers/install brings them")
    let baseline = Option<String?>(
      "baseline", .path, "an earlier report in JSON: the status is 1 where something has become worse beyond noise")
    let summaries = Workload.all.map { "\($0.name) is \($0.summary), batch \($0.batchSize)" }
    return Verb(
      "bench", "measures ELBO steps per second, devices side by side",
      discussion: "The data are made up; all else of a step is as in training. Speeds are medians of blocks that take "
        + "turns, with their 10th and 90th percentiles; floors are measured between them.\n"
        + "\(summaries.joined(separator: "; ")).",
      options: [
        OptionGroup(
          "measurement", [workloads, devices, batchSize, steps, blocks, profile, plans, peers, baseline])
      ]
    ) { call in
      if call[plans] { return try plan(call[workloads], batchSize: call[batchSize], call.console) }
      let backends = try Self.backends(call[devices])
      var bench = Bench(workloads: call[workloads], devices: backends)
      bench.batchSize = call[batchSize]
      bench.stepsPerBlock = call[steps]
      bench.blocks = call[blocks]
      Interrupt.install()
      if call[profile] {
        try profileSteps(bench, call.console)
      } else {
        // Files that are not there are told about before the work.
        let baseline = try call[baseline].map { try Baseline(path: $0) }
        if call[peers] { bench.peers = try installedPeers() }
        try time(bench, against: baseline, call.console)
      }
    }
  }()

  private static func backends(_ names: [DeviceName]?) throws -> [any Backend] {
    let names = names ?? Devices.available().compactMap { DeviceName($0.id) }
    return try names.map { try Device($0).backend }
  }

  private static func installedPeers() throws -> PeerFolder {
    guard let folder = PeerFolder.find(), folder.isInstalled else { throw BenchError.peersMissing }
    return folder
  }

  private static func time(_ bench: Bench, against baseline: Baseline?, _ console: Console) throws {
    var report = BenchReport(machine: .current(), devices: bench.deviceDescriptions, results: [])
    if bench.peers != nil { report.peers = [] }
    for workload in bench.workloads {
      let outcome = try bench.run(workload) { message in
        console.status(message)
        try stopWhereAsked()
      }
      console.status("")
      for peer in outcome.absent { console.note("\(peer)") }
      report.results += outcome.results
      report.peers? += outcome.peers
    }
    try console.json(report)
    for line in report.lines { console.result(line) }
    if let worse = try baseline?.regressions(in: report), !worse.isEmpty {
      throw BenchError.regressed(worse.map(\.description))
    }
  }

  private static func plan(_ workloads: [Workload], batchSize: Int?, _ console: Console) throws {
    let figures = try workloads.map { workload in
      (name: workload.name, batch: batchSize ?? workload.batchSize, figures: try workload.figures(batchSize: batchSize))
    }
    try console.json(Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.figures) }))
    for line in PlanFigures.lines(figures) { console.result(line) }
  }

  private static func profileSteps(_ bench: Bench, _ console: Console) throws {
    var profiles: [LaunchProfile] = []
    for workload in bench.workloads {
      for device in bench.devices {
        console.status("\(workload.name) on \(device.device.id)")
        try stopWhereAsked()
        let prepared = try PreparedWorkload(workload, on: device, batchSize: bench.batchSize)
        profiles.append(try LaunchProfile(prepared, steps: bench.stepsPerBlock ?? 20))
      }
    }
    console.status("")
    try console.json(profiles)
    for line in profiles.flatMap(\.lines) { console.result(line) }
  }

  private static func stopWhereAsked() throws {
    if let signal = Interrupt.pending { throw Interrupted(signal: signal, description: "no figure is reported") }
  }
}

extension ValueKind<Workload> {
  static var workload: Self {
    let names = Workload.all.map(\.name)
    return ValueKind(
      names.joined(separator: "|"), expectation: "one of \(names.joined(separator: ", "))", words: names,
      text: { $0.name }, parse: { name in Workload.all.first { $0.name == name } })
  }
}
