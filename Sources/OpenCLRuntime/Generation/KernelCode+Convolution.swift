import Graphs
import Kernels
import Plans
import Runtime

extension KernelCode {
  func convolution(_ convolution: Convolution, device: String) throws -> KernelFunction {
    for view in [convolution.left, convolution.right] where kernel.arguments[view.argument] != convolution.type {
      throw RuntimeError.unsupported(
        "a convolution of \(kernel.arguments[view.argument]) in \(convolution.type)", device: device)
    }
    let code = ConvolutionCode(kernel: self, convolution: convolution)
    return variant == .cpu ? code.panels() : code.slices()
  }
}

/// A convolution's sizes as a product, and its epilogue's space in OpenCL C: see `convolution.cl`.
private struct ConvolutionCode {
  let kernel: KernelCode
  let convolution: Convolution
  let rowAxis: PictureAxis
  let columnAxis: PictureAxis
  let space: IterationSpace
  let index: IndexType
  /// Whether the depth of the product is the places.
  let sumsPlaces: Bool
  /// What is looked at, and what it is multiplied with.
  let source: Shape
  let matrix: Shape
  /// (examples, channels, rows, columns); of a filter gradient (1, outputs, 1, taps).
  let result: Shape
  /// Places of a phase.
  let placeRows: Int
  let placeColumns: Int
  /// Of one group of channels and one phase.
  let rows: Int
  let columns: Int
  let depth: Int
  let sourceChannels: Int
  let tapRows: Int
  let tapColumns: Int

  init(kernel code: KernelCode, convolution: Convolution) {
    kernel = code
    self.convolution = convolution
    rowAxis = PictureAxis(convolution, 0)
    columnAxis = PictureAxis(convolution, 1)
    sumsPlaces = convolution.role == .filterGradient
    let groups = convolution.window.groups
    let filter = convolution.filter
    // Extents of 0 are of sums of nothing; what divides by them does not matter.
    tapRows = max(rowAxis.phases.map(\.count).max() ?? 0, 1)
    tapColumns = max(columnAxis.phases.map(\.count).max() ?? 0, 1)
    switch convolution.role {
    case .forward:
      (source, matrix, result) = (convolution.input, filter, convolution.output)
    case .inputGradient:
      (source, matrix, result) = (convolution.output, filter, convolution.input)
    case .filterGradient:
      (source, matrix) = (convolution.input, convolution.output)
      result = [1, filter[0], 1, filter[1] * filter[2] * filter[3]]
    }
    sourceChannels = source[1] / groups
    rows = result[1] / groups
    let seen = sumsPlaces ? convolution.output : result
    placeRows = (seen[2] + rowAxis.unit - 1) / rowAxis.unit
    placeColumns = (seen[3] + columnAxis.unit - 1) / columnAxis.unit
    let places = seen[0] * placeRows * placeColumns
    let taps = sourceChannels * tapRows * tapColumns
    (columns, depth) = sumsPlaces ? (taps, places) : (places, taps)

    let domain = code.kernel.domain
    let sizes = [result[0], result[1], result[2] * result[3]]
    space =
      IterationSpace(domain: domain, groups: sizes, accesses: code.accesses)
      ?? IterationSpace(domain: domain, accesses: code.accesses)
    // The operands' own elements count too.
    let reach = [(convolution.left, source), (convolution.right, matrix)].map { $0.offset + $1.elementCount }
    index = code.index(
      [(space, code.accesses)], places: max(sizes.reduce(1, *), reach.max()!, rows * columns, depth),
      reach: code.kernel.body.indirectReach)
  }

  private var groups: Int { convolution.window.groups }
  private var phaseCount: Int { rowAxis.phases.count * columnAxis.phases.count }

  // MARK: Variants

  func panels() -> KernelFunction {
    let tiles = kernel.tiles
    let panels = kernel.divided(columns, by: 32)
    // Few panels: rows are cut into more blocks, though each block gathers its panel again.
    var blocks = kernel.divided(rows, by: tiles.convolutionRows)
    while groups * phaseCount * blocks * panels < tiles.productGroups, rows >= 2 * blocks * tiles.tileRows {
      blocks += 1
    }
    let rowBlock = kernel.divided(rows, by: blocks)
    let tilesPerBlock = kernel.divided(rowBlock, by: tiles.tileRows)
    let tileRows = kernel.divided(rowBlock, by: tilesPerBlock)
    blocks = kernel.divided(rows, by: rowBlock)
    let run = [16, 8, 4].first { placeColumns % $0 == 0 } ?? 1
    let hasEdges = result[2] % rowAxis.unit != 0 || result[3] % columnAxis.unit != 0
    return function(
      KernelSource.convolutionCpu,
      [
        "ROW_BLOCKS": blocks, "PANELS": panels, "ROW_BLOCK": rowBlock, "TILE_ROWS": tileRows,
        "PADDED_ROWS": tilesPerBlock * tileRows, "DEPTH_BLOCK": tiles.productDepth, "RUN": run,
        "HAS_EDGES": hasEdges ? 1 : 0,
      ], groupCount: groups * phaseCount * blocks * panels)
  }

