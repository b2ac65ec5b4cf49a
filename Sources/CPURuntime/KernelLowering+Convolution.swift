import CVectorLoops
import Graphs
import Plans

extension KernelLowering {
  /// Bytes of a vector of lanes.
  static let laneByteCount = ELBO_LANE_BYTES

  func convolution(
    _ kernel: Kernel, _ convolution: Convolution, _ arguments: [UnsafeMutablePointer<CChar>]
  ) throws -> [LoweredKernel.Phase] {
    guard !kernel.domain.contains(0) else { return [] }
    if convolution.role == .filterGradient { return try filterGradient(kernel, convolution, arguments) }
    guard let space = space(kernel, convolution) else {
      return try convolutionThenMap(kernel, convolution, arguments)
    }
    let code = try ConvolutionTables(self, convolution, space)
    return try code.phases(kernel, arguments)
  }

  /// The domain as (examples, channels, places) or (examples, channels, rows, columns) of the result; nil where it is
  /// cut otherwise.
  private func space(_ kernel: Kernel, _ convolution: Convolution) -> IterationSpace? {
    let result = convolution.role == .forward ? convolution.output : convolution.input
    guard
      var space = IterationSpace(
        kernel.domain, groupSizes: [result[0], result[1], result[2] * result[3]])
    else { return nil }
    space.merge(for: (kernel.body.affines + kernel.stores.map(\.at)).map(\.strides))
    for group in 0..<3 { space.ensure(group: group) }
    switch space.extents.count {
    case 3: return space
    case 4 where space.extents == result.dimensions: return space
    default: return nil
    }
  }

  /// For a domain that is cut otherwise: the result into memory, then the body as a map.
  private func convolutionThenMap(
    _ kernel: Kernel, _ convolution: Convolution, _ arguments: [UnsafeMutablePointer<CChar>]
  ) throws -> [LoweredKernel.Phase] {
    let result = convolution.role == .forward ? convolution.output : convolution.input
    let memory = tables.allocate(byteCount: result.elementCount * convolution.type.byteCount)
    let types = kernel.arguments + [convolution.type]
    var body = Expression()
    body.instructions = [.accumulator(0)]
    body.types = [convolution.type]
    let plain = Kernel(
      form: .convolution(convolution), domain: result.dimensions, body: body,
      stores: [Store(value: 0, argument: kernel.arguments.count, at: Affine(strides: result.strides))],
      arguments: types)
    let phases = try self.convolution(plain, convolution, arguments + [memory])
    return phases + [try map(kernel.readingResults(from: [types.count - 1], types: types), arguments + [memory])]
  }
}

/// The tables of a convolution or an input gradient.
private struct ConvolutionTables {
  private let lowering: KernelLowering
  private let convolution: Convolution
  private let space: IterationSpace
  private let filters: FilterMatrix
  private let rowAxis: PictureAxis
  private let columnAxis: PictureAxis
  private let result: Shape
  private let source: Shape
  private let grid: BlockGrid
  private let lanes: Int
  /// Extents of the largest piece, and places of the largest block.
  private let pieceRows: Int
  private let pieceColumns: Int
  private let boxPlaces: Int

  /// Bytes of a piece of the source, and of a tile's results for all places of a block: together with a tile of the
  /// filters they should stay in the second-level cache.
  private static let pieceByteCount = 768 * 1024
  private static let totalsByteCount = 256 * 1024
  /// Operations that make a block worth its while, and blocks that are enough for any number of threads.
  private static let blockWork = 8_000_000
  private static let blockCount = 32
  /// Results that the body sees together.
  private static let boxSize = 2048

  init(_ lowering: KernelLowering, _ convolution: Convolution, _ space: IterationSpace) throws {
    self.lowering = lowering
    self.convolution = convolution
    self.space = space
    let isDouble = convolution.type == .float64
    let filters = FilterMatrix(
      convolution, mostRows: Int(elbo_tile_rows_of(lowering.loops, isDouble ? 1 : 0)))
    let (rowAxis, columnAxis) = (PictureAxis(convolution, 0), PictureAxis(convolution, 1))
    let isForward = convolution.role == .forward
    result = isForward ? convolution.output : convolution.input
    source = isForward ? convolution.input : convolution.output
    let lanes = KernelLowering.laneByteCount / convolution.type.byteCount
    let pieceColumns = columnAxis.extent(result[3])

    let exampleBlocks = (result[0] + lanes - 1) / lanes
    let units = (result[2] + rowAxis.unit - 1) / rowAxis.unit
    let columns = result[3]
    func fits(_ pieces: Int) -> Bool {
      let rows = (units + pieces - 1) / pieces * rowAxis.unit
      return filters.channels * rowAxis.extent(rows) * pieceColumns * KernelLowering.laneByteCount
        <= Self.pieceByteCount
        && filters.tileRows * rows * columns * KernelLowering.laneByteCount <= Self.totalsByteCount
    }
    var linePieces = (1..<max(units, 1)).first(where: fits) ?? units
    var channelPieces = filters.groups
    let work = 2 * result.elementCount * filters.channels * convolution.filter[2] * convolution.filter[3]
    let wanted = min(work / Self.blockWork, Self.blockCount)
    while exampleBlocks * linePieces * channelPieces < wanted {
      // What is laid out again for each piece of channels, or for rows at the border of each piece of lines.
      if filters.groups == 1, filters.tileCount / (channelPieces + 1) >= 2 {
        channelPieces += 1
      } else if linePieces < units {
        linePieces += 1
      } else {
        break
      }
    }

    var grid = BlockGrid(space.extents)
    grid.cut(0, exampleBlocks, unit: lanes)
    grid.cut(1, channelPieces, unit: filters.groups > 1 ? filters.rows : filters.tileRows)
    grid.cut(2, linePieces, unit: rowAxis.unit * (space.rank == 3 ? columns : 1))
    self.grid = grid
    boxPlaces = grid.largest[2...].reduce(1, *)
    pieceRows = rowAxis.extent(boxPlaces / columns)
    self.pieceColumns = pieceColumns
    self.filters = filters
    self.rowAxis = rowAxis
    self.columnAxis = columnAxis
    self.lanes = lanes
    guard filters.channels * pieceRows * pieceColumns * lanes <= Int(Int32.max),
      convolution.filter.elementCount <= Int(Int32.max)
    else { throw LoweringError(description: "a convolution of \(source) with \(convolution.filter)") }
  }

