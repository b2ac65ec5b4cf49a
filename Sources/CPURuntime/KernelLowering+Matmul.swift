import COpenBLAS
import CVectorLoops
import Graphs
import Plans

extension KernelLowering {
  private enum Group {
    static let batch = 0, row = 1, column = 2
  }

  func matmul(
    _ kernel: Kernel, _ contraction: Contraction, _ arguments: [UnsafeMutablePointer<CChar>]
  ) throws -> [LoweredKernel.Phase] {
    guard
      var space = IterationSpace(
        kernel.domain, groupSizes: [contraction.batch, contraction.rows, contraction.columns])
    else {
      return try matmulThenMap(kernel, contraction, arguments)
    }
    space.merge(for: (kernel.body.affines + kernel.stores.map(\.at)).map(\.strides))
    for group in [Group.batch, Group.row, Group.column] { space.ensure(group: group) }
    let ranks = [Group.batch, Group.row, Group.column].map(space.rank(ofGroup:))

    var matmul = elbo_matmul()
    if let output = directOutput(kernel, contraction, space) {
      matmul.is_direct = 1
      matmul.output = output
    }
    let isOwn = contraction.type == .float32 && loops.pointee.product != nil
    // Panels begin where a cut of the only dimension of columns may be.
    let canPack = ranks[Group.column] == 1 && matmul.output.is_transposed == 0
    let packings = canPack ? try self.packings(of: contraction, arguments) : []
    let grid = ProductBlocks(
      contraction, isOwnProduct: isOwn, packed: Set(packings.map(\.number)), hasEpilogue: matmul.is_direct == 0
    ).grid(space, ranks: ranks)
    var scratch = ScratchLayout()
    if matmul.is_direct == 0 {
      let hasShortRows = grid.largest.last! <= TileShape.shortWidth
      let layout = try layout(
        kernel.body, kernel.stores, kernel.arguments, space: space, hasShortRows: hasShortRows,
        accumulators: contraction.products.map { _ in grid.strides }
      ).layout
      _ = scratch.take(layout.valueByteCount)
      matmul.body = layout.body(tables, &scratch)
    }
    matmul.products = try products(
      contraction, packings, grid: grid, ranks: ranks, first: kernel.arguments.count,
      areKept: matmul.is_direct == 0, &scratch)
    return packings.map(\.phase) + [
      try phase(matmul, elbo_run_matmul, blocks: grid.blockCount, arguments: arguments, scratch: scratch)
    ]
  }

  // MARK: Straight to memory

  /// The argument that the only product may be written to at once, where nothing else is done with it.
  private func directOutput(_ kernel: Kernel, _ contraction: Contraction, _ space: IterationSpace) -> elbo_matrix? {
    guard contraction.products.count == 1, kernel.stores.count == 1, let store = kernel.stores.first,
      case .accumulator(0) = kernel.body.instructions[store.value], space.rank == 3
    else { return nil }
    let strides = space.strides(store.at.strides)
    let view = MatrixView(
      argument: store.argument, offset: store.at.offset, batchStride: strides[0], rowStride: strides[1],
      columnStride: strides[2])
    return try? matrix(view, contraction.rows, contraction.columns)
  }

  // MARK: Domains across rows

  /// For a domain whose dimensions cross rows or columns: whole products into memory, then the epilogue as a map.
  private func matmulThenMap(
    _ kernel: Kernel, _ contraction: Contraction, _ arguments: [UnsafeMutablePointer<CChar>]
  ) throws -> [LoweredKernel.Phase] {
    let (batch, rows, columns) = (contraction.batch, contraction.rows, contraction.columns)
    var arguments = arguments
    var phases: [LoweredKernel.Phase] = []
    var types = kernel.arguments
    for product in contraction.products {
      arguments.append(tables.allocate(byteCount: batch * rows * columns * contraction.type.byteCount))
      types.append(contraction.type)
      var single = contraction
      single.products = [product]
      var body = Expression()
      body.instructions = [.accumulator(0)]
      body.types = [contraction.type]
      let store = Store(
        value: 0, argument: arguments.count - 1, at: Affine(strides: [rows * columns, columns, 1]))
      phases += try matmul(
        Kernel(
          form: .matmul(single), domain: [batch, rows, columns], body: body, stores: [store], arguments: types),
        single, arguments)
    }
    let results = Array(kernel.arguments.count..<types.count)
    return phases + [try map(kernel.readingResults(from: results, types: types), arguments)]
  }
}

extension Kernel {
  /// A map that computes the body from results of the contraction that lie in arguments, row-major.
  func readingResults(from results: [Int], types: [ElementType]) -> Kernel {
    var map = self
    map.form = .map
    map.arguments = types
    let position = Affine(strides: Shape(domain).strides)
    map.body.instructions = body.instructions.map { instruction in
      guard case .accumulator(let number) = instruction else { return instruction }
      return .load(argument: results[number], at: position, row: nil, bounds: [])
    }
    return map
  }
}
