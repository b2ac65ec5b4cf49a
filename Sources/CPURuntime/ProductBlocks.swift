import CVectorLoops
import Plans

/// Which rows and columns of a product a block has: enough work to outweigh what is copied for each block, little enough
/// for threads to share.
struct ProductBlocks {
  let contraction: Contraction
  /// The longest of the products.
  let depth: Int
  /// Operations of all of them, for one matrix of the batch.
  let work: Int
  /// The products whose right operand has been copied into panels, so that a block need not.
  let packed: Set<Int>
  private(set) var rowPieces = 1
  private(set) var columnPieces = 1

  /// Columns of a line of the cache, and of the widest panel.
  private static let columnUnit = 16
  static let panelUnit = 32
  /// Operations below which a product is not shared, and operations that a block should have at least.
  private static let (sharedWork, leastWork) = (300_000, 400_000)
  /// Rows of two and of seven of the tiles for AVX-512, and blocks that rows should give.
  private static let (rowsOfTwoTiles, rowsOfSevenTiles, leastBlocks) = (28, 98, 20)
  /// Elements of a block that its epilogue finds in the second-level cache.
  private static let blockElements = 64 * 1024

  private var rows: Int { max(contraction.rows, 1) }
  private var columns: Int { max(contraction.columns, 1) }

  init(_ contraction: Contraction, isOwnProduct: Bool, packed: Set<Int>, hasEpilogue: Bool) {
    self.contraction = contraction
    self.packed = packed
    depth = max(contraction.products.reduce(0) { max($0, $1.depth) }, 1)
    work = 2 * max(contraction.rows, 1) * max(contraction.columns, 1) * contraction.products.reduce(0) { $0 + $1.depth }
    if isOwnProduct { cutIntoPanels(hasEpilogue: hasEpilogue) } else { cutLongerSide(hasEpilogue: hasEpilogue) }
  }

  /// The grid over rows that are reduced where they are made: blocks of some tiles' rows, whose result stays in the
  /// second-level cache, and enough of them for threads to share.
  static func rowGrid(_ extents: [Int], of contraction: Contraction) -> BlockGrid {
    let elements = max(contraction.columns * contraction.products.count, 1)
    let wanted = max(
      rowsOfTwoTiles, min(rowsOfSevenTiles, 5 * blockElements / 4 / elements, contraction.rows / leastBlocks))
    var grid = BlockGrid(extents)
    grid.cut(extents.indices, max(1, (contraction.rows + wanted / 2) / wanted), unit: 1)
    return grid
  }

  /// For our own product: each block copies its columns of the right operand, so columns are cut freely, and rows only
  /// so that the block's rows of the left operand, and its result, stay in the second-level cache.
  private mutating func cutIntoPanels(hasEpilogue: Bool) {
    /// Elements of the left operand that a block should have at most, and operations from which on rows are cut too.
    let (leftElements, mostWork) = (128 * 1024, 8_000_000)
    let isTransposed = contraction.products.contains { $0.left.columnStride != 1 }
    let slice = min(depth, isTransposed ? 256 : 1024)
    if hasEpilogue, isTransposed, rows >= 4 * Self.rowsOfTwoTiles, columns > Self.rowsOfTwoTiles {
      // Gradients of weights and what an optimizer makes of them: whole rows lie side by side in memory, and for two
      // tiles of them nothing is copied. Each block reads all of a deep right operand, so it has more of them there.
      let blockRows = depth > slice ? Self.rowsOfSevenTiles : Self.rowsOfTwoTiles
      rowPieces = (rows + blockRows - 1) / blockRows
      columnPieces = max(1, columns * blockRows / Self.blockElements)
      return
    }
    let panels = (columns + 31) / 32
    rowPieces = max((rows * slice + leftElements - 1) / leftElements, 1)
    // For so many rows a right operand whose rows lie side by side is not copied.
    let isRightPlain = contraction.products.enumerated().allSatisfy { number, product in
      product.right.columnStride == 1 || packed.contains(number)
    }
    if isRightPlain, !isTransposed { rowPieces = max(rowPieces, (rows + 127) / 128) }
    columnPieces = min(max(work / rowPieces / Self.leastWork, 1), panels)
    let width = (columns + columnPieces - 1) / columnPieces * contraction.products.count
    rowPieces = max(rowPieces, work / columnPieces / mostWork, rows * width / Self.blockElements)
    if rowPieces * columnPieces == 1, work >= Self.sharedWork { rowPieces = 2 }
  }

  /// For OpenBLAS, which copies both operands: the longer side of the result is cut, again and again.
  private mutating func cutLongerSide(hasEpilogue: Bool) {
    let (blockWork, mostBlocks) = (20_000_000, 64)
    var pieces = min(max(work / blockWork, work < Self.sharedWork ? 1 : 2), mostBlocks)
    if hasEpilogue { pieces = max(pieces, rows * columns * contraction.products.count / Self.blockElements) }
    while rowPieces * columnPieces < pieces {
      if columns / columnPieces >= rows / rowPieces { columnPieces += 1 } else { rowPieces += 1 }
    }
  }

  /// The grid over a space of `ranks` dimensions of the batch, of rows and of columns.
  func grid(_ space: IterationSpace, ranks: [Int]) -> BlockGrid {
    let elements = rows * columns * contraction.products.count
    // Products of little work share a block.
    let perBlock =
      rowPieces * columnPieces > 1 ? 1 : max(1, min(Self.leastWork / max(work, 1), Self.blockElements / elements))
    var grid = BlockGrid(space.extents)
    grid.cut(0..<ranks[0], (contraction.batch + perBlock - 1) / perBlock, unit: 1)
    grid.cut(ranks[0]..<ranks[0] + ranks[1], rowPieces, unit: 4)
    grid.cut(ranks[0] + ranks[1]..<space.rank, columnPieces, unit: packed.isEmpty ? Self.columnUnit : Self.panelUnit)
    return grid
  }
}
