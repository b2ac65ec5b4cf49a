import COpenCL
import Runtime
import Synchronization

/// Turns source into programs of a device, by its compiler or from the cache on disk.
final class ProgramCompiler: Sendable {
  private let context: OpenCLContext
  /// nil where programs are not worth keeping.
  private let cache: BinaryCache?
  private let compilations = Mutex(0)

  init(context: OpenCLContext, cache: BinaryCache?) {
    self.context = context
    self.cache = cache
  }

  /// How many programs the device's compiler had to translate.
  var compilationCount: Int { compilations.withLock { $0 } }

  /// The options of every program: OpenCL C 1.2, no relaxed arithmetic, and division rounded as on the CPU where the
  /// device can.
  private var options: String {
    "-cl-std=CL1.2 -w" + (context.device.roundsDivisionCorrectly ? " -cl-fp32-correctly-rounded-divide-sqrt" : "")
  }

  /// The caller releases the program.
  func program(from source: String) throws -> cl_program {
    let key = [options, context.device.fingerprint, source].joined(separator: "\n")
    let known = cache?.binary(for: key)
    if context.device.keepsPrograms {
      // An entry without a binary says that the driver has the program.
      let program = try build(source)
      if known == nil {
        compilations.withLock { $0 += 1 }
        cache?.keep([], for: key)
      }
      return program
    }
    if let known, let program = program(fromBinary: known) { return program }
    let program = try build(source)
    compilations.withLock { $0 += 1 }
    if let cache, let binary = binary(of: program) { cache.keep(binary, for: key) }
    return program
  }

  private func build(_ source: String) throws -> cl_program {
    let cl = context.cl.pointee
    var status = CL_SUCCESS
    let program = source.withCString { text in
      var text: UnsafePointer<CChar>? = text
      return cl.createProgramWithSource(context.context, 1, &text, nil, &status)
    }
    try OpenCLStatus.check("clCreateProgramWithSource", status)
    guard let program else {
      throw OpenCLStatus(code: CL_INVALID_PROGRAM).error(in: "clCreateProgramWithSource")
    }
    status = build(program)
    guard status == CL_SUCCESS else {
      defer { _ = cl.releaseProgram(program) }
      throw failure(status, of: program)
    }
    return program
  }

  /// The program of a binary that some earlier process kept, or nil where the driver no longer takes it.
  private func program(fromBinary binary: [UInt8]) -> cl_program? {
    let cl = context.cl.pointee
    var status = CL_SUCCESS
    var binaryStatus = CL_SUCCESS
    var length = binary.count
    var device: cl_device_id? = context.device.id
    let program = binary.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return cl.createProgramWithBinary(context.context, 1, &device, &length, &start, &binaryStatus, &status)
    }
    guard let program else { return nil }
    guard status == CL_SUCCESS, binaryStatus == CL_SUCCESS, build(program) == CL_SUCCESS else {
      _ = cl.releaseProgram(program)
      return nil
    }
    return program
  }

  private func build(_ program: cl_program) -> cl_int {
    var device: cl_device_id? = context.device.id
    return context.cl.pointee.buildProgram(program, 1, &device, options, nil, nil)
  }

  private func binary(of program: cl_program) -> [UInt8]? {
    let cl = context.cl.pointee
    var length = 0
    let size = MemoryLayout<Int>.size
    guard cl.getProgramInfo(program, cl_program_info(CL_PROGRAM_BINARY_SIZES), size, &length, nil) == CL_SUCCESS,
      length > 0
    else { return nil }
    var binary = [UInt8](repeating: 0, count: length)
    let status = binary.withUnsafeMutableBufferPointer { bytes in
      var start = bytes.baseAddress
      return cl.getProgramInfo(
        program, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeMutablePointer<UInt8>?>.size, &start, nil)
    }
    return status == CL_SUCCESS ? binary : nil
  }

  private func failure(_ status: cl_int, of program: cl_program) -> any Error {
    let device = context.device
    let log = try? context.cl.text("clGetProgramBuildInfo") {
      context.cl.pointee.getProgramBuildInfo(
        program, device.id, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
    }
    let text = log.map { String($0.drop(while: \.isWhitespace)) } ?? ""
    guard status == CL_BUILD_PROGRAM_FAILURE || !text.isEmpty else {
      return OpenCLStatus(code: status).error(in: "clBuildProgram")
    }
    // The compiler proper is a library of its own beside NVIDIA's driver, which containers often lack.
    let isMute = text.isEmpty && device.description.vendor.contains("NVIDIA")
    return RuntimeError.compilationFailed(
      device: device.description.name,
      log: isMute
        ? "no log: libnvidia-nvvm.so.4, the compiler that belongs to the driver, may be missing beside it" : text)
  }
}
