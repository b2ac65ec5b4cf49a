import Graphs
import Kernels
import Plans
import Runtime

extension KernelCode {
  func matmul(_ contraction: Contraction, device: String) throws -> KernelFunction {
    for product in contraction.products {
      for view in [product.left, product.right] where kernel.arguments[view.argument] != contraction.type {
        throw RuntimeError.unsupported(
          "a product of \(kernel.arguments[view.argument]) in \(contraction.type)", device: device)
      }
    }
    let code = ContractionCode(kernel: self, contraction: contraction)
    return variant == .cpu ? code.panels() : code.slices()
  }
}

/// A contraction's sizes, and its epilogue's space in OpenCL C.
private struct ContractionCode {
  let kernel: KernelCode
  let contraction: Contraction
  let space: IterationSpace
  let index: IndexType

  init(kernel code: KernelCode, contraction: Contraction) {
    let kernel = code.kernel
    self.kernel = code
    self.contraction = contraction
    let sizes = [contraction.batch, contraction.rows, contraction.columns]
    space =
      IterationSpace(domain: kernel.domain, groups: sizes, accesses: code.accesses)
      ?? IterationSpace(domain: kernel.domain, accesses: code.accesses)
    // The matrices' own elements count too.
    let views = contraction.products.flatMap { product in
      [
        Self.reach(product.left, sizes[0], sizes[1], product.depth),
        Self.reach(product.right, sizes[0], product.depth, sizes[2]),
      ]
    }
    index = code.index(
      [(space, code.accesses)], places: max(sizes.reduce(1, *), views.max() ?? 0), reach: kernel.body.indirectReach)
  }

  private static func reach(_ view: MatrixView, _ batch: Int, _ rows: Int, _ columns: Int) -> Int {
    view.offset + (batch - 1) * abs(view.batchStride) + (rows - 1) * abs(view.rowStride)
      + (columns - 1) * abs(view.columnStride)
  }

  // MARK: Variants

  func panels() -> KernelFunction {
    let tiles = kernel.tiles
    let panels = kernel.divided(contraction.columns, by: 32)
    // Few panels: rows are cut into more blocks, though each block packs its panel again.
    var blocks = kernel.divided(contraction.rows, by: tiles.productRows)
    while contraction.batch * blocks * panels < tiles.productGroups,
      contraction.rows >= 2 * blocks * tiles.tileRows
    {
      blocks += 1
    }
    let rowBlock = kernel.divided(contraction.rows, by: blocks)
    let tilesPerBlock = kernel.divided(rowBlock, by: tiles.tileRows)
    let tileRows = kernel.divided(rowBlock, by: tilesPerBlock)
    blocks = kernel.divided(contraction.rows, by: rowBlock)
    let source = Template(KernelSource.matmulCpu).filled(
      name: kernel.name,
      values: values([
        "ROW_BLOCKS": blocks, "PANELS": panels, "ROW_BLOCK": rowBlock, "TILE_ROWS": tileRows,
        "PADDED_ROWS": tilesPerBlock * tileRows, "DEPTH_BLOCK": tiles.productDepth,
      ]).merging(["VECTOR": contraction.type.codeName + "16"]) { $1 },
      blocks: self.blocks { number in "\(kernel.name)_product(totals_\(number), \(views(number)), rows, columns);" },
      items: items)
    return KernelFunction(name: kernel.name, source: source, groupCount: contraction.batch * blocks * panels)
  }

