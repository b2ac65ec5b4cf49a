import CVectorLoops
import Plans
import Runtime

/// A plan as tables of plain structs; a run is one loop over them, in C, that touches no Swift object.
final class CPUProgram: Program {
  private let plan: Plan
  private let pool: ThreadPool
  private let buffers: [any Buffer]
  private let tables: Tables
  private let program: UnsafePointer<elbo_program>
  /// The launch of the plan that each launch of the program belongs to.
  private let origins: [Int]

  init(
    _ plan: Plan, buffers: [CPUBuffer], pool: ThreadPool, loops: UnsafePointer<elbo_loops>, blas: OpenBLAS,
    formsChains: Bool
  ) throws {
    self.plan = plan
    self.pool = pool
    self.buffers = buffers
    tables = Tables()
    let lowering = KernelLowering(loops: loops, blas: blas.functions, tables: tables, formsChains: formsChains)
    var launches: [elbo_launch] = []
    var origins: [Int] = []
    var scratchByteCount = 64
    for (origin, launch) in plan.launches.enumerated() {
      let kernels = try launch.kernels.map { bound in
        try lowering.lower(bound.kernel, arguments: bound.slots.map { buffers[$0.region].start + $0.byteOffset })
      }
      for number in 0..<(kernels.map(\.phases.count).max() ?? 0) {
        let running = kernels.filter { number < $0.phases.count }
        let phases = running.map { $0.phases[number] }
        // The longest blocks first, so that no thread begins one when the others are done.
        let sorted = zip(running, phases).filter { $0.1.kernel.block_count > 0 }
          .map { (work: ($1.operations ?? $0.operations) / Int($1.kernel.block_count), kernel: $1.kernel) }
          .sorted { $0.work > $1.work }
          .map(\.kernel)
        scratchByteCount = phases.reduce(scratchByteCount) { max($0, $1.scratchByteCount) }
        var lowered = elbo_launch()
        lowered.kernels = UnsafePointer(tables.copy(sorted))
        lowered.kernel_count = Int32(sorted.count)
        lowered.block_count = sorted.reduce(0) { $0 + $1.block_count }
        var shares = [UInt32](repeating: 0, count: pool.threadCount)
        elbo_fill_shares(&lowered, Int32(pool.threadCount), &shares)
        lowered.shares = UnsafePointer(tables.copy(shares))
        launches.append(lowered)
        origins.append(origin)
      }
    }
    self.origins = origins
    // A page between the threads' pieces keeps them from sharing lines and from meeting in the cache.
    let perThread = (scratchByteCount + 4095) / 4096 * 4096 + 4096 + 256
    program = UnsafePointer(
      tables.copy([
        elbo_program(
          launches: UnsafePointer(tables.copy(launches)), launch_count: Int32(launches.count), pool: pool.pointer,
          scratch: tables.allocate(byteCount: perThread * pool.threadCount), scratch_per_thread: Int64(perThread))
      ]))
  }

  var launchCount: Int { plan.launches.count }

  func run(times: Int) throws { elbo_run(program, Int64(times)) }

  func synchronize() throws { pool.wait() }

  func profile() throws -> [Double] {
    var seconds = [Double](repeating: 0, count: origins.count)
    elbo_profile(program, &seconds)
    var result = [Double](repeating: 0, count: plan.launches.count)
    for (origin, value) in zip(origins, seconds) { result[origin] += value }
    return result
  }

  func source(ofLaunch index: Int) -> String {
    plan.launches[index].kernels.map(\.kernel.listing).joined(separator: "\n")
  }
}

// Nothing of a program changes after it is made; its runs take turns by the pool's lock.
extension CPUProgram: @unchecked Sendable {}
