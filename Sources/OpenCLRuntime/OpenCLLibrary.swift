import COpenCL
import Runtime

/// The OpenCL library of this process: the one place where its table of functions is fetched.
enum OpenCLLibrary {
  /// The functions, or nil where no library is installed.
  ///
  /// Filled once and never written again, so any thread may read it.
  nonisolated(unsafe) static let functions: UnsafePointer<elbo_opencl>? = elbo_opencl_library()

  /// Why there are no functions.
  static var reasonMissing: String { String(cString: elbo_opencl_missing()) }
}

extension OpenCLStatus {
  /// Throws what a call returned, unless it succeeded.
  static func check(_ call: String, _ status: cl_int) throws {
    guard status != CL_SUCCESS else { return }
    throw OpenCLStatus(code: status).error(in: call)
  }
}

extension UnsafePointer where Pointee == elbo_opencl {
  /// What a query of variable length answers: asked for its length first, then for its bytes.
  func bytes(
    _ call: String,
    _ query: (_ size: Int, _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?) -> cl_int
  ) throws -> [UInt8] {
    var count = 0
    try OpenCLStatus.check(call, query(0, nil, &count))
    var bytes = [UInt8](repeating: 0, count: count)
    try OpenCLStatus.check(call, bytes.withUnsafeMutableBytes { query(count, $0.baseAddress, nil) })
    return bytes
  }

  /// What a query answers in text, without the zero at its end.
  func text(
    _ call: String,
    _ query: (_ size: Int, _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?) -> cl_int
  ) throws -> String {
    let bytes = try bytes(call, query)
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// What a query of fixed length answers.
  func value<Value: BitwiseCopyable>(
    _ call: String, _ initial: Value,
    _ query: (_ size: Int, _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?) -> cl_int
  ) throws -> Value {
    var value = initial
    let status = withUnsafeMutableBytes(of: &value) { query($0.count, $0.baseAddress, nil) }
    try OpenCLStatus.check(call, status)
    return value
  }
}
