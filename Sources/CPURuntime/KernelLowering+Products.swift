import COpenBLAS
import CVectorLoops
import Graphs
import Plans

// Products for the forms that begin with them.
extension KernelLowering {
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
  /// Steps of depth that adding up a dot takes, as in `loops/products.h`.
  private static let addingUpDots = 40

  /// What is packed before a product: right matrices whose columns are rows in memory, unless blocks multiply by dots.
  ///
  /// Which these are depends on no level of the processor: the way of a product decides its bits.
  func packings(of contraction: Contraction, _ arguments: [UnsafeMutablePointer<CChar>]) throws -> [Packing] {
    let width = Int(loops.pointee.panel_width)
    guard width > 0, contraction.type == .float32, contraction.batch == 1,
      contraction.rows >= Self.leastPackedRows
    else { return [] }
    return try contraction.products.enumerated().compactMap { number, product in
      let right = try matrix(product.right, product.depth, contraction.columns)
      let padded =
        (contraction.columns + ProductBlocks.panelUnit - 1) / ProductBlocks.panelUnit * ProductBlocks.panelUnit
      guard right.is_transposed != 0, (1...Self.mostPackedElements).contains(padded * product.depth),
        contraction.columns * (product.depth + Self.addingUpDots) >= padded * product.depth
      else { return nil }
      let panelCount = (contraction.columns + width - 1) / width
      let count = panelCount * width * product.depth
      let panels = UnsafeMutableRawPointer(tables.allocate(byteCount: count * MemoryLayout<Float>.stride))
        .assumingMemoryBound(to: Float.self)
      let packing = elbo_packing(
        right: right, depth: Int64(product.depth), columns: Int64(contraction.columns), panels: panels, loops: loops)
      var phase = try phase(
        packing, elbo_run_packing, blocks: panelCount, arguments: arguments, scratch: ScratchLayout())
      phase.operations = count
      return Packing(number: number, panels: panels, phase: phase)
    }
  }

  // MARK: Matrices

  private func int32(_ value: Int) throws -> Int32 {
    guard let result = Int32(exactly: value) else { throw LoweringError(description: "a matrix extent of \(value)") }
    return result
  }

  /// A view as BLAS takes it: row-major with a leading dimension, or the transpose of that.
  func matrix(_ view: MatrixView, _ rows: Int, _ columns: Int) throws -> elbo_matrix {
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
}
