import CVectorLoops
import Graphs
import Plans

extension KernelLowering {
  func reduce(
    _ kernel: Kernel, _ reduction: Reduction, _ arguments: [UnsafeMutablePointer<CChar>]
  ) throws -> [LoweredKernel.Phase] {
    let keptRank = kernel.domain.count - reduction.reducedRank
    let (kept, reduced) = (0, 1)
    var space = IterationSpace(kernel.domain, groups: kernel.domain.indices.map { $0 < keptRank ? kept : reduced })

    // The finish walks the kept dimensions too, so they merge only where its addresses allow it.
    let finishAffines = reduction.finish.affines + reduction.finishStores.map(\.at)
    let overDomain = finishAffines.map { affine in
      Array(affine.strides.prefix(keptRank)) + [Int](repeating: 0, count: reduction.reducedRank)
    }
    space.merge(for: (kernel.body.affines + kernel.stores.map(\.at)).map(\.strides) + overDomain)
    space.ensure(group: kept)
    space.ensure(group: reduced)
    let keptExtents = Array(space.extents.prefix(space.rank(ofGroup: kept)))
    let reducedExtents = Array(space.extents.suffix(space.rank(ofGroup: reduced)))
    let total = reducedExtents.reduce(1, *)
    let chunk = reduction.chunk ?? max(total, 1)
    let pieces = reduction.chunk == nil ? 1 : (total + chunk - 1) / chunk

    let hasKeptColumns = reduction.products == nil && hasKeptColumns(kernel, space, keptExtents.count)
    let hasShortRows: Bool
    let grid: BlockGrid
    if hasKeptColumns {
      hasShortRows = true
      grid = columnGrid(keptExtents, length: min(chunk, total))
    } else {
      hasShortRows = self.hasShortRows(keptExtents, reducedExtents, chunk: reduction.chunk)
      grid =
        reduction.products.map { ProductBlocks.rowGrid(keptExtents, of: $0) }
        ?? BlockGrid(keptExtents, blockSize: Self.mapBlockSize(kernel.domain.reduce(1, *)) / max(total, 1))
    }
    let productGrid = grid.extended(by: reducedExtents)
    var body = space
    if hasKeptColumns {
      let last = keptExtents.count - 1
      body.permute(Array(0..<last) + Array((last + 1)..<space.rank) + [last])
    }

    var scratch = ScratchLayout()
    let (layout, values) = try layout(
      kernel.body, kernel.stores, kernel.arguments, space: body, hasShortRows: hasShortRows,
      accumulators: (reduction.products?.products ?? []).map { _ in productGrid.strides }, results: reduction.values)
    _ = scratch.take(layout.valueByteCount)
    var reduce = elbo_reduce()
    reduce.body = layout.body(tables, &scratch)
    reduce.grid = grid.table
    reduce.reduced_rank = Int32(reducedExtents.count)
    store(reducedExtents, in: &reduce.reduced_extent)
    reduce.has_kept_columns = hasKeptColumns ? 1 : 0
    reduce.first_result = Int32(kernel.arguments.count)
    reduce.chunk = Int64(chunk)
    reduce.piece_count = Int64(max(pieces, 1))

    // A partial result waits at each level of the tree over tiles.
    let width = hasKeptColumns ? grid.largest.last! : 1
    let levels = Int.bitWidth - total.leadingZeroBitCount + 2
    reduce.reduction_count = Int32(reduction.ops.count)
    reduce.reductions = UnsafePointer(
      tables.copy(
        reduction.ops.indices.map { i in
          let type = kernel.body.types[reduction.values[i]]
          return elbo_reduction(
            value: layout.number(of: values[i]), type: type.rawValue, size: UInt8(type.byteCount),
            op: reduction.ops[i].rawValue, results: Int32(scratch.take(grid.largest.reduce(1, *) * type.byteCount)),
            partials: Int32(scratch.take(width * levels * type.byteCount)))
        }))

    let packings = try reduction.products.map { try self.packings(of: $0, arguments) } ?? []
    if let contraction = reduction.products {
      let products = try products(
        contraction, packings, grid: productGrid, ranks: [0, keptExtents.count, reducedExtents.count],
        first: kernel.arguments.count, areKept: true, &scratch)
      reduce.products = UnsafePointer(tables.copy([products]))
    }
    let finish = try finishBody(kernel, reduction, keptRank, space, grid, &scratch)
    reduce.finish = finish.body
    reduce.finish_values = Int32(finish.values)
    return packings.map(\.phase) + [
      try phase(
        reduce, elbo_run_reduce, blocks: grid.blockCount * pieces, arguments: arguments, scratch: scratch)
    ]
  }

  // MARK: The order of the dimensions

