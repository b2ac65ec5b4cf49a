/// An array that stays in its file, of which rows are read when they are needed.
///
/// Rows are read with `pread` and not mapped: mapped pages count as memory of the process.
final class ArraySection: Sendable {
  private let file: InputFile
  /// Where the elements begin.
  private let offset: Int
  private let elements: StoredElements
  private let storedShape: [Int]
  private let layout: PictureLayout

  /// - Parameters:
  ///   - shape: of the array in the file, of which `layout` was made.
  init(
    _ file: consuming InputFile, offset: Int, elements: StoredElements, shape: [Int], layout: PictureLayout
  ) {
    self.file = file
    (self.offset, self.elements) = (offset, elements)
    (storedShape, self.layout) = (shape, layout)
  }

  var type: DataArray.ElementType { elements.type }
  var rowCount: Int { storedShape[0] }
  var datumShape: [Int] { layout.datumShape }
  private var rowByteCount: Int { storedShape.dropFirst().reduce(elements.byteCount, *) }

  /// Some rows in the order asked for, (rows, datum's shape); throws where numbers are missing.
  func read(_ rows: [Int]) throws(DataError) -> DataArray {
    let size = rowByteCount
    var stored = [UInt8](repeating: 0, count: rows.count * size)
    // In the file's order, and what is side by side there at once.
    let places = rows.indices.sorted { (rows[$0], $0) < (rows[$1], $1) }
    var next = 0
    while next < places.count {
      var end = next + 1
      while end < places.count, rows[places[end]] - rows[places[end - 1]] <= 1 { end += 1 }
      let first = rows[places[next]]
      let run = try file.read(at: offset + first * size, count: (rows[places[end - 1]] - first + 1) * size)
      if end - next == rows.count, rows.count * size == run.count, places == Array(rows.indices) {
        stored = run
      } else {
        for place in places[next..<end] {
          let start = (rows[place] - first) * size
          stored.replaceSubrange(place * size..<(place + 1) * size, with: run[start..<start + size])
        }
      }
      next = end
    }
    try file.requireUnchanged()
    let array = DataArray(
      bytes: elements.decoded(stored), type: type, shape: [rows.count] + storedShape.dropFirst())
    guard !array.hasMissing else {
      throw .unsupported(
        path: file.path, found: "a missing number (NaN) in data that are read by batches",
        supported: "data in memory may lack some: --resident always")
    }
    return layout.arranged(array)
  }

  /// Whether two are the same place of the same file.
  static func isSame(_ first: ArraySection, _ second: ArraySection) -> Bool {
    first.file.path == second.file.path && first.offset == second.offset && first.elements == second.elements
      && first.storedShape == second.storedShape
  }
}
