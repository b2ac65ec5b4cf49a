import Basics
import Elbo
import Harness

extension Verb {
  /// `elbo bench`.
  static let bench: Verb = {
    let workloads = Option(
      "workloads", .set(of: .workload), default: [.mlp, .iwae, .iwae1], "what to train, a comma list")
    let devices = Option<[DeviceName]?>(
      "devices", .set(of: .device), absent: "every device", "what to train on, a comma list")
    let batchSize = Option<Int?>("batch-size", .positiveInteger, absent: "the workload's", "data in a batch")
    let steps = Option<Int?>("steps", .positiveInteger, absent: "by time", "steps in a block")
    let blocks = Option("blocks", .positiveInteger, default: 9, "timed blocks of each workload on each device")
    let sweep = Option<[Int]?>(
      "sweep", .set(of: .positiveInteger), "batch sizes to run each workload with, a comma list")
    let picture = Option("picture", .path, default: "batch-sweep.svg", "where the picture of a sweep goes")
    let profile = Option(flag: "profile", "where the time of a step goes, launch by launch")
    let kernels = Option(flag: "kernels", "the time of each form of kernel by itself, at sizes of training")
    let firstStep = Option(
      flag: "first-step", "when a process has done its first step, and its memory: one workload, one device")
    let plans = Option(flag: "plans", "what a step asks of any device: nothing runs")
    let peers = Option(flag: "peers", "other frameworks in the same run, as Benchmarks/Peers/install brings them")
    let baseline = Option<String?>(
      "baseline", .path, "an earlier report in JSON: the status is 1 where something has become worse beyond noise")
    let measurement: [any AnyOption] = [workloads, devices, batchSize, sweep, picture, steps, blocks, peers, baseline]
    /// What runs instead of the measurement, with those of its options that it takes.
    let modes: [(flag: Option<Bool>, options: [any AnyOption])] = [
      (profile, [workloads, devices, batchSize, steps]), (kernels, [devices, blocks, peers]),
      (firstStep, [workloads, devices, batchSize, steps]), (plans, [workloads, batchSize]),
    ]
    let summaries = Workload.all.map { "\($0.name) is \($0.summary), batch \($0.batchSize)" }
    return Verb(
      "bench", "measures ELBO steps per second, devices side by side",
      discussion: "The data are made up; all else of a step is as in training. Speeds are medians of blocks that take "
        + "turns, with their 10th and 90th percentiles; floors are measured between them.\n"
        + "\(summaries.joined(separator: "; ")).",
      options: [
        OptionGroup("measurement", measurement), OptionGroup("instead of it", modes.map(\.flag)),
      ]
    ) { call in
      let chosen = modes.filter { call[$0.flag] }
      if chosen.count > 1 {
        throw UsageError(
          "--\(chosen[0].flag.name) and --\(chosen[1].flag.name) are two things to do", hint: "give one of them")
      }
      if let mode = chosen.first,
        let other = measurement.first(where: { option in
          call.isGiven(option) && !mode.options.contains { $0.name == option.name }
        })
      {
        throw UsageError("--\(mode.flag.name) takes no --\(other.name)")
      }
      if call.isGiven(sweep), call.isGiven(batchSize) {
        throw UsageError("--sweep says the batch sizes and takes no --batch-size")
      }
      if call.isGiven(picture), !call.isGiven(sweep) {
        throw UsageError("--picture is of --sweep SIZES, which is not given")
      }
      if call[plans] { return try plan(call[workloads], batchSize: call[batchSize], call.console) }
      if call[firstStep] {
        guard call[workloads].count == 1, call[devices]?.count == 1 else {
          throw UsageError("--first-step takes one of --workloads and one of --devices")
        }
        let backend = try Self.backends(call[devices])[0]
        let step = try FirstStep(
          call[workloads][0], on: backend, batchSize: call[batchSize], laterSteps: call[steps])
        return try report(step, call.console)
      }
      let backends = try Self.backends(call[devices])
      var bench = Bench(workloads: call[workloads], devices: backends)
      bench.stepsPerBlock = call[steps]
      bench.blocks = call[blocks]
      Interrupt.install()
      if call[profile] {
        try profileSteps(bench, batchSize: call[batchSize], call.console)
      } else if call[kernels] {
        var kernels = KernelBench(devices: backends)
        kernels.blocks = call[blocks]
        if call[peers] { kernels.peers = try installedPeers() }
        try time(kernels, call.console)
      } else {
        bench.program = "/proc/self/exe"
        // Files that are not there are told about before the work.
        let baseline = try call[baseline].map { try Baseline(path: $0) }
        if call[peers] { bench.peers = try installedPeers() }
        let batchSizes: [Int?] = call[sweep] ?? [call[batchSize]]
        let report = try time(bench, batchSizes: batchSizes, call.console)
        if call.isGiven(sweep) { try draw(report, to: call[picture], call.console) }
        if let worse = try baseline?.regressions(in: report), !worse.isEmpty {
          throw BenchError.regressed(worse.map(\.description))
        }
      }
    }
  }()

