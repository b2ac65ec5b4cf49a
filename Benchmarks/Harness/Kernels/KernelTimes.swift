import Basics
import Elbo
import Plans

/// The time of a kernel by itself on a device.
public struct KernelTime: Hashable, Sendable, Codable {
  public var kernel: String
  /// A device's name, or that of a peer's library.
  public var device: String
  public var seconds: Quantiles
  public var gigaflops: Double
  public var gigabytesPerSecond: Double
  /// Products: of the rate of a large product; others: of the rate of a copy of as many bytes. Each block is held
  /// against the one of the ceiling that came after it; this is the median. nil for peers.
  public var shareOfCeiling: Double?

  init(_ kernel: KernelCase, on device: String, seconds: Quantiles, work: Work, shareOfCeiling: Double? = nil) {
    self.kernel = kernel.name
    self.device = device
    self.seconds = seconds
    gigaflops = Double(work.operations) / seconds.median * 1e-9
    gigabytesPerSecond = Double(work.bytesMoved) / seconds.median * 1e-9
    self.shareOfCeiling = shareOfCeiling
  }

  /// The times for a reader.
  public static func lines(_ times: [KernelTime]) -> [String] {
    var table = TextTable(["kernel", "device", ">us", ">p10", ">p90", ">GFLOP/s", ">GB/s", ">of ceiling"])
    for time in times {
      table.append([
        time.kernel, time.device, short(time.seconds.median * 1e6), short(time.seconds.p10 * 1e6),
        short(time.seconds.p90 * 1e6), short(time.gigaflops), short(time.gigabytesPerSecond),
        time.shareOfCeiling.map { fixed($0, digits: 2) } ?? "-",
      ])
    }
    return table.lines
  }
}

/// Times kernels by themselves, devices and the peers' libraries side by side.
public struct KernelBench: Sendable {
  public var devices: [any Backend]
  public var blocks = 9
  /// Where the peers' scripts are; nil for no peers.
  public var peers: PeerFolder?

  public init(devices: [any Backend]) { self.devices = devices }

  /// The times of all kernels, and the peers that did not run.
  ///
  /// - Parameter progress: is told what comes next; what it throws ends the measuring.
  /// - Throws: what the devices throw.
  public func run(progress: (String) throws -> Void) throws -> (times: [KernelTime], absent: [PeerAbsent]) {
    var absent: [PeerAbsent] = []
    var libraries: [ProductPeer] = []
    for library in ProductPeer.libraries {
      guard let peers else { break }
      do {
        libraries.append(try ProductPeer(library, threads: Machine.current().processors, in: peers))
      } catch {
        absent.append(error)
      }
    }
    let large = try devices.map { try Probes.product(of: 1024, on: $0) }
    let times = try KernelCase.all.flatMap { kernel in
      try progress(kernel.name)
      var runs: [any TimedKernel] = try zip(devices, large).map {
        try DeviceKernel(kernel, on: $0, largeProduct: $1)
      }
      if let product = kernel.product {
        runs += try libraries.map { try PeerKernel(kernel, product, by: $0) }
      }
      for block in 0..<blocks {
        for turn in runs.indices { try runs[(turn + block) % runs.count].measure() }
      }
      return runs.map(\.time)
    }
    return (times, absent)
  }
}

/// A kernel somewhere with the times of its blocks.
private protocol TimedKernel: AnyObject {
  func measure() throws
  var time: KernelTime { get }
}

private let blockSeconds = 0.03

/// One kernel on one device, with the ceiling it is held against.
private final class DeviceKernel: TimedKernel {
  private let kernel: KernelCase
  private let device: String
  private let run: KernelRun
  private let times: Int
  private let ceiling: KernelRun
  private let ceilingTimes: Int
  private var seconds: [Double] = []
  private var ceilingSeconds: [Double] = []

  init(_ kernel: KernelCase, on backend: any Backend, largeProduct: KernelRun) throws {
    self.kernel = kernel
    device = backend.device.id
    run = try KernelRun(on: backend, inputs: kernel.inputs, kernel.build)
    times = try run.times(lasting: blockSeconds)
    ceiling =
      kernel.product == nil ? try Probes.copy(of: run.plan.work.bytesMoved, on: backend) : largeProduct
    ceilingTimes = try ceiling.times(lasting: blockSeconds)
  }

  func measure() throws {
    seconds.append(try run.seconds(times: times))
    ceilingSeconds.append(try ceiling.seconds(times: ceilingTimes))
  }

  var time: KernelTime {
    let ratio = Quantiles(zip(ceilingSeconds, seconds).map { $0 / $1 }).median
    func amount(_ plan: Plan) -> Int {
      kernel.product == nil ? plan.work.bytesMoved : PlanFigures(plan).productOperations
    }
    return KernelTime(
      kernel, on: device, seconds: Quantiles(seconds), work: run.plan.work,
      shareOfCeiling: Double(amount(run.plan)) / Double(amount(ceiling.plan)) * ratio)
  }
}

/// One product by a peer's library.
private final class PeerKernel: TimedKernel {
  private let kernel: KernelCase
  private let product: KernelCase.Product
  private let peer: ProductPeer
  private let times: Int
  private var seconds: [Double] = []

  init(_ kernel: KernelCase, _ product: KernelCase.Product, by peer: ProductPeer) throws {
    self.kernel = kernel
    self.product = product
    self.peer = peer
    times = max(1, Int(blockSeconds / (try peer.seconds(product, times: 1))))
  }

  func measure() throws { seconds.append(try peer.seconds(product, times: times)) }

  var time: KernelTime {
    let elements = product.rows * product.depth + product.depth * product.columns + product.rows * product.columns
    let work = Work(operations: 2 * product.rows * product.columns * product.depth, bytesMoved: 4 * elements)
    return KernelTime(kernel, on: peer.name, seconds: Quantiles(seconds), work: work)
  }
}
