import CVectorLoops
import Graphs
import Plans

extension KernelLowering {
  /// Places over which sums stay in registers, about.
  private static let slabDepth = 256
  /// Blocks that are enough for any number of threads, and bytes of partial sums at most.
  private static let blockCount = 32
  private static let partialByteCount = 16 * 1024 * 1024
  /// Tiles of outputs and vectors of channels that a block has at most: its sums stay in the second-level cache.
  private static let mostTiles = 20
  private static let mostVectors = 2

  /// Sums over parts of the data, then their sum, which the body sees, as a reduction.
  func filterGradient(
    _ kernel: Kernel, _ convolution: Convolution, _ arguments: [UnsafeMutablePointer<CChar>]
  ) throws -> [LoweredKernel.Phase] {
    let type = convolution.type
    let lanes = Self.laneByteCount / type.byteCount
    let matrix = FilterMatrix(convolution, mostRows: Int(elbo_tile_rows_of(loops, type == .float64 ? 1 : 0)))
    let (rowAxis, columnAxis) = (PictureAxis(convolution, 0), PictureAxis(convolution, 1))
    let output = convolution.output
    let places = output[2] * output[3]
    let slabExamples = max(min(Self.slabDepth / max(places, 1), output[0]), 1)
    let slabRows = slabExamples > 1 ? output[2] : min(max(Self.slabDepth / output[3], 1), output[2])
    let slabs = (output[0] + slabExamples - 1) / slabExamples * ((output[2] + slabRows - 1) / slabRows)
    let vectors = (matrix.channels + lanes - 1) / lanes
    let (pieceRows, pieceColumns) = (rowAxis.extent(slabRows), columnAxis.extent(output[3]))
    guard slabExamples * pieceRows * pieceColumns * lanes <= Int(Int32.max) else {
      throw LoweringError(description: "a convolution of \(convolution.input) with \(convolution.filter)")
    }

    var grid = BlockGrid([matrix.groups, slabs, matrix.tileCount, vectors])
    grid.cut(0, matrix.groups, unit: 1)
    grid.cut(2, (matrix.tileCount + Self.mostTiles - 1) / Self.mostTiles, unit: 1)
    grid.cut(3, (vectors + Self.mostVectors - 1) / Self.mostVectors, unit: 1)
    let byteCount = convolution.filter.elementCount * type.byteCount
    let chunks = max(min(Self.blockCount / grid.counts.reduce(1, *), Self.partialByteCount / max(byteCount, 1)), 1)
    grid.cut(1, chunks, unit: 1)
    let chunkCount = grid.counts[1]
    let partials = tables.allocate(byteCount: chunkCount * byteCount)

    var form = elbo_filter_gradient()
    form.loops = loops
    form.is_double = type == .float64 ? 1 : 0
    form.grid = grid.table
    form.input = elbo_pictures(convolution.left, convolution.input)
    form.output = elbo_pictures(convolution.right, output)
    form.example_count = Int64(output[0])
    form.outputs = Int64(matrix.rows)
    form.channels = Int64(matrix.channels)
    form.tile_rows = Int64(matrix.tileRows)
    form.slab_examples = Int64(slabExamples)
    form.slab_rows = Int64(slabRows)
    form.row_axis = rowAxis.table
    form.column_axis = columnAxis.table
    form.piece_rows = Int64(pieceRows)
    form.piece_columns = Int64(pieceColumns)
    let offsets = (0..<slabExamples).flatMap { example in
      (0..<slabRows).flatMap { row in
        (0..<output[3]).map { column in
          let pieceRow = example * pieceRows + row * rowAxis.step
          return Int32((pieceRow * pieceColumns + column * columnAxis.step) * lanes)
        }
      }
    }
    let taps = rowAxis.phases[0].flatMap { y in
      columnAxis.phases[0].map { x in
        Int32(((y.shift - rowAxis.first) * pieceColumns + x.shift - columnAxis.first) * lanes)
      }
    }
    form.offsets = UnsafePointer(tables.copy(offsets))
    form.taps = UnsafePointer(tables.copy(taps))
    form.tap_count = Int64(taps.count)
    form.partials = partials
    var scratch = ScratchLayout()
    let (tileCount, vectorCount) = (grid.largest[2], grid.largest[3])
    func take(_ vectors: Int) throws -> Int32 {
      let place = scratch.take(vectors * Self.laneByteCount)
      guard scratch.byteCount <= Int(Int32.max) else {
        throw LoweringError(description: "a convolution of \(convolution.input) with \(convolution.filter)")
      }
      return Int32(place)
    }
    form.panels = try take(tileCount * offsets.count)
    form.piece = try take(vectorCount * slabExamples * pieceRows * pieceColumns)
    form.totals = try take(tileCount * matrix.tileRows * vectorCount * taps.count)
    let phase = try phase(
      form, elbo_run_filter_gradient, blocks: grid.blockCount, arguments: arguments, scratch: scratch)
    return [phase] + (try sum(of: chunkCount, partials, convolution, kernel, arguments))
  }

  /// The body over the sum of partial results, which lie behind one another.
  private func sum(
    of count: Int, _ partials: UnsafeMutablePointer<CChar>, _ convolution: Convolution, _ kernel: Kernel,
    _ arguments: [UnsafeMutablePointer<CChar>]
  ) throws -> [LoweredKernel.Phase] {
    var load = Expression()
    let at = Affine(strides: Shape(kernel.domain).strides + [convolution.filter.elementCount])
    load.instructions = [.load(argument: kernel.arguments.count, at: at, row: nil, bounds: [])]
    load.types = [convolution.type]
    let reduction = Reduction(
      reducedRank: 1, ops: [.sum], values: [0], finish: kernel.body, finishStores: kernel.stores)
    return try reduce(
      Kernel(
        form: .reduce(reduction), domain: kernel.domain + [count], body: load, stores: [],
        arguments: kernel.arguments + [convolution.type]),
      reduction, arguments + [partials])
  }
}
