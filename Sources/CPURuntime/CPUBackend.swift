import CVectorLoops
import Glibc
import Plans
import Runtime

/// The processor as a device: products by register tiles of our own, or by OpenBLAS in float64 and where the processor
/// has no fused multiply-add; vector loops over tiles that fit the first-level cache for all else; a pool of threads.
///
/// Work is cut into blocks by shape alone, so results are the same bits for any number of threads. Where OpenBLAS
/// multiplies, they depend on the kernels that it chooses (`core`), and on nothing else of the machine.
public final class CPUBackend: Backend {
  public let device: DeviceDescription
  public let limits = PlanLimits(summedProducts: .init(leastRows: 512, mostColumns: 2048))
  public let plans = PlanCache()

  /// The processor whose kernels OpenBLAS uses, such as `SkylakeX`.
  public let core: String
  /// The level of the vector loops, such as `x86-64-v4`.
  public let loopLevel: String
  /// Threads at work, the calling one among them.
  public let threadCount: Int

  private let pool: ThreadPool
  private let blas: OpenBLAS
  private let loops: UnsafePointer<elbo_loops>
  private let formsChains: Bool

  /// A device of `threads` threads; by default `ELBO_THREADS`, or else every processor that the process may use.
  ///
  /// Throws `RuntimeError.libraryMissing` where OpenBLAS is not installed, and `RuntimeError.callFailed` where the
  /// threads cannot be started.
  public convenience init(threads: Int? = nil) throws {
    try self.init(threads: threads, level: 0)
  }

  /// With the vector loops of another level than the best, or without loops that are written at run time.
  init(threads: Int?, level: Int, formsChains: Bool = true) throws {
    blas = try OpenBLAS.open()
    guard let loops = elbo_loops_at(Int32(level)) else {
      throw RuntimeError.unsupported("vector loops of level \(level)", device: "cpu")
    }
    self.loops = loops
    pool = try ThreadPool(threadCount: threads ?? Self.threadCountOfEnvironment ?? Int(elbo_processor_count()))
    threadCount = pool.threadCount
    core = blas.core
    loopLevel = String(cString: loops.pointee.level)
    self.formsChains = formsChains && loopLevel == VectorAssembler.level
    let processor = Processor.current
    device = DeviceDescription(
      id: "cpu", name: processor.name, vendor: processor.vendor,
      driver: "\(blas.version) (\(core)), vector loops \(loopLevel)", kind: .cpu,
      memoryByteCount: processor.memoryByteCount, computeUnits: pool.threadCount, supportsFloat64: true)
  }

  private static var threadCountOfEnvironment: Int? {
    guard let value = getenv("ELBO_THREADS"), let count = Int(String(cString: value)), count > 0 else { return nil }
    return count
  }

  public func allocate(byteCount: Int) throws -> any Buffer {
    // The system promises more memory than it has: what cannot ever be there is refused here.
    guard byteCount <= device.memoryByteCount else {
      throw RuntimeError.outOfMemory(asked: byteCount, available: device.memoryByteCount, device: device.id)
    }
    return try CPUBuffer(byteCount: byteCount, pool: pool, available: device.memoryByteCount)
  }

  public func prepare(_ plan: Plan, buffers: [any Buffer]) throws -> any Program {
    precondition(buffers.count == plan.memory.count, "[prepare] a plan of other memory")
    let own = try buffers.map { buffer in
      guard let buffer = buffer as? CPUBuffer else {
        throw RuntimeError.unsupported("memory of another device", device: device.id)
      }
      return buffer
    }
    return try CPUProgram(plan, buffers: own, pool: pool, loops: loops, blas: blas, formsChains: formsChains)
  }
}

// Everything is set once; the pool has its own lock.
extension CPUBackend: @unchecked Sendable {}
