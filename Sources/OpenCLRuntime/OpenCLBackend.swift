import COpenCL
import FoundationEssentials
import Plans
import Runtime

/// Runs plans on an OpenCL device: NVIDIA, AMD and Intel GPUs, and CPUs through PoCL.
///
/// A plan becomes one program in the OpenCL C 1.2 subset, compiled once for each machine: binaries are kept on disk in
/// `$ELBO_CACHE/opencl`, else `elbo/opencl` in `$XDG_CACHE_HOME` or `~/.cache`. So are the parameters that `elbo tune`
/// has found for a device, which stand before those that are known for it, for its vendor, and for any.
public final class OpenCLBackend: Backend {
  /// Which variant of each kernel runs.
  public enum Variant: String, Sendable, CaseIterable {
    /// By the type of the device, unless `$ELBO_OPENCL_VARIANT` says `gpu` or `cpu`.
    case automatic
    /// Work-groups that share local memory, whatever the device: how tests run GPU kernels on a CPU.
    case gpu
    /// Work-groups of one item and explicit vectors.
    case cpu
  }

  public let device: DeviceDescription
  public let limits: PlanLimits
  public let plans = PlanCache()
  let context: OpenCLContext
  let variant: KernelVariant
  let tiles: TileParameters
  /// Where compiled programs and tuned parameters are kept.
  let cache: BinaryCache
  private let compiler: ProgramCompiler
  /// Plans that were compiled, up to so many bytes of source together: evaluating equal graphs prepares them anew.
  private let compiled = RecentValues<Plan, CompiledPlan>(largestSize: 4 << 20)

  /// The devices that there are, in the order of their names; none where OpenCL is not installed.
  public static func devices() -> [DeviceDescription] { OpenCLDevice.all().map(\.description) }

  /// Opens `opencl:INDEX`.
  ///
  /// - Throws: `RuntimeError.libraryMissing` where OpenCL is not installed, `RuntimeError.noSuchDevice` where it is and
  ///   has no such device, `RuntimeError.callFailed` where the driver refuses.
  public convenience init(device index: Int, variant: Variant = .automatic) throws {
    try self.init(device: index, variant: variant, cache: .standard)
  }

  /// - Parameter cache: Where compiled programs and tuned parameters are kept.
  convenience init(device index: Int, variant: Variant, cache: BinaryCache) throws {
    guard OpenCLLibrary.functions != nil else {
      throw RuntimeError.libraryMissing(
        "OpenCL",
        hint: "`apt install ocl-icd-libopencl1` and the device's driver bring it (\(OpenCLLibrary.reasonMissing))")
    }
    let devices = OpenCLDevice.all()
    guard devices.indices.contains(index) else {
      throw RuntimeError.noSuchDevice("opencl:\(index)", available: devices.map(\.description.id))
    }
    let found = devices[index]
    let variant = Self.resolve(variant, for: found.description)
    let known = TileParameters.best(for: found.description).limited(toGroupsOf: found.largestGroupSize)
    let context = try OpenCLContext(device: found)
    self.init(
      context: context, variant: variant,
      tiles: TunedParameters.kept(for: found, variant, in: cache, instead: known) ?? known, cache: cache,
      compiler: ProgramCompiler(context: context, cache: cache))
  }

  /// Another backend's device and memory with other parameters, whose programs are not kept.
  convenience init(sharing other: OpenCLBackend, tiles: TileParameters) {
    self.init(
      context: other.context, variant: other.variant, tiles: tiles, cache: other.cache,
      compiler: ProgramCompiler(context: other.context, cache: nil))
  }

  private init(
    context: OpenCLContext, variant: KernelVariant, tiles: TileParameters, cache: BinaryCache,
    compiler: ProgramCompiler
  ) {
    var device = context.device.description
    device.kernels = "\(variant) \(tiles.hash(for: variant))"
    self.device = device
    limits = PlanLimits(
      largestSegmentByteCount: context.device.largestBufferByteCount,
      // A pointer and an offset of 8 bytes each.
      argumentCount: min(PlanLimits().argumentCount, context.device.parameterByteCount / 16))
    self.context = context
    self.variant = variant
    self.tiles = tiles
    self.cache = cache
    self.compiler = compiler
  }

  private static func resolve(_ variant: Variant, for device: DeviceDescription) -> KernelVariant {
    let wish = ProcessInfo.processInfo.environment["ELBO_OPENCL_VARIANT"].flatMap(Variant.init(rawValue:))
    switch variant == .automatic ? wish ?? .automatic : variant {
    case .automatic: return device.kind == .cpu ? .cpu : .gpu
    case .gpu: return .gpu
    case .cpu: return .cpu
    }
  }

  /// How many programs the device's compiler had to translate since this backend was made: 0 where all were cached.
  public var compilationCount: Int { compiler.compilationCount }

  /// How many plans were compiled or read from the disk, since the backend had none that was equal.
  var compiledPlanCount: Int { compiled.madeCount }

  public func allocate(byteCount: Int) throws -> any Buffer {
    guard byteCount <= limits.largestSegmentByteCount else {
      throw RuntimeError.outOfMemory(asked: byteCount, available: limits.largestSegmentByteCount, device: device.name)
    }
    return try OpenCLBuffer(byteCount: byteCount, context: context)
  }

  public func prepare(_ plan: Plan, buffers: [any Buffer]) throws -> any Program {
    precondition(buffers.count == plan.memory.count, "\(buffers.count) buffers for \(plan.memory.count) regions")
    let own = buffers.compactMap { $0 as? OpenCLBuffer }
    precondition(
      own.count == buffers.count && own.allSatisfy { $0.context === context }, "a buffer of another device")
    for (buffer, memory) in zip(own, plan.memory) {
      precondition(
        buffer.byteCount >= memory.byteCount, "\(buffer.byteCount) bytes for a region of \(memory.byteCount)")
    }
    let compiled = try compiled.value(for: plan, size: { $0.code.source.utf8.count }) {
      let code = try ProgramCode(plan: plan, device: context.device, variant: variant, tiles: tiles)
      return try CompiledPlan(code, by: compiler, in: context)
    }
    return try OpenCLProgram(compiled, launchCount: plan.launches.count, buffers: own, context: context)
  }
}
