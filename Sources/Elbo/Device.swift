import CPURuntime
import OpenCLRuntime
import Runtime
import Synchronization

/// A device to compute on.
///
/// ```swift
/// let trainer = try Trainer(vae, on: .best)
/// let other = try Trainer(another, on: Device(.openCL(1)))
/// ```
public struct Device: Sendable {
  public let backend: any Backend
  /// Where the device is not the one that was hoped for: why, in one line.
  public let notice: String?

  /// What the device is.
  public var description: DeviceDescription { backend.device }

  /// A device with a backend of one's own.
  public init(_ backend: any Backend) { self.init(backend, notice: nil) }

  private init(_ backend: any Backend, notice: String?) {
    self.backend = backend
    self.notice = notice
  }

  /// The device of a name, started when it is first asked for and then the same for the whole process: what one model
  /// keeps there, another finds there.
  ///
  /// - Throws: `RuntimeError.noSuchDevice` where there is none, and what the device throws where it does not start.
  public init(_ name: DeviceName) throws {
    switch name {
    case .auto: self = try Self.first()
    case .cpu: self.init(try Self.processor())
    case .openCL(let number?): self.init(try Self.openCL(number))
    // Without any device, the first one's error says what is missing.
    case .openCL(nil): self.init(try Self.openCL(Devices.best(of: OpenCLBackend.devices()) ?? 0))
    }
  }

  /// The first GPU, else the CPU.
  public static var best: Device { get throws { try Device(.auto) } }

  /// The processor, by OpenBLAS.
  public static var cpu: Device { get throws { try Device(.cpu) } }

  private static func first() throws -> Device {
    let devices = OpenCLBackend.devices()
    guard let gpu = devices.firstIndex(where: { $0.kind == .gpu }) else {
      let found = devices.isEmpty ? "there is no OpenCL device" : "no OpenCL device is a GPU"
      return Device(try processor(), notice: "\(found), so this runs on cpu")
    }
    do {
      return Device(try openCL(gpu))
    } catch {
      return Device(try processor(), notice: "\(devices[gpu].id) does not start, so this runs on cpu: \(error)")
    }
  }

  // A tensor has one home: two backends of one device would carry it back and forth.
  private static let started = Mutex<[String: any Backend]>([:])

  fileprivate static func processor() throws -> any Backend { try backend("cpu") { try CPUBackend() } }

  private static func openCL(_ number: Int) throws -> any Backend {
    try backend("opencl:\(number)") { try OpenCLBackend(device: number) }
  }

  private static func backend(_ id: String, start: () throws -> any Backend) throws -> any Backend {
    try started.withLock { started in
      if let known = started[id] { return known }
      let backend = try start()
      started[id] = backend
      return backend
    }
  }
}

/// The devices of this machine.
public enum Devices {
  /// A device that is there, or one that could be.
  public struct Missing: Codable, Hashable, Sendable {
    /// What is not there: `opencl`.
    public let name: String
    /// Why, and how to get it.
    public let reason: String
  }

  /// What can be computed on, in the order of `elbo devices`: the CPU, then OpenCL's devices in their order.
  public static func available() -> [DeviceDescription] {
    ((try? Device.processor()).map { [$0.device] } ?? []) + OpenCLBackend.devices()
  }

  /// What cannot, with the reason.
  public static func missing() -> [Missing] {
    var missing: [Missing] = []
    do { _ = try Device.processor() } catch { missing.append(Missing(name: "cpu", reason: "\(error)")) }
    let devices = OpenCLBackend.devices()
    if devices.isEmpty {
      var reason = "no OpenCL platform has a device; " + Self.openCLHint
      do { _ = try OpenCLBackend(device: 0) } catch RuntimeError.noSuchDevice {} catch { reason = "\(error)" }
      missing.append(Missing(name: "opencl", reason: reason))
    } else if !devices.contains(where: { $0.kind == .gpu }) {
      missing.append(Missing(name: "gpu", reason: "no OpenCL device is a GPU; " + Self.openCLHint))
    }
    return missing
  }

  private static let openCLHint =
    "a GPU's driver brings its own (Debian: nvidia-opencl-icd, mesa-opencl-icd, intel-opencl-icd), "
    + "and pocl-opencl-icd runs OpenCL on the processor"

  /// The place of the best device: a GPU before an accelerator before a CPU, then the one with most compute units.
  static func best(of devices: [DeviceDescription]) -> Int? {
    func rank(_ device: DeviceDescription) -> (Int, Int) {
      let kind =
        switch device.kind {
        case .gpu: 2
        case .accelerator: 1
        case .cpu: 0
        }
      return (kind, device.computeUnits)
    }
    // The first of several that are as good.
    return devices.indices.max { rank(devices[$0]) < rank(devices[$1]) }
  }
}
