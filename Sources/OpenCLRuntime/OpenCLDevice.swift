import COpenCL
import Runtime
import Synchronization

/// A device of a platform, and what the runtime asks of it once.
struct OpenCLDevice: @unchecked Sendable {
  // The handles name objects that live as long as the process and are never written.
  let platform: cl_platform_id
  let id: cl_device_id
  let description: DeviceDescription
  /// What a compiled program depends on beside its source: platform, device and driver.
  let fingerprint: String
  /// Whether the driver keeps compiled programs on disk itself. PoCL does, and its binaries are no use: to make one costs
  /// as much as the program, and is compiled again when it runs.
  let keepsPrograms: Bool
  /// Bytes that one buffer may have.
  let largestBufferByteCount: Int
  /// Bytes that a kernel's arguments may have together.
  let parameterByteCount: Int
  let localMemoryByteCount: Int
  let largestGroupSize: Int
  /// Whether float32 division and square root can be had correctly rounded.
  let roundsDivisionCorrectly: Bool

  /// All devices of all platforms, in the order in which the loader lists them; empty where there is no OpenCL.
  static func all() -> [OpenCLDevice] { listing.withLock { _ in listed() } }

  /// Held while drivers are asked: PoCL begins at the first question, and two threads must not ask it at once.
  private static let listing = Mutex(())

  private static func listed() -> [OpenCLDevice] {
    guard let library = OpenCLLibrary.functions else { return [] }
    let cl = library.pointee
    var platformCount: cl_uint = 0
    guard cl.getPlatformIDs(0, nil, &platformCount) == CL_SUCCESS, platformCount > 0 else { return [] }
    var platforms = [cl_platform_id?](repeating: nil, count: Int(platformCount))
    guard cl.getPlatformIDs(platformCount, &platforms, nil) == CL_SUCCESS else { return [] }

    var devices: [OpenCLDevice] = []
    for platform in platforms.compactMap({ $0 }) {
      var count: cl_uint = 0
      let all = cl_device_type(0xFFFF_FFFF)
      guard cl.getDeviceIDs(platform, all, 0, nil, &count) == CL_SUCCESS, count > 0 else { continue }
      var ids = [cl_device_id?](repeating: nil, count: Int(count))
      guard cl.getDeviceIDs(platform, all, count, &ids, nil) == CL_SUCCESS else { continue }
      for id in ids.compactMap({ $0 }) {
        // A device that cannot even be described is not counted: it could not run anything either.
        guard let device = try? OpenCLDevice(platform, id, number: devices.count, library) else { continue }
        devices.append(device)
      }
    }
    return devices
  }

  private init(
    _ platform: cl_platform_id, _ id: cl_device_id, number: Int, _ library: UnsafePointer<elbo_opencl>
  ) throws {
    let call = "clGetDeviceInfo"
    func text(_ name: Int32) throws -> String {
      try library.text(call) { library.pointee.getDeviceInfo(id, cl_device_info(name), $0, $1, $2) }
    }
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ name: Int32, _: Value.Type) throws -> Int {
      let value = try library.value(call, Value.zero) {
        library.pointee.getDeviceInfo(id, cl_device_info(name), $0, $1, $2)
      }
      return Int(clamping: value)
    }
    let platformVersion = try library.text("clGetPlatformInfo") {
      library.pointee.getPlatformInfo(platform, cl_platform_info(CL_PLATFORM_VERSION), $0, $1, $2)
    }
    let name = Self.oneLine(try text(CL_DEVICE_NAME))
    let version = try text(CL_DEVICE_VERSION)
    let driver = try text(CL_DRIVER_VERSION)
    let type = try integer(CL_DEVICE_TYPE, cl_device_type.self)
    let extensions = try text(CL_DEVICE_EXTENSIONS).split(separator: " ")

    self.platform = platform
    self.id = id
    description = DeviceDescription(
      id: "opencl:\(number)", name: name, vendor: Self.oneLine(try text(CL_DEVICE_VENDOR)), driver: driver,
      kind: type & 2 != 0 ? .cpu : type & 4 != 0 ? .gpu : .accelerator,
      memoryByteCount: try integer(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong.self),
      computeUnits: try integer(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint.self),
      supportsFloat64: extensions.contains("cl_khr_fp64"))
    fingerprint = [platformVersion, name, version, driver].joined(separator: "\n")
    keepsPrograms = platformVersion.lowercased().contains("pocl")
    largestBufferByteCount = try integer(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong.self)
    parameterByteCount = try integer(CL_DEVICE_MAX_PARAMETER_SIZE, Int.self)
    localMemoryByteCount = try integer(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong.self)
    largestGroupSize = try integer(CL_DEVICE_MAX_WORK_GROUP_SIZE, Int.self)
    // CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT.
    roundsDivisionCorrectly = try integer(CL_DEVICE_SINGLE_FP_CONFIG, cl_device_fp_config.self) & 1 << 7 != 0
  }

  /// Names come padded and broken over lines by some drivers.
  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
