import Graphs
import Kernels
import Plans
import Runtime

/// A plan as one program of OpenCL C with one kernel for each different launch.
///
/// One program, because a compiler takes half a second or more for each, however small; and independent kernels of the
/// plan share a launch: its groups are dealt out to the kernels' functions in turn.
struct ProgramCode {
  /// Something to enqueue.
  struct Enqueued {
    /// The number of the plan's launch that it belongs to.
    var launch: Int
    var kernelName: String
    var groupCount: Int
    /// What its arguments are bound to, in order, and their types.
    var slots: [Slot]
    var types: [ElementType]
    /// What it runs, for a reader.
    var source: String
  }

  private(set) var source = ""
  private(set) var enqueued: [Enqueued] = []
  let groupSize: Int

  private let device: OpenCLDevice
  private let variant: KernelVariant
  private let tiles: TileParameters
  private var functions: [Kernel: KernelFunction] = [:]
  /// Launches that were written, by the functions that they run.
  private var launches: [[String]: String] = [:]

  init(plan: Plan, device: OpenCLDevice, variant: KernelVariant, tiles: TileParameters) throws {
    self.device = device
    self.variant = variant
    self.tiles = tiles
    groupSize = variant == .cpu ? 1 : tiles.groupSize
    let kernels = plan.launches.flatMap(\.kernels).map(\.kernel)
    source = try Self.opening(for: kernels, device: device)
    for (number, launch) in plan.launches.enumerated() {
      let kernels = launch.kernels.filter {
        !KernelCode(kernel: $0.kernel, name: "", variant: variant, tiles: tiles).isEmpty
      }
      for group in try grouped(kernels) { try enqueue(group, launch: number) }
    }
  }

  /// The mathematics and the names that every kernel uses.
  private static func opening(for kernels: [Kernel], device: OpenCLDevice) throws -> String {
    var parts: [String] = []
    if kernels.contains(where: { $0.usesFloat64 }) {
      guard device.description.supportsFloat64 else {
        throw RuntimeError.unsupported("float64 (it has no cl_khr_fp64)", device: device.description.name)
      }
      parts += ["#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n#define ELBO_FLOAT64"]
    }
    parts += ["#pragma OPENCL FP_CONTRACT OFF", KernelSource.elboMath, KernelSource.elboMath64]
    parts.append(KernelSource.prelude)
    if kernels.contains(where: { $0.usesRandomNumbers }) {
      parts += [KernelSource.elboRandom, KernelSource.elboRandomRuns]
    }
    return parts.joined(separator: "\n")
  }

  /// Cuts a launch where its kernels' arguments together are more than the device takes, and around kernels that it must
  /// run alone.
  private mutating func grouped(_ kernels: [BoundKernel]) throws -> [[BoundKernel]] {
    // A pointer and an offset each.
    let limit = device.parameterByteCount / 16
    var groups: [[BoundKernel]] = []
    var alone: [[BoundKernel]] = []
    var count = 0
    for kernel in kernels {
      // PoCL loses results where barriers stand in a branch, though every item of the group takes it.
      if device.description.kind == .cpu, try function(for: kernel.kernel).localByteCount > 0 {
        alone.append([kernel])
        continue
      }
      if groups.isEmpty || count + kernel.slots.count > limit {
        groups.append([])
        count = 0
      }
      groups[groups.count - 1].append(kernel)
      count += kernel.slots.count
    }
    return groups + alone
  }

  private mutating func enqueue(_ members: [BoundKernel], launch: Int) throws {
    let functions = try members.map { try function(for: $0.kernel) }
    let names = functions.map(\.name)
    let name: String
    let launchSource: String
    if let known = launches[names] {
      name = known
    } else {
      name = "launch_\(launches.count)_" + names.joined(separator: "_and_").prefix(80)
      launches[names] = name
      source += "\n" + Self.kernel(name, members.map(\.kernel), functions, groupSize: groupSize) + "\n"
    }
    launchSource =
      (functions.map(\.source) + [Self.kernel(name, members.map(\.kernel), functions, groupSize: groupSize)])
      .joined(separator: "\n\n")
    enqueued.append(
      Enqueued(
        launch: launch, kernelName: name, groupCount: functions.reduce(0) { $0 + $1.groupCount },
        slots: members.flatMap(\.slots), types: members.flatMap(\.kernel.arguments), source: launchSource))
  }

