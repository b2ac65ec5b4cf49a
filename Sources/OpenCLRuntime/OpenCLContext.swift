import COpenCL
import Runtime
import Synchronization

/// A device opened for work: its context and its one in-order queue.
///
/// Buffers and programs hold it, so it outlives the backend that made it for as long as anything needs it.
final class OpenCLContext: @unchecked Sendable {
  let device: OpenCLDevice
  let cl: UnsafePointer<elbo_opencl>
  // OpenCL objects may be used from any thread (only setting the arguments of one kernel may not); these two are
  // never replaced.
  let context: cl_context
  let queue: cl_command_queue
  /// Held while a program is enqueued, so that the launches of two programs never mix.
  let enqueueing = Mutex(())

  init(device: OpenCLDevice) throws {
    guard let cl = OpenCLLibrary.functions else {
      throw RuntimeError.libraryMissing("OpenCL", hint: OpenCLLibrary.reasonMissing)
    }
    self.device = device
    self.cl = cl
    var status = CL_SUCCESS
    var id: cl_device_id? = device.id
    let context = cl.pointee.createContext(nil, 1, &id, nil, nil, &status)
    try OpenCLStatus.check("clCreateContext", status)
    guard let context else { throw OpenCLStatus(code: CL_INVALID_CONTEXT).error(in: "clCreateContext") }
    do {
      queue = try Self.makeQueue(cl, context, device, profiling: false)
    } catch {
      _ = cl.pointee.releaseContext(context)
      throw error
    }
    self.context = context
  }

  deinit {
    _ = cl.pointee.releaseCommandQueue(queue)
    _ = cl.pointee.releaseContext(context)
  }

  /// Waits for everything enqueued.
  func finish() throws {
    try OpenCLStatus.check("clFinish", cl.pointee.finish(queue))
  }

  /// Runs `body` with a queue that measures what it runs, after everything enqueued before and before everything
  /// after.
  func withProfilingQueue<Result>(_ body: (cl_command_queue) throws -> Result) throws -> Result {
    try enqueueing.withLock { _ in
      try finish()
      let queue = try Self.makeQueue(cl, context, device, profiling: true)
      defer { _ = cl.pointee.releaseCommandQueue(queue) }
      return try body(queue)
    }
  }

  private static func makeQueue(
    _ cl: UnsafePointer<elbo_opencl>, _ context: cl_context, _ device: OpenCLDevice, profiling: Bool
  ) throws -> cl_command_queue {
    // CL_QUEUE_PROFILING_ENABLE: it costs time at every launch, so only a queue that needs it has it.
    let properties: cl_command_queue_properties = profiling ? 1 << 1 : 0
    var status = CL_SUCCESS
    let queue = cl.pointee.createCommandQueue(context, device.id, properties, &status)
    try OpenCLStatus.check("clCreateCommandQueue", status)
    guard let queue else { throw OpenCLStatus(code: CL_INVALID_COMMAND_QUEUE).error(in: "clCreateCommandQueue") }
    return queue
  }
}
