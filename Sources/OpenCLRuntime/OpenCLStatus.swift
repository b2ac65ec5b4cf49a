import Runtime

/// What an OpenCL call returned, in words.
struct OpenCLStatus: Hashable {
  var code: Int32

  /// The name that the specification gives the code.
  var name: String { Self.names[code] ?? "OpenCL error \(code)" }

  /// What can be done about it; empty where nothing is known.
  var hint: String {
    switch code {
    case -2: "the device is in use by another process or was lost; `elbo devices` lists what else there is"
    case -3: "the driver has no compiler; install the complete driver of the device"
    case -5: "the device ran out of a resource, most often of memory: a smaller --batch-size needs less"
    case -6: "the host ran out of memory: a smaller --batch-size needs less"
    case -9999, -36:
      "a kernel read or wrote outside its memory, or the driver was reset; please report it with ELBO_TRACE=2"
    case -54, -55: "this device's work-groups are smaller than the kernels expect; please report the device"
    case -1001: "no platform is installed; `apt install pocl-opencl-icd` brings one for the CPU"
    default: ""
    }
  }

  func error(in call: String) -> RuntimeError {
    .callFailed(call: call, code: name, hint: hint)
  }

  /// A failed allocation of `byteCount` bytes as the error that says how much there is; other codes as they are.
  func error(in call: String, allocating byteCount: Int, on device: OpenCLDevice) -> RuntimeError {
    switch code {
    case -4, -5, -6, -61:
      .outOfMemory(
        asked: byteCount, available: device.description.memoryByteCount, device: device.description.name)
    default: error(in: call)
    }
  }

  private static let names: [Int32: String] = [
    -1: "CL_DEVICE_NOT_FOUND", -2: "CL_DEVICE_NOT_AVAILABLE", -3: "CL_COMPILER_NOT_AVAILABLE",
    -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE", -5: "CL_OUT_OF_RESOURCES", -6: "CL_OUT_OF_HOST_MEMORY",
    -7: "CL_PROFILING_INFO_NOT_AVAILABLE", -8: "CL_MEM_COPY_OVERLAP", -9: "CL_IMAGE_FORMAT_MISMATCH",
    -10: "CL_IMAGE_FORMAT_NOT_SUPPORTED", -11: "CL_BUILD_PROGRAM_FAILURE", -12: "CL_MAP_FAILURE",
    -13: "CL_MISALIGNED_SUB_BUFFER_OFFSET", -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
    -15: "CL_COMPILE_PROGRAM_FAILURE", -16: "CL_LINKER_NOT_AVAILABLE", -17: "CL_LINK_PROGRAM_FAILURE",
    -18: "CL_DEVICE_PARTITION_FAILED", -19: "CL_KERNEL_ARG_INFO_NOT_AVAILABLE", -30: "CL_INVALID_VALUE",
    -31: "CL_INVALID_DEVICE_TYPE", -32: "CL_INVALID_PLATFORM", -33: "CL_INVALID_DEVICE", -34: "CL_INVALID_CONTEXT",
    -35: "CL_INVALID_QUEUE_PROPERTIES", -36: "CL_INVALID_COMMAND_QUEUE", -37: "CL_INVALID_HOST_PTR",
    -38: "CL_INVALID_MEM_OBJECT", -42: "CL_INVALID_BINARY", -43: "CL_INVALID_BUILD_OPTIONS",
    -44: "CL_INVALID_PROGRAM", -45: "CL_INVALID_PROGRAM_EXECUTABLE", -46: "CL_INVALID_KERNEL_NAME",
    -47: "CL_INVALID_KERNEL_DEFINITION", -48: "CL_INVALID_KERNEL", -49: "CL_INVALID_ARG_INDEX",
    -50: "CL_INVALID_ARG_VALUE", -51: "CL_INVALID_ARG_SIZE", -52: "CL_INVALID_KERNEL_ARGS",
    -53: "CL_INVALID_WORK_DIMENSION", -54: "CL_INVALID_WORK_GROUP_SIZE", -55: "CL_INVALID_WORK_ITEM_SIZE",
    -56: "CL_INVALID_GLOBAL_OFFSET", -57: "CL_INVALID_EVENT_WAIT_LIST", -58: "CL_INVALID_EVENT",
    -59: "CL_INVALID_OPERATION", -61: "CL_INVALID_BUFFER_SIZE", -63: "CL_INVALID_GLOBAL_WORK_SIZE",
    -64: "CL_INVALID_PROPERTY", -66: "CL_INVALID_COMPILER_OPTIONS", -67: "CL_INVALID_LINKER_OPTIONS",
    -1001: "CL_PLATFORM_NOT_FOUND_KHR", -9999: "an illegal access to memory (NVIDIA -9999)",
  ]
}
