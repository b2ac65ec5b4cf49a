import COpenBLAS
import CVectorLoops
import Graphs
import Plans
import Runtime

/// A kernel as the tables that replay walks: phases that run one after another.
struct LoweredKernel {
  struct Phase {
    var kernel: elbo_kernel
    /// Scratch memory that a thread needs.
    var scratchByteCount: Int
    /// What it does, where that is not most of the kernel's work.
    var operations: Int?
  }

  var phases: [Phase]
  /// Operations of the whole kernel, for which of a launch's blocks are the longest.
  var operations: Int
}

/// Turns kernels into tables.
struct KernelLowering {
  let loops: UnsafePointer<elbo_loops>
  let blas: elbo_openblas
  let tables: Tables
  /// Whether loops are written at run time for ops that follow one another.
  let formsChains: Bool

  func lower(_ kernel: Kernel, arguments: [UnsafeMutablePointer<CChar>]) throws -> LoweredKernel {
    do {
      let phases =
        switch kernel.form {
        case .map: [try map(kernel, arguments)]
        case .reduce(let reduction): try reduce(kernel, reduction, arguments)
        case .matmul(let contraction): try matmul(kernel, contraction, arguments)
        case .convolution(let convolution): try self.convolution(kernel, convolution, arguments)
        }
      return LoweredKernel(phases: phases, operations: kernel.work.operations)
    } catch let error as LoweringError {
      throw RuntimeError.unsupported(error.description, device: "cpu")
    }
  }

  /// A phase that nothing has to be done in where `blocks` is 0.
  func phase<Form: BitwiseCopyable>(
    _ form: Form,
    _ run: @escaping @convention(c) (UnsafePointer<elbo_kernel>?, Int64, UnsafeMutablePointer<CChar>?) -> Void,
    blocks: Int, arguments: [UnsafeMutablePointer<CChar>], scratch: ScratchLayout
  ) throws -> LoweredKernel.Phase {
    guard blocks <= Int(UInt32.max) else { throw LoweringError(description: "\(blocks) blocks in a kernel") }
    var kernel = elbo_kernel()
    kernel.run = run
    kernel.form = UnsafeRawPointer(tables.copy([form]))
    kernel.block_count = Int64(blocks)
    kernel.argument_count = Int32(arguments.count)
    withUnsafeMutableBytes(of: &kernel.argument) { bytes in
      for (number, argument) in arguments.enumerated() {
        bytes.storeBytes(
          of: argument, toByteOffset: number * MemoryLayout<UnsafeRawPointer>.stride,
          as: UnsafeMutablePointer<CChar>.self)
      }
    }
    return LoweredKernel.Phase(kernel: kernel, scratchByteCount: scratch.byteCount)
  }

  /// A body over a space: `results` are values that a reduction combines, given whole.
  func layout(
    _ expression: Expression, _ stores: [Store], _ types: [ElementType], space: IterationSpace,
    hasShortRows: Bool, accumulators: [[Int]] = [], results: [Expression.Value] = []
  ) throws -> (layout: BodyLayout, results: [TileValue]) {
    guard space.rank <= ELBO_RANK else {
      throw LoweringError(description: "a kernel of \(space.rank) dimensions")
    }
    guard types.count + accumulators.count <= ELBO_ARGUMENTS else {
      throw LoweringError(description: "a kernel of \(types.count) arguments")
    }
    let analysis = ExpressionAnalysis(
      expression, space: space, accumulators: accumulators, results: stores.map(\.value) + results)
    let used = zip(expression.types, analysis.isUsed).compactMap { $0.1 ? $0.0 : nil }
    var writer = try BodyWriter(
      analysis, shape: TileShape(hasShortRows: hasShortRows, types: used), loops: loops, firstAccumulator: types.count)
    var tileStores = stores.map { store in
      TileStore(
        value: writer.whole(store.value), argument: store.argument, type: types[store.argument],
        offset: store.at.offset, strides: space.strides(store.at.strides))
    }
    var whole = results.map { writer.whole($0) }
    if formsChains {
      let moved = writer.formChains(keeping: tileStores.map(\.value) + whole, in: tables)
      for index in tileStores.indices { tileStores[index].value = moved(tileStores[index].value) }
      whole = whole.map(moved)
    }
    return (BodyLayout(writer, stores: tileStores, results: whole), whole)
  }

  // MARK: Map

  /// Places in a block: enough to outweigh taking it, few enough to share a small kernel among threads.
  static func mapBlockSize(_ places: Int) -> Int { min(max(places / 16, 2048), 16384) }

  func map(_ kernel: Kernel, _ arguments: [UnsafeMutablePointer<CChar>]) throws -> LoweredKernel.Phase {
    var space = IterationSpace(kernel.domain, groups: kernel.domain.map { _ in 0 })
    space.merge(for: (kernel.body.affines + kernel.stores.map(\.at)).map(\.strides))
    while space.rank < 2 { space.insert(0, group: 0) }
    let places = space.extents.reduce(1, *)
    let hasShortRows = space.extents.last! <= TileShape.shortWidth && space.extents[space.rank - 2] > 1
    var scratch = ScratchLayout()
    let layout = try layout(
      kernel.body, kernel.stores, kernel.arguments, space: space, hasShortRows: hasShortRows
    ).layout
    _ = scratch.take(layout.valueByteCount)
    let grid = BlockGrid(space.extents, blockSize: Self.mapBlockSize(places))
    let map = elbo_map(body: layout.body(tables, &scratch), grid: grid.table)
    return try phase(map, elbo_run_map, blocks: grid.blockCount, arguments: arguments, scratch: scratch)
  }
}
