import Elbo
import Plans

/// The time of a kernel by itself on a device.
public struct KernelTime: Hashable, Sendable, Codable {
  public var kernel: String
  public var device: String
  public var seconds: Quantiles
  public var gigaflops: Double
  public var gigabytesPerSecond: Double
  /// Products: of the rate of a large product; others: of the rate of a copy of as many bytes. Each block is held
  /// against the one of the ceiling that came after it; this is the median.
  public var shareOfCeiling: Double

  /// Times every kernel on every device.
  ///
  /// - Parameter progress: is told what comes next; what it throws ends the measuring.
  /// - Throws: what the devices throw.
  public static func measure(
    on devices: [any Backend], blocks: Int, progress: (String) throws -> Void
  ) throws -> [KernelTime] {
    var large: [KernelRun] = []
    for device in devices {
      large.append(try Probes.product(of: 1024, on: device))
    }
    return try KernelCase.all.flatMap { kernel in
      try progress(kernel.name)
      let runs = try zip(devices, large).map { try Run(kernel, on: $0, largeProduct: $1) }
      for block in 0..<blocks {
        for turn in runs.indices { try runs[(turn + block) % runs.count].measure() }
      }
      return runs.map(\.time)
    }
  }

  /// The times for a reader.
  public static func lines(_ times: [KernelTime]) -> [String] {
    var table = TextTable(["kernel", "device", ">us", ">p10", ">p90", ">GFLOP/s", ">GB/s", ">of ceiling"])
    for time in times {
      table.append([
        time.kernel, time.device, short(time.seconds.median * 1e6), short(time.seconds.p10 * 1e6),
        short(time.seconds.p90 * 1e6), short(time.gigaflops), short(time.gigabytesPerSecond),
        fixed(time.shareOfCeiling, 2),
      ])
    }
    return table.lines
  }

  /// One kernel on one device, with the ceiling it is held against.
  private final class Run {
    private let kernel: KernelCase
    private let device: String
    private let run: KernelRun
    private let times: Int
    private let ceiling: KernelRun
    private let ceilingTimes: Int
    private var seconds: [Double] = []
    private var ceilingSeconds: [Double] = []

    private static let blockSeconds = 0.03

    init(_ kernel: KernelCase, on backend: any Backend, largeProduct: KernelRun) throws {
      self.kernel = kernel
      device = backend.device.id
      run = try KernelRun(on: backend, inputs: kernel.inputs, kernel.build)
      times = try run.times(lasting: Self.blockSeconds)
      let moved = run.plan.work.bytesMoved
      ceiling = kernel.isProduct ? largeProduct : try Probes.copy(of: moved, on: backend)
      ceilingTimes = try ceiling.times(lasting: Self.blockSeconds)
    }

    func measure() throws {
      seconds.append(try run.seconds(times: times))
      ceilingSeconds.append(try ceiling.seconds(times: ceilingTimes))
    }

    var time: KernelTime {
      let work = run.plan.work
      let seconds = Quantiles(self.seconds)
      let ratio = Quantiles(zip(ceilingSeconds, self.seconds).map { $0 / $1 }).median
      let (amount, ceilingAmount) =
        kernel.isProduct
        ? (PlanFigures(run.plan).productOperations, PlanFigures(ceiling.plan).productOperations)
        : (work.bytesMoved, ceiling.plan.work.bytesMoved)
      return KernelTime(
        kernel: kernel.name, device: device, seconds: seconds,
        gigaflops: Double(work.operations) / seconds.median * 1e-9,
        gigabytesPerSecond: Double(work.bytesMoved) / seconds.median * 1e-9,
        shareOfCeiling: Double(amount) / Double(ceilingAmount) * ratio)
    }
  }
}