  private static func backends(_ names: [DeviceName]?) throws -> [any Backend] {
    let names = names ?? Devices.available().compactMap { DeviceName($0.id) }
    let backends = try names.map { try Device($0).backend }
    // Two names may be of one device, as opencl and opencl:0 are.
    for (place, backend) in backends.enumerated()
    where backends[..<place].contains(where: { $0.device.id == backend.device.id }) {
      throw UsageError("--devices takes a device once, and '\(names[place])' is \(backend.device.id) again")
    }
    return backends
  }

  private static func installedPeers() throws -> PeerFolder {
    guard let folder = PeerFolder.find(), folder.isInstalled else { throw BenchError.peersMissing }
    return folder
  }

  private static func time(_ bench: Bench, batchSizes: [Int?], _ console: Console) throws -> BenchReport {
    var report = BenchReport(machine: .current(), devices: bench.deviceDescriptions, results: [])
    if bench.peers != nil { report.peers = [] }
    if report.machine.isBusy {
      console.warn(
        "the load is \(report.machine.loadAverage) on \(report.machine.processors) processors: speeds are lower than "
          + "on an idle machine, and those of programs whose threads spin much lower")
    }
    for workload in bench.workloads {
      for batchSize in batchSizes {
        let outcome = try bench.run(workload, batchSize: batchSize) { message in
          console.status(message)
          try stopWhereAsked()
        }
        console.status("")
        for peer in outcome.absent { console.note("\(peer)") }
        report.results += outcome.results
        report.peers? += outcome.peers
      }
    }
    try console.json(report)
    for line in report.lines { console.result(line) }
    return report
  }

  private static func draw(_ report: BenchReport, to path: String, _ console: Console) throws {
    let machine = report.machine
    let picture = SweepPicture(
      BatchSweep.all(in: report), caption: "\(machine.processor), \(machine.processors) processors, \(machine.date)")
    try picture.write(to: path)
    console.note("picture: \(path)")
  }

  private static func plan(_ workloads: [Workload], batchSize: Int?, _ console: Console) throws {
    let figures = try workloads.map { workload in
      (name: workload.name, batch: batchSize ?? workload.batchSize, figures: try workload.figures(batchSize: batchSize))
    }
    try console.json(Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.figures) }))
    for line in PlanFigures.lines(figures) { console.result(line) }
  }

  private static func report(_ first: FirstStep, _ console: Console) throws {
    try console.json(first)
    console.result(
      "first step \(fixed(first.secondsSinceStart, digits: 2)) s after the start, \(first.residentBytes >> 20) MiB "
        + "while training")
  }

  private static func time(_ bench: KernelBench, _ console: Console) throws {
    let (times, absent) = try bench.run { message in
      console.status(message)
      try stopWhereAsked()
    }
    console.status("")
    for peer in absent { console.note("\(peer)") }
    try console.json(times)
    for line in KernelTime.lines(times) { console.result(line) }
  }

  private static func profileSteps(_ bench: Bench, batchSize: Int?, _ console: Console) throws {
    var profiles: [LaunchProfile] = []
    for workload in bench.workloads {
      for device in bench.devices {
        console.status("\(workload.name) on \(device.device.id)")
        try stopWhereAsked()
        let prepared = try PreparedWorkload(workload, on: device, batchSize: batchSize)
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