  func slices() -> KernelFunction {
    let tiles = kernel.tiles
    let across = 1 << ((tiles.groupSize.trailingZeroBitCount + 1) / 2)
    let down = tiles.groupSize / across
    func count(_ edge: Int) -> (rows: Int, columns: Int) {
      (
        kernel.divided(contraction.rows, by: down * edge), kernel.divided(contraction.columns, by: across * edge)
      )
    }
    // Accumulators of every product stay in registers: several products have smaller shares.
    let edges = tiles.itemEdges.filter { $0 * $0 * contraction.products.count <= 64 }
    let smallest = tiles.itemEdges.min() ?? 1
    let edge =
      edges.first { contraction.batch * count($0).rows * count($0).columns >= tiles.fillingTiles } ?? smallest
    let tileCount = count(edge)
    let source = Template(KernelSource.matmulGpu).filled(
      name: kernel.name,
      values: values([
        "ROW_TILES": tileCount.rows, "COLUMN_TILES": tileCount.columns, "ITEMS_ACROSS": across, "ITEMS_DOWN": down,
        "ITEM_ROWS": edge, "ITEM_COLUMNS": edge, "TILE_ROWS": down * edge, "TILE_COLUMNS": across * edge,
        "RUN_ROWS": min(edge, 4), "RUN_COLUMNS": min(edge, 4), "DEPTH_STEP": tiles.depthStep,
        "GROUP_SIZE": tiles.groupSize,
      ]),
      blocks: blocks { number in
        "\(kernel.name)_product(sums_\(number), item, left_slice, right_slice, \(views(number)), "
          + "\(contraction.rows) - first_row, \(contraction.columns) - first_column);"
      },
      items: items)
    let slices = tiles.depthStep * ((down + across) * edge + 8)
    return KernelFunction(
      name: kernel.name, source: source, groupCount: contraction.batch * tileCount.rows * tileCount.columns,
      localByteCount: slices * contraction.type.byteCount)
  }

  // MARK: Hooks

  private func values(_ sizes: [String: Int]) -> [String: String] {
    let isFloat = contraction.type.isFloatingPoint
    return sizes.mapValues(String.init).merging(
      [
        "INDEX": index.name, "PARAMETERS": kernel.parameters, "TYPE": contraction.type.codeName,
        "ROWS": "\(contraction.rows)", "COLUMNS": "\(contraction.columns)",
        "MULTIPLY_ADD": isFloat ? "fma" : "MULTIPLY_ADD_EXACTLY",
      ]) { $1 }
  }

  private func blocks(_ call: (Int) -> String) -> [String: [String]] {
    var coordinates: [String]
    if space.groupCount == 3 {
      coordinates = zip(0..., ["batch", "row", "column"]).flatMap { space.coordinates(ofGroup: $0, from: $1, index) }
    } else {
      let place = "const \(index.name) place = (batch * \(contraction.rows) + row) * \(contraction.columns) + column;"
      coordinates = [place] + space.coordinates(ofGroup: 0, from: "place", index)
    }
    let body = ExpressionCode(
      expression: kernel.kernel.body, space: space, arguments: kernel.kernel.arguments, index: index,
      accumulators: contraction.products.indices.map { "product_\($0)" })
    return [
      "VECTORIZED": kernel.vectorized, "COORDINATES": coordinates,
      "BODY": body.statements(storing: kernel.kernel.stores),
      "PRODUCTS": contraction.products.indices.map { call($0) },
    ]
  }

  /// One empty item for each product: their lines differ in nothing but the number.
  private var items: [[String: String]] { contraction.products.map { _ in [:] } }

  /// The matrices of a product as arguments: where this group's rows and columns begin, and the strides.
  private func views(_ number: Int) -> String {
    let product = contraction.products[number]
    func start(_ view: MatrixView, _ terms: [(String, Int)]) -> String {
      let steps = ([("batch", view.batchStride)] + terms).filter { $0.1 != 0 }.map {
        $0.1 == 1 ? " + \($0.0)" : " + \($0.0) * \(IndexType.literal($0.1))"
      }
      return "a\(view.argument)" + (view.offset == 0 ? "" : " + \(IndexType.literal(view.offset))") + steps.joined()
    }
    let left = product.left
    let right = product.right
    return [
      start(left, [("first_row", left.rowStride)]), "\(left.rowStride)", "\(left.columnStride)",
      start(right, [("first_column", right.columnStride)]), "\(right.rowStride)", "\(right.columnStride)",
      "\(product.depth)",
    ].joined(separator: ", ")
  }
}
