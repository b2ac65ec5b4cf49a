import CVectorLoops

/// A space cut into blocks by its shape alone: results must not depend on the threads.
///
/// Along each dimension there are `counts` blocks of whole `units`, as even as can be, so that threads that take one each
/// are done at the same time.
struct BlockGrid {
  let extents: [Int]
  private(set) var counts: [Int]
  private(set) var units: [Int]

  /// The whole space as one block.
  init(_ extents: [Int]) {
    self.extents = extents
    counts = extents.map { _ in 1 }
    units = counts
  }

  /// Blocks of about `size` places, filled from the last dimension on, and within it by whole lines of the cache.
  init(_ extents: [Int], blockSize size: Int) {
    self.init(extents)
    var room = max(size, 1)
    for d in extents.indices.reversed() {
      let extent = max(extents[d], 1)
      cut(d, (extent + room - 1) / room, unit: d == extents.count - 1 ? 16 : 1)
      // A line of the cache is not cut, however little room there is.
      room = counts[d] > 1 ? 1 : max(room / extent, 1)
    }
  }

  /// The same with further dimensions, which are not cut.
  func extended(by extents: [Int]) -> BlockGrid {
    var grid = BlockGrid(self.extents + extents)
    grid.counts.replaceSubrange(counts.indices, with: counts)
    grid.units.replaceSubrange(units.indices, with: units)
    return grid
  }

  /// Cuts a dimension into `count` pieces, or as many as it has units.
  mutating func cut(_ d: Int, _ count: Int, unit: Int) {
    let units = max((extents[d] + unit - 1) / unit, 1)
    self.units[d] = count > 1 ? unit : 1
    counts[d] = max(1, min(count, units))
  }

  /// Cuts neighbouring dimensions, whose places are counted through them, into about `count` ranges of that count.
  mutating func cut(_ dimensions: Range<Int>, _ count: Int, unit: Int) {
    var rest = count
    for d in dimensions where rest > 1 {
      cut(d, rest, unit: d == dimensions.upperBound - 1 ? unit : 1)
      // What lies inside is cut only where each place of this dimension is a piece of its own.
      rest = counts[d] == extents[d] ? (rest + counts[d] - 1) / counts[d] : 1
    }
  }

  /// The extents of the largest block.
  var largest: [Int] {
    extents.indices.map { d in
      let units = (extents[d] + self.units[d] - 1) / self.units[d]
      return min(max(extents[d], 1), (units + counts[d] - 1) / counts[d] * self.units[d])
    }
  }

  /// Blocks that something has to be done in.
  var blockCount: Int { extents.contains(0) ? 0 : counts.reduce(1, *) }

  /// The strides of elements that lie row-major with the extents of the largest block.
  var strides: [Int] {
    let largest = largest
    var strides = [Int](repeating: 1, count: largest.count)
    for d in largest.indices.dropLast().reversed() { strides[d] = strides[d + 1] * largest[d + 1] }
    return strides
  }

  var table: elbo_grid {
    var grid = elbo_grid()
    grid.rank = Int32(extents.count)
    store(extents, in: &grid.extent)
    store(counts, in: &grid.count)
    store(units, in: &grid.unit)
    store(largest, in: &grid.largest)
    return grid
  }
}

/// Fills the array of a C struct, which Swift sees as a tuple.
func store<Tuple: BitwiseCopyable>(_ values: [Int], in tuple: inout Tuple) {
  withUnsafeMutableBytes(of: &tuple) { bytes in
    for (d, value) in values.enumerated() { bytes.storeBytes(of: Int64(value), toByteOffset: d * 8, as: Int64.self) }
  }
}