  func phases(_ kernel: Kernel, _ arguments: [UnsafeMutablePointer<CChar>]) throws -> [LoweredKernel.Phase] {
    let tables = lowering.tables
    let (phases, filterOffsets, pieceOffsets) = columns()
    var panels = elbo_filter_panels()
    panels.loops = lowering.loops
    panels.argument = Int32(convolution.right.argument)
    panels.is_double = convolution.type == .float64 ? 1 : 0
    panels.offset = Int64(convolution.right.offset)
    panels.group_stride = Int64(convolution.filter.elementCount / filters.groups)
    panels.row_stride = Int64(filters.rowStride)
    panels.rows = Int64(filters.rows)
    panels.tile_rows = Int64(filters.tileRows)
    panels.tile_count = Int64(filters.tileCount)
    panels.depth = Int64(filterOffsets.count)
    panels.columns = UnsafePointer(tables.copy(filterOffsets))
    let panelCount = filters.groups * filters.tileCount
    panels.panels = tables.allocate(byteCount: panelCount * filterOffsets.count * KernelLowering.laneByteCount)

    let boxTiles = min(
      max(Self.boxSize / max(filters.tileRows * boxPlaces, 1), 1),
      (grid.largest[1] + filters.tileRows - 1) / filters.tileRows)
    let boxRows = boxTiles * filters.tileRows
    let placeStrides = space.rank == 3 ? [1] : [result[3], 1]
    var scratch = ScratchLayout()
    let layout = try lowering.layout(
      kernel.body, kernel.stores, kernel.arguments, space: space,
      hasShortRows: grid.largest.last! <= TileShape.shortWidth,
      accumulators: [[boxRows * boxPlaces, boxPlaces] + placeStrides]
    ).layout
    _ = scratch.take(layout.valueByteCount)
    var form = elbo_convolution()
    form.body = layout.body(tables, &scratch)
    form.grid = grid.table
    form.filters = UnsafePointer(tables.copy([panels]))
    form.source = elbo_pictures(convolution.left, source)
    form.channels = Int64(filters.channels)
    form.columns = Int64(result[3])
    form.row_axis = rowAxis.table
    form.column_axis = columnAxis.table
    form.piece_rows = Int64(pieceRows)
    form.piece_columns = Int64(pieceColumns)
    form.phases = UnsafePointer(tables.copy(phases))
    form.phase_count = Int32(phases.count)
    form.offsets = UnsafePointer(tables.copy(pieceOffsets))
    form.box_tiles = Int64(boxTiles)
    form.box_places = Int64(boxPlaces)
    form.result = Int32(kernel.arguments.count)
    func take(_ vectors: Int) throws -> Int32 {
      let place = scratch.take(vectors * KernelLowering.laneByteCount)
      guard scratch.byteCount <= Int(Int32.max) else {
        throw LoweringError(description: "a convolution of \(source) with \(convolution.filter)")
      }
      return Int32(place)
    }
    form.piece = try take(filters.channels * pieceRows * pieceColumns)
    form.totals = try take(boxRows * boxPlaces)
    form.box = try take(boxRows * boxPlaces)
    return [
      try lowering.phase(
        panels, elbo_run_filter_panels, blocks: panelCount, arguments: arguments, scratch: ScratchLayout()),
      try lowering.phase(
        form, elbo_run_convolution, blocks: grid.blockCount, arguments: arguments, scratch: scratch),
    ]
  }

  /// The phases; and for each column of the panels, phase by phase, where it is in the filters and what it sees in a
  /// piece.
  private func columns() -> (phases: [elbo_phase], filters: [Int32], piece: [Int32]) {
    var phases: [elbo_phase] = []
    var filterOffsets: [Int32] = []
    var pieceOffsets: [Int32] = []
    for (row, rowTaps) in rowAxis.phases.enumerated() {
      for (column, columnTaps) in columnAxis.phases.enumerated() {
        let start = filterOffsets.count
        for channel in 0..<filters.channels {
          for y in rowTaps {
            for x in columnTaps {
              filterOffsets.append(
                Int32(channel * filters.channelStride + y.number * convolution.filter[3] + x.number))
              let pieceRow = channel * pieceRows + y.shift - rowAxis.first
              pieceOffsets.append(Int32((pieceRow * pieceColumns + x.shift - columnAxis.first) * lanes))
            }
          }
        }
        phases.append(
          elbo_phase(
            first_row: Int64(row), first_column: Int64(column), start: Int64(start),
            depth: Int64(filterOffsets.count - start)))
      }
    }
    return (phases, filterOffsets, pieceOffsets)
  }
}

extension elbo_pictures {
  init(_ view: Convolution.TensorView, _ shape: Shape) {
    self.init(
      argument: Int32(view.argument), offset: Int64(view.offset), channels: Int64(shape[1]), rows: Int64(shape[2]),
      columns: Int64(shape[3]))
  }
}