  private mutating func function(for kernel: Kernel) throws -> KernelFunction {
    if let known = functions[kernel] { return known }
    let code = KernelCode(
      kernel: kernel, name: "\(kernel.formName)_\(functions.count)", variant: variant, tiles: tiles)
    let function = try code.function(device: device.description.name)
    functions[kernel] = function
    source += "\n" + function.source + "\n"
    return function
  }

  /// The group's number such that neighbours are far apart: a processor's threads take neighbouring groups in large
  /// portions, which should hold of every function the same share.
  private static func spread(_ count: Int) -> String {
    let (id, lanes) = ("(int)get_group_id(0)", 16)
    let length = count / lanes
    return "\(id) < \(length * lanes) ? \(id) % \(lanes) * \(length) + \(id) / \(lanes) : \(id)"
  }

  /// The kernel that deals its groups out to functions.
  private static func kernel(_ name: String, _ kernels: [Kernel], _ functions: [KernelFunction], groupSize: Int)
    -> String
  {
    var parameters: [String] = []
    var branches: [String] = []
    var firstGroup = 0
    let localByteCount = functions.map(\.localByteCount).max() ?? 0
    for (kernel, function) in zip(kernels, functions) {
      let written = KernelCode.written(kernel)
      var arguments = ["group" + (firstGroup == 0 ? "" : " - \(firstGroup)")]
      if groupSize > 1 { arguments.append("item") }
      if function.localByteCount > 0 { arguments.append("(LOCAL_PTR(uchar))local_memory") }
      for (number, type) in kernel.arguments.enumerated() {
        let position = parameters.count
        let qualifier = written.contains(number) ? "" : "const "
        parameters.append("GLOBAL_PTR(\(qualifier)\(type.codeName)) restrict m\(position), const long o\(position)")
        arguments.append("m\(position) + o\(position)")
      }
      let call = "\(function.name)(\(arguments.joined(separator: ", ")));"
      firstGroup += function.groupCount
      let isLast = branches.count == functions.count - 1
      branches.append(
        functions.count == 1 ? call : isLast ? "{ \(call) }" : "if (group < \(firstGroup)) { \(call) }")
    }
    var lines = ["__attribute__((reqd_work_group_size(\(groupSize), 1, 1)))"]
    lines.append("__kernel void \(name)(\(parameters.joined(separator: ", "))) {")
    lines.append(
      "  const int group = \(groupSize > 1 || functions.count == 1 ? "(int)get_group_id(0)" : spread(firstGroup));")
    if groupSize > 1 { lines.append("  const int item = (int)get_local_id(0);") }
    if localByteCount > 0 { lines.append("  __local ulong local_memory[\((localByteCount + 7) / 8)];") }
    lines.append("  " + branches.joined(separator: "\n  else "))
    lines.append("}")
    return lines.joined(separator: "\n")
  }
}

extension Kernel {
  fileprivate var formName: String {
    switch form {
    case .map: "map"
    case .reduce: "reduce"
    case .matmul: "matmul"
    case .convolution: "convolution"
    }
  }

  private var expressions: [Expression] {
    guard case .reduce(let reduction) = form else { return [body] }
    return [body, reduction.finish]
  }

  fileprivate var usesFloat64: Bool {
    arguments.contains(.float64) || expressions.contains { $0.types.contains(.float64) }
  }

  fileprivate var usesRandomNumbers: Bool { expressions.contains { $0.usesRandomNumbers } }
}
