import COpenCL
import Runtime

/// Memory of an OpenCL device.
final class OpenCLBuffer: Buffer, @unchecked Sendable {
  let byteCount: Int
  let context: OpenCLContext
  // Set once; calls on it may come from any thread.
  let memory: cl_mem

  /// Allocates memory that holds zeros.
  init(byteCount: Int, context: OpenCLContext) throws {
    precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
    self.byteCount = byteCount
    self.context = context
    let cl = context.cl.pointee
    // No buffer is empty in OpenCL, and a fill goes by whole words.
    let allocated = max(4, (byteCount + 3) & ~3)
    var status = CL_SUCCESS
    let memory = cl.createBuffer(context.context, cl_mem_flags(CL_MEM_READ_WRITE), allocated, nil, &status)
    guard let memory, status == CL_SUCCESS else {
      throw OpenCLStatus(code: status).error(in: "clCreateBuffer", allocating: byteCount, on: context.device)
    }
    self.memory = memory

    // Drivers take the memory only when it is first used, so what does not fit shows here.
    var zero: UInt32 = 0
    status = cl.enqueueFillBuffer(context.queue, memory, &zero, 4, 0, allocated, 0, nil, nil)
    if status == CL_SUCCESS { status = cl.finish(context.queue) }
    guard status == CL_SUCCESS else {
      throw OpenCLStatus(code: status).error(in: "clEnqueueFillBuffer", allocating: byteCount, on: context.device)
    }
  }

  deinit { _ = context.cl.pointee.releaseMemObject(memory) }

  func write(_ source: UnsafeRawBufferPointer, at byteOffset: Int) throws {
    precondition(
      byteOffset >= 0 && byteOffset + source.count <= byteCount,
      "writing \(source.count) bytes at \(byteOffset) of a buffer of \(byteCount)")
    guard let address = source.baseAddress, !source.isEmpty else { return }
    let status = context.cl.pointee.enqueueWriteBuffer(
      context.queue, memory, cl_bool(CL_TRUE), byteOffset, source.count, address, 0, nil, nil)
    try OpenCLStatus.check("clEnqueueWriteBuffer", status)
  }

  func read(into destination: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
    precondition(
      byteOffset >= 0 && byteOffset + destination.count <= byteCount,
      "reading \(destination.count) bytes at \(byteOffset) of a buffer of \(byteCount)")
    guard let address = destination.baseAddress, !destination.isEmpty else { return }
    let status = context.cl.pointee.enqueueReadBuffer(
      context.queue, memory, cl_bool(CL_TRUE), byteOffset, destination.count, address, 0, nil, nil)
    try OpenCLStatus.check("clEnqueueReadBuffer", status)
  }
}
