import COpenCL
import Plans
import Runtime

/// A plan made ready: kernels with their arguments set, in one flat table that a loop in C walks.
final class OpenCLProgram: Program, @unchecked Sendable {
  private let context: OpenCLContext
  // Filled when the program is made and only read afterwards; the arguments of its kernels are set before.
  private let table: UnsafeMutableBufferPointer<elbo_launch>
  private let compiled: CompiledPlan
  private let planLaunchCount: Int
  /// The kernels use their memory, but do not own it.
  private let buffers: [OpenCLBuffer]

  /// - Parameter launchCount: the plan's, of which some may have nothing to do.
  init(_ compiled: CompiledPlan, launchCount: Int, buffers: [OpenCLBuffer], context: OpenCLContext) throws {
    self.context = context
    self.compiled = compiled
    self.buffers = buffers
    planLaunchCount = launchCount
    let code = compiled.code
    var launches: [elbo_launch] = []
    do {
      for enqueued in code.enqueued {
        let launch = try Self.launch(enqueued, groupSize: code.groupSize, buffers, compiled.program, context)
        launches.append(launch)
      }
    } catch {
      for launch in launches { _ = context.cl.pointee.releaseKernel(launch.kernel) }
      throw error
    }
    table = .allocate(capacity: launches.count)
    _ = table.initialize(from: launches)
  }

  deinit {
    // A kernel that is enqueued keeps what it needs until it has run.
    for launch in table { _ = context.cl.pointee.releaseKernel(launch.kernel) }
    table.deallocate()
  }

  private static func launch(
    _ enqueued: ProgramCode.Enqueued, groupSize: Int, _ buffers: [OpenCLBuffer], _ program: cl_program?,
    _ context: OpenCLContext
  ) throws -> elbo_launch {
    let cl = context.cl.pointee
    var status = CL_SUCCESS
    let kernel = cl.createKernel(program, enqueued.kernelName, &status)
    try OpenCLStatus.check("clCreateKernel", status)
    guard let kernel else { throw OpenCLStatus(code: CL_INVALID_KERNEL).error(in: "clCreateKernel") }
    do {
      for (number, (slot, type)) in zip(enqueued.slots, enqueued.types).enumerated() {
        precondition(
          slot.byteOffset % type.byteCount == 0, "byte offset \(slot.byteOffset) splits an element of \(type)")
        var memory: cl_mem? = buffers[slot.region].memory
        var offset = cl_long(slot.byteOffset / type.byteCount)
        let position = cl_uint(2 * number)
        status = cl.setKernelArg(kernel, position, MemoryLayout<cl_mem?>.size, &memory)
        try OpenCLStatus.check("clSetKernelArg", status)
        status = cl.setKernelArg(kernel, position + 1, MemoryLayout<cl_long>.size, &offset)
        try OpenCLStatus.check("clSetKernelArg", status)
      }
    } catch {
      _ = cl.releaseKernel(kernel)
      throw error
    }
    return elbo_launch(kernel: kernel, globalSize: enqueued.groupCount * groupSize, localSize: groupSize)
  }

  // MARK: Program

  var launchCount: Int { table.count }

  func run(times: Int) throws {
    guard let first = table.baseAddress, times > 0 else { return }
    let status = context.enqueueing.withLock { _ in
      elbo_opencl_replay(context.cl, context.queue, first, table.count, times)
    }
    guard status == CL_SUCCESS else {
      let byteCount = buffers.reduce(0) { $0 + $1.byteCount }
      throw OpenCLStatus(code: status).error(
        in: "clEnqueueNDRangeKernel", allocating: byteCount, on: context.device)
    }
  }

  func synchronize() throws { try context.finish() }

  func profile() throws -> [Double] {
    let cl = context.cl.pointee
    return try context.withProfilingQueue { queue in
      var seconds = [Double](repeating: 0, count: planLaunchCount)
      for (enqueued, launch) in zip(compiled.code.enqueued, table) {
        var launch = launch
        var event: cl_event?
        let status = cl.enqueueNDRangeKernel(
          queue, launch.kernel, 1, nil, &launch.globalSize, &launch.localSize, 0, nil, &event)
        try OpenCLStatus.check("clEnqueueNDRangeKernel", status)
        guard let event else { throw OpenCLStatus(code: CL_INVALID_EVENT).error(in: "clEnqueueNDRangeKernel") }
        defer { _ = cl.releaseEvent(event) }
        var waited: cl_event? = event
        try OpenCLStatus.check("clWaitForEvents", cl.waitForEvents(1, &waited))
        seconds[enqueued.launch] +=
          Double(try time(event, CL_PROFILING_COMMAND_END) - time(event, CL_PROFILING_COMMAND_START)) * 1e-9
      }
      return seconds
    }
  }

  /// Nanoseconds at which an event reached a state, on the device's clock.
  private func time(_ event: cl_event, _ state: Int32) throws -> Int64 {
    let time = try context.cl.value("clGetEventProfilingInfo", cl_ulong.zero) {
      context.cl.pointee.getEventProfilingInfo(event, cl_profiling_info(state), $0, $1, $2)
    }
    return Int64(clamping: time)
  }

  func source(ofLaunch index: Int) -> String {
    compiled.code.enqueued.filter { $0.launch == index }.map(\.source).joined(separator: "\n\n")
  }
}