  func slices() -> KernelFunction {
    let tiles = kernel.tiles
    let across = 1 << ((tiles.groupSize.trailingZeroBitCount + 1) / 2)
    let down = tiles.groupSize / across
    func tileCount(_ edge: Int) -> (rows: Int, columns: Int) {
      (kernel.divided(rows, by: down * edge), kernel.divided(columns, by: across * edge))
    }
    let edge =
      tiles.itemEdges.first {
        groups * phaseCount * tileCount($0).rows * tileCount($0).columns >= tiles.fillingTiles
      } ?? tiles.itemEdges.min() ?? 1
    let count = tileCount(edge)
    var function = function(
      KernelSource.convolutionGpu,
      [
        "ROW_TILES": count.rows, "COLUMN_TILES": count.columns, "ITEMS_ACROSS": across, "ITEMS_DOWN": down,
        "ITEM_ROWS": edge, "ITEM_COLUMNS": edge, "TILE_ROWS": down * edge, "TILE_COLUMNS": across * edge,
        "RUN_ROWS": min(edge, 4), "RUN_COLUMNS": min(edge, 4), "DEPTH_STEP": tiles.depthStep,
        "GROUP_SIZE": tiles.groupSize,
      ], groupCount: groups * phaseCount * count.rows * count.columns)
    let slices = tiles.depthStep * ((down + across) * edge + 8)
    function.localByteCount = slices * convolution.type.byteCount
    return function
  }

  private func function(_ text: String, _ sizes: [String: Int], groupCount: Int) -> KernelFunction {
    let values = values.merging(sizes.mapValues(String.init)) { $1 }
    let source = [KernelSource.convolution, text].map {
      Template($0).filled(name: kernel.name, values: values, blocks: blocks)
    }
    return KernelFunction(name: kernel.name, source: source.joined(separator: "\n"), groupCount: groupCount)
  }

  // MARK: Hooks

  private var values: [String: String] {
    let filter = convolution.filter
    let taps = filter[2] * filter[3]
    let places = max(placeRows * placeColumns, 1)
    let (matrixRow, matrixChannel) =
      switch convolution.role {
      case .forward: (filter[1] * taps, taps)
      case .inputGradient: (taps, filter[1] * taps)
      case .filterGradient: (places, 0)
      }
    let rowSteps = Steps(rowAxis)
    let columnSteps = Steps(columnAxis)
    let numbers = [
      "ROWS": rows, "COLUMNS": columns, "DEPTH": depth, "PHASES": phaseCount, "PHASE_COLUMNS": columnAxis.phases.count,
      "SUMS_PLACES": sumsPlaces ? 1 : 0, "PLACE_ROWS": max(placeRows, 1), "PLACE_COLUMNS": max(placeColumns, 1),
      "SOURCE_CHANNELS": source[1], "SOURCE_ROWS": source[2], "SOURCE_COLUMNS": source[3],
      "SOURCE_GROUP": sourceChannels * source[2] * source[3],
      "MATRIX_GROUP": sumsPlaces ? rows * places : matrix.elementCount / groups,
      "MATRIX_ROW": matrixRow, "MATRIX_CHANNEL": matrixChannel, "MATRIX_EXAMPLE": matrix[1] * places,
      "FILTER_ROWS": filter[2], "FILTER_COLUMNS": filter[3], "TAPS_DOWN": tapRows, "TAPS_ACROSS": tapColumns,
      "STEP_DOWN": rowAxis.step, "STEP_ACROSS": columnAxis.step, "SHIFT_DOWN": rowSteps.shift,
      "SHIFT_ACROSS": columnSteps.shift, "TAP_DOWN": rowSteps.tap, "TAP_ACROSS": columnSteps.tap,
      "UNIT_DOWN": rowAxis.unit, "UNIT_ACROSS": columnAxis.unit, "RESULT_ROWS": result[2],
      "RESULT_COLUMNS": result[3], "RESULT_ROW_COUNT": sumsPlaces ? 1 : max(placeRows, 1),
      "RESULT_COLUMN_COUNT": sumsPlaces ? max(columns, 1) : max(placeColumns, 1),
    ]
    return numbers.mapValues(IndexType.literal).merging([
      "INDEX": index.name, "PARAMETERS": kernel.parameters, "TYPE": convolution.type.codeName,
      "VECTOR": convolution.type.codeName + "16", "SOURCE": text(convolution.left), "MATRIX": text(convolution.right),
      "PHASES_DOWN": rowSteps.table, "PHASES_ACROSS": columnSteps.table,
    ]) { $1 }
  }

  private func text(_ view: Convolution.TensorView) -> String {
    "a\(view.argument)" + (view.offset == 0 ? "" : " + \(IndexType.literal(view.offset))")
  }

  private var blocks: [String: [String]] {
    var coordinates: [String]
    if space.groupCount == 3 {
      coordinates = zip(0..., ["example", "channel", "place"]).flatMap {
        space.coordinates(ofGroup: $0, from: $1, index)
      }
    } else {
      let position =
        "const \(index.name) position = (example * \(result[1]) + channel) * \(result[2] * result[3]) + place;"
      coordinates = [position] + space.coordinates(ofGroup: 0, from: "position", index)
    }
    let body = ExpressionCode(
      expression: kernel.kernel.body, space: space, arguments: kernel.kernel.arguments, index: index,
      accumulators: ["result"])
    return [
      "VECTORIZED": kernel.vectorized, "COORDINATES": coordinates,
      "BODY": body.statements(storing: kernel.kernel.stores),
    ]
  }
}

/// The taps of an axis by what is the same for all its phases, and a table of the rest.
private struct Steps {
  /// From one tap of a phase to the next: in the filters, and in the source.
  let tap: Int
  let shift: Int
  /// For each phase its first tap, how many it has, and where the first one looks.
  let table: String

  init(_ axis: PictureAxis) {
    let pair = axis.phases.first { $0.count > 1 }
    tap = pair.map { $0[1].number - $0[0].number } ?? 0
    shift = pair.map { $0[1].shift - $0[0].shift } ?? 0
    table = axis.phases.map { "\($0.first?.number ?? 0), \($0.count), \($0.first?.shift ?? 0)" }
      .joined(separator: ", ")
  }
}
