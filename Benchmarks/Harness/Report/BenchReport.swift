/// What a bench found: `elbo bench --json`.
public struct BenchReport: Hashable, Sendable, Codable {
  public var machine: Machine
  public var devices: [BenchDevice]
  public var results: [BenchResult]
  /// nil where none were asked for.
  public var peers: [PeerResult]?

  public init(machine: Machine, devices: [BenchDevice], results: [BenchResult], peers: [PeerResult]? = nil) {
    self.machine = machine
    self.devices = devices
    self.results = results
    self.peers = peers
  }
}

/// A device that steps were timed on.
public struct BenchDevice: Hashable, Sendable, Codable {
  /// The name that commands take.
  public var id: String
  public var name: String
  public var driver: String
  /// Threads, or the device's own compute units.
  public var computeUnits: Int
  /// The processor whose kernels OpenBLAS uses; nil on other devices than the CPU.
  public var blasCore: String?
}

/// One workload on one device.
public struct BenchResult: Hashable, Sendable, Codable {
  public var workload: String
  public var device: String
  public var batch: Int
  public var stepsPerSecond: Quantiles
  /// The median.
  public var imagesPerSecond: Double
  public var launchesPerStep: Int
  /// Bytes of scratch memory.
  public var arenaBytes: Int
  /// In one step, each function evaluation counted as one.
  public var floatingPointOperations: Int
  /// In one step, by all kernels.
  public var bytesMoved: Int
  /// The least time of a step on this device by the probes of the same run, over the median step: the longer of the
  /// time of its products and of the time of its memory traffic.
  public var shareOfFloor: Double
  /// The same with the products alone.
  public var shareOfMatmulFloor: Double
  public var probes: ProbeFigures
  public var blocks: Int
  public var stepsPerBlock: Int
  /// Step and loss that all devices agreed on before a speed was taken, in nats per datum.
  public var checkedLoss: CheckedLoss
  /// From the start of a process of its own; nil where none was started.
  public var secondsToFirstStep: Double?
  /// Memory that the process took while it trained, data included; nil where none was started.
  public var residentBytes: Int?

  public struct CheckedLoss: Hashable, Sendable, Codable {
    public var step: Int
    public var loss: Float
  }
}

/// One workload by another framework.
public struct PeerResult: Hashable, Sendable, Codable {
  /// The framework: `pytorch`.
  public var peer: String
  public var version: String
  /// How it is used: `eager`.
  public var mode: String
  public var workload: String
  public var device: String
  public var batch: Int
  public var stepsPerSecond: Quantiles
  /// The median.
  public var imagesPerSecond: Double
  public var threads: Int
  /// From the start of its process, compiling included.
  public var secondsToFirstStep: Double
  /// Memory that its process took after the first steps, data included.
  public var residentBytes: Int
  /// The loss before the last step, in nats per datum.
  public var loss: Double
}
