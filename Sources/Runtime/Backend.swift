import Plans

/// A device that runs plans.
///
/// An implementation must satisfy:
/// - every kernel of the four forms, over every element type that the device has, gives the reference interpreter's
///   values within the tolerances of the conformance suite (`Tests/ConformanceTests`), which runs over every backend;
/// - results do not depend on the number of threads, and the same program on the same memory gives the same bits twice;
/// - launches of one backend run in the order in which they were enqueued, across programs; reading a buffer waits for
///   what was enqueued before;
/// - replaying a prepared program allocates nothing and waits for nothing.
public protocol Backend: AnyObject, Sendable {
  var device: DeviceDescription { get }

  /// What a plan must keep to on this device.
  var limits: PlanLimits { get }

  /// Plans that were made for this device; an implementation holds one and need not look into it.
  var plans: PlanCache { get }

  /// Allocates memory on the device; its contents are zeros.
  func allocate(byteCount: Int) throws -> any Buffer

  /// Compiles what a plan needs and binds its memory: `buffers[i]` serves `plan.memory[i]` and is at least as large.
  /// The program keeps the buffers alive.
  func prepare(_ plan: Plan, buffers: [any Buffer]) throws -> any Program
}

/// Memory of one device.
public protocol Buffer: AnyObject, Sendable {
  var byteCount: Int { get }

  /// Copies from the host, after all work enqueued before; the source may be reused at return.
  func write(_ source: UnsafeRawBufferPointer, at byteOffset: Int) throws

  /// Copies to the host, after all work enqueued before.
  func read(into destination: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws
}

/// A plan made ready on a device.
public protocol Program: AnyObject, Sendable {
  /// Kernels enqueued to the device for each run.
  var launchCount: Int { get }

  /// Enqueues the plan's launches `times` times. Returns when the device may still be at work.
  func run(times: Int) throws

  /// Waits for everything enqueued on the device.
  func synchronize() throws

  /// Runs once, waiting for each launch, and gives the seconds that each took on the device.
  func profile() throws -> [Double]

  /// The source that the device runs for a launch, for a reader (`ELBO_TRACE=2`).
  func source(ofLaunch index: Int) -> String
}

/// What a device is, as `elbo devices` lists it.
public struct DeviceDescription: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case cpu, gpu, accelerator
  }

  /// The name that commands take: `cpu`, `opencl:0`.
  public var id: String
  public var name: String
  public var vendor: String
  public var driver: String
  public var kind: Kind
  public var memoryByteCount: Int
  public var computeUnits: Int
  public var supportsFloat64: Bool
  /// What the bits of results depend on besides the driver, once a backend has chosen: which kernels run, and the hash
  /// of the numbers by which they are cut. Empty where nothing is chosen.
  public var kernels: String

  public init(
    id: String, name: String, vendor: String, driver: String, kind: Kind, memoryByteCount: Int, computeUnits: Int,
    supportsFloat64: Bool, kernels: String = ""
  ) {
    self.id = id
    self.name = name
    self.vendor = vendor
    self.driver = driver
    self.kind = kind
    self.memoryByteCount = memoryByteCount
    self.computeUnits = computeUnits
    self.supportsFloat64 = supportsFloat64
    self.kernels = kernels
  }
}
