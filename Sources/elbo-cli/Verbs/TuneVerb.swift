import Elbo
import Harness

extension Verb {
  /// `elbo tune`.
  static let tune: Verb = {
    let device = Option("device", .device, default: .openCL(nil), "the OpenCL device to tune; see 'elbo devices'")
    let seconds = Option("seconds", .positiveNumber, default: 300, "seconds after which nothing new is tried")
    let parameters = Option<[String]?>(
      "parameters", .set(of: .text("NAME")), absent: "all", "parameters to search, a comma list")
    return Verb(
      "tune", "searches the matmul and convolution parameters of a device and keeps the best",
      discussion: "The numbers by which an OpenCL device's kernels are cut are tried one by one, each against the best "
        + "so far; one that changes a result is not taken. What is found is kept beside the compiled programs, in "
        + "$ELBO_CACHE or the user's cache, and every later start on the device uses it.\n"
        + "Sums are then taken in another order, so a run that is resumed does not go on bit for bit.",
      options: [OptionGroup("search", [device, seconds, parameters])]
    ) { call in
      guard call[device] != .cpu else {
        throw UsageError("cpu has nothing to tune: its kernels are cut by shape alone; --device opencl:0 is tuned")
      }
      Interrupt.install()
      let name = call[device] == .auto ? .openCL(nil) : call[device]
      let tuning = try Tuning(Device(name).backend)
      for name in call[parameters] ?? [] where !tuning.parameterNames.contains(name) {
        throw UsageError("there is no parameter '\(name)'", nearest: name, among: tuning.parameterNames)
      }
      let report = try tuning.run(call[parameters], seconds: call[seconds]) { message in
        call.console.status(message)
        if let signal = Interrupt.pending { throw Interrupted(signal: signal, description: "nothing is kept") }
      }
      call.console.status("")
      try call.console.json(report)
      for line in report.lines { call.console.result(line) }
      if !report.isComplete { call.console.note("the time was up before all was tried: --seconds gives it more") }
      call.console.note("\(report.device) uses these from now on: \(report.path)")
    }
  }()
}