  /// Whether neighbouring results should be the columns of a tile: where more of what differs at every place steps by
  /// one along the kept dimension than along the reduced one, and where as much does, more of the rest.
  private func hasKeptColumns(_ kernel: Kernel, _ space: IterationSpace, _ keptRank: Int) -> Bool {
    guard space.extents[keptRank - 1] > 1 else { return false }
    var votes = (full: 0, partial: 0)
    let addresses = kernel.body.instructions.compactMap { instruction -> Affine? in
      switch instruction {
      // Neighbours are drawn together: a number by itself costs as much as four.
      case .load(_, let at, _, _), .random(_, _, _, let at, _): at
      default: nil
      }
    }
    for affine in addresses + kernel.stores.map(\.at) {
      let strides = space.strides(affine.strides)
      let (kept, reduced) = (strides[keptRank - 1], strides[space.rank - 1])
      let vote = reduced == 1 ? -1 : kept == 1 ? 1 : 0
      if kept != 0 && reduced != 0 { votes.full += vote } else { votes.partial += vote }
    }
    return votes.full != 0 ? votes.full > 0 : votes.partial > 0
  }

  /// Columns of results in a block: some hundred bytes of every row, more where columns are short.
  private func columnGrid(_ kept: [Int], length: Int) -> BlockGrid {
    let wanted = min(max(Self.columnWork / max(length, 1), 64), 512)
    var grid = BlockGrid(kept)
    for d in kept.indices.dropLast() { grid.cut(d, kept[d], unit: 1) }
    grid.cut(kept.count - 1, (kept.last! + wanted - 1) / wanted, unit: 16)
    return grid
  }

  /// Places that a block of columns should have.
  private static let columnWork = 8192

  /// Whether a tile spans rows of reduced places: their width must be short, and pieces must not end inside a row.
  private func hasShortRows(_ kept: [Int], _ reduced: [Int], chunk: Int?) -> Bool {
    let width = reduced.last!
    guard width > 0, width <= TileShape.shortWidth else { return false }
    if reduced.count == 1 { return chunk == nil && kept.last! > 1 }
    return reduced[reduced.count - 2] > 1 && (chunk.map { $0 % width == 0 } ?? true)
  }

  // MARK: The finish

  /// The finish runs over (piece, kept dimensions); results lie row-major with the extents of a block.
  private func finishBody(
    _ kernel: Kernel, _ reduction: Reduction, _ keptRank: Int, _ space: IterationSpace,
    _ grid: BlockGrid, _ scratch: inout ScratchLayout
  ) throws -> (body: elbo_body, values: Int) {
    let keptExtents = grid.extents
    var finishSpace = FinishSpace(space: space, keptRank: keptRank, keptCount: keptExtents.count)
    finishSpace.reducedRank = reduction.reducedRank
    var expression = reduction.finish
    expression.instructions = expression.instructions.map(finishSpace.carried)
    let stores = reduction.finishStores.map { store in
      Store(value: store.value, argument: store.argument, at: finishSpace.carried(store.at))
    }
    let extents = [1] + keptExtents
    let hasShortRows =
      keptExtents.count > 1 && keptExtents.last! <= TileShape.shortWidth && keptExtents[keptExtents.count - 2] > 1
    let layout = try layout(
      expression, stores, kernel.arguments,
      space: IterationSpace(extents, groups: extents.map { _ in 0 }), hasShortRows: hasShortRows,
      accumulators: reduction.ops.map { _ in [0] + grid.strides }
    ).layout
    let values = scratch.take(layout.valueByteCount)
    return (layout.body(tables, &scratch), values)
  }
}

/// Carries the finish's affine functions, over (kept dimensions, piece), to (piece, kept dimensions as merged).
private struct FinishSpace {
  let space: IterationSpace
  let keptRank: Int
  let keptCount: Int
  var reducedRank = 0

  func carried(_ affine: Affine) -> Affine {
    let kept = Array(affine.strides.prefix(keptRank)) + [Int](repeating: 0, count: reducedRank)
    let piece = affine.strides.count > keptRank ? affine.strides[keptRank] : 0
    return Affine(offset: affine.offset, strides: [piece] + space.strides(kept).prefix(keptCount))
  }

  private func carried(_ bounds: [Bound]) -> [Bound] {
    bounds.map { Bound(index: carried($0.index), extent: $0.extent) }
  }

  func carried(_ instruction: Expression.Instruction) -> Expression.Instruction {
    switch instruction {
    case .load(let argument, let at, let row, let bounds):
      .load(argument: argument, at: carried(at), row: row, bounds: carried(bounds))
    case .index(let at): .index(carried(at))
    case .inside(let bounds): .inside(carried(bounds))
    case .random(let kind, let stream, let state, let at, let row):
      .random(kind, stream: stream, state: state, at: carried(at), row: row)
    default: instruction
    }
  }
}
