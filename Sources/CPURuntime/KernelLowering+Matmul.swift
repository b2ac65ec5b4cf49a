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
    let packings =
      matmul.is_direct == 0 || matmul.output.is_transposed == 0 ? try self.packings(of: contraction, arguments) : []
    let grid = ProductBlocks(
      contraction, isOwnProduct: isOwn, isPacked: !packings.isEmpty, hasEpilogue: matmul.is_direct == 0
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

  /// The products of a grid whose first dimensions are the batch's, the next the rows', the last the columns'.
  ///
  /// - Parameters:
  ///   - first: the argument of a body that the first of them is.
  ///   - areKept: whether a block's results lie in scratch memory.
  func products(
    _ contraction: Contraction, _ packings: [Packing], grid: BlockGrid, ranks: [Int], first: Int, areKept: Bool,
    _ scratch: inout ScratchLayout
  ) throws -> elbo_products {
    var products = elbo_products()
    products.grid = grid.table
    products.batch_rank = Int32(ranks[0])
    products.row_rank = Int32(ranks[1])
    products.column_rank = Int32(ranks[2])
    products.is_double = contraction.type == .float64 ? 1 : 0
    products.product = contraction.type == .float32 ? loops.pointee.product : nil
    products.sgemm = blas.sgemm
    products.dgemm = blas.dgemm
    products.first_product = Int32(first)
    products.product_count = Int32(contraction.products.count)
    let byteCount = grid.largest.reduce(1, *) * contraction.type.byteCount
    products.products = UnsafePointer(
      tables.copy(
        try contraction.products.enumerated().map { number, product in
          elbo_product(
            left: try matrix(product.left, contraction.rows, product.depth),
            right: try matrix(product.right, product.depth, contraction.columns),
            depth: try int32(product.depth), block: areKept ? try int32(scratch.take(byteCount)) : 0,
            panels: packings.first { $0.number == number }.map { UnsafePointer($0.panels) })
        }))
    if products.product != nil { products.product_scratch = try int32(scratch.take(Int(ELBO_PRODUCT_SCRATCH))) }
    return products
  }

  // MARK: Panels

  /// The right matrix of a product as panels, and the phase that makes them.
  struct Packing {
    let number: Int
    let panels: UnsafeMutablePointer<Float>
    let phase: LoweredKernel.Phase
  }

  /// Rows from which on a product has so many blocks that panels are made once for all of them, and elements up to which.
  private static let (leastPackedRows, mostPackedElements) = (256, 1 << 20)

  /// What is packed before a product: right matrices whose columns are rows in memory.
  func packings(of contraction: Contraction, _ arguments: [UnsafeMutablePointer<CChar>]) throws -> [Packing] {
    let width = Int(loops.pointee.panel_width)
    guard width > 0, contraction.type == .float32, contraction.batch == 1,
      contraction.rows >= Self.leastPackedRows
    else { return [] }
    return try contraction.products.enumerated().compactMap { number, product in
      let right = try matrix(product.right, product.depth, contraction.columns)
      let panelCount = (contraction.columns + width - 1) / width
      let count = panelCount * width * product.depth
      guard right.is_transposed != 0, (1...Self.mostPackedElements).contains(count) else { return nil }
      let panels = UnsafeMutableRawPointer(tables.allocate(byteCount: count * MemoryLayout<Float>.stride))
        .assumingMemoryBound(to: Float.self)
      let packing = elbo_packing(
        right: right, depth: Int64(product.depth), columns: Int64(contraction.columns), panels: panels, loops: loops)
      let phase = try phase(
        packing, elbo_run_packing, blocks: panelCount, arguments: arguments, scratch: ScratchLayout())
      return Packing(number: number, panels: panels, phase: phase)
    }
  }

  // MARK: Matrices

  private func int32(_ value: Int) throws -> Int32 {
    guard let result = Int32(exactly: value) else { throw LoweringError(description: "a matrix extent of \(value)") }
    return result
  }

  /// A view as BLAS takes it: row-major with a leading dimension, or the transpose of that.
  private func matrix(_ view: MatrixView, _ rows: Int, _ columns: Int) throws -> elbo_matrix {
    var matrix = elbo_matrix()
    matrix.argument = Int32(view.argument)
    matrix.offset = Int64(view.offset)
    matrix.batch_stride = Int64(view.batchStride)
    matrix.row_stride = Int64(view.rowStride)
    matrix.column_stride = Int64(view.columnStride)
    if rows == 0 || columns == 0 {
      matrix.leading = try int32(max(columns, 1))
    } else if columns <= 1 || view.columnStride == 1, rows <= 1 || view.rowStride >= max(columns, 1) {
      matrix.leading = try int32(rows <= 1 ? max(columns, 1) : view.rowStride)
    } else if rows <= 1 || view.rowStride == 1, columns <= 1 || view.columnStride >= max(rows, 1) {
      matrix.is_transposed = 1
      matrix.leading = try int32(columns <= 1 ? max(rows, 1) : view.columnStride)
    } else {
      throw LoweringError(description: "a matrix of strides (\(view.rowStride), \(view.columnStride))")
    }
    return matrix
  }

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
