import Runtime

/// The numbers by which kernels are cut into groups. They are data: results depend on them only through the order of
/// sums, so a program remembers which it was made with.
struct TileParameters: Hashable, Sendable {
  // Devices of CPU type.
  /// Places of a map or a row-wise reduction that one group computes, about.
  var placesPerGroup = 2048
  /// Values of a row that a reduction keeps at once.
  var reductionTile = 256
  /// Columns, and rows added plainly, of a column-wise reduction.
  var reductionColumns = 64
  var reductionRows = 32
  /// Rows of a matrix product that share a packed panel, at most, and rows of a tile, at most.
  var productRows = 128
  var tileRows = 13
  /// Depth of a packed panel.
  var productDepth = 128
  /// Rows of a convolution that share a panel, at most: gathering one costs more than packing does.
  var convolutionRows = 256
  /// Groups that a matrix product has at least, if it is large enough to be cut so often.
  var productGroups = 8

  // GPUs.
  /// Work-items of every group: a power of 2.
  var groupSize = 256
  /// Places of a map's work-item once the map has `fillingPlaces`.
  var placesPerItem = 4
  var fillingPlaces = 1 << 20
  /// Places that a lane of a reduction reads at once.
  var placesPerTurn = 4
  /// Lanes of a column-wise reduction.
  var columnLanes = 8
  /// Rows and columns of a matrix product's work-item, at most: the largest that gives at least `fillingTiles` tiles.
  var itemEdge = 8
  var fillingTiles = 128
  /// Depth of a slice in local memory.
  var depthStep = 16

  /// What `itemEdge` allows, the largest first.
  var itemEdges: [Int] { [8, 4, 2].filter { $0 <= itemEdge } }

  /// The best numbers known for a device: its own, else its vendor's, else those that do for any.
  static func best(for device: DeviceDescription) -> TileParameters {
    let match = known.first { entry in
      switch entry.level {
      case .device(let name): device.name == name
      case .vendor(let name): device.vendor.contains(name)
      }
    }
    return match?.parameters ?? TileParameters()
  }

  /// The same for a device whose groups are smaller: the largest power of 2 that it takes.
  func limited(toGroupsOf largest: Int) -> TileParameters {
    var limited = self
    while limited.groupSize > max(largest, 1) { limited.groupSize /= 2 }
    return limited
  }

  private enum Level {
    case device(String)
    case vendor(String)
  }

  /// Devices stand before vendors.
  private static let known: [(level: Level, parameters: TileParameters)] = [
    (.vendor("NVIDIA"), TileParameters())
  ]
}
