/// A text file of rows of cells, the first row naming the columns (RFC 4180).
///
/// Cells are separated by commas, semicolons or tabs, whichever the first row has most of; a cell in quotation marks may
/// hold any of them and line ends, and a quotation mark as two. Spaces around a cell are not part of it, empty lines are
/// left out.
struct CSV {
  let path: String
  /// The names of the columns.
  let header: [String]
  private let bytes: [UInt8]
  let separator: UInt8
  /// Where the rows after the header begin.
  private let start: (offset: Int, line: Int)

  /// A cell of a row.
  struct Cell {
    fileprivate let range: Range<Int>
    fileprivate let isQuoted: Bool
  }

  static let expected = "a CSV file: a row of names of columns, then a row for each datum"

  init(_ path: String) throws(DataError) {
    try self.init(InputFile.read(path, expected: Self.expected), path: path)
  }

  /// Takes the bytes of a file and reads its header; `path` is for messages.
  init(_ stored: [UInt8], path: String) throws(DataError) {
    self.path = path
    // A byte order mark, as spreadsheets write it.
    bytes = stored.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(stored.dropFirst(3)) : stored
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    separator = [",", ";", "\t"].map { UInt8(ascii: $0) }.max { first, second in
      line.count { $0 == first } < line.count { $0 == second }
    }!
    var reader = Reader(bytes: bytes, separator: separator, path: path)
    guard let (_, cells) = try reader.next() else { throw .empty(path: path, expected: Self.expected) }
    let names = cells.map { Self.text($0, of: reader.bytes) }
    start = (reader.offset, reader.line)
    header = names
    if let place = names.firstIndex(where: \.isEmpty) {
      throw .malformed(path: path, found: "column \(place + 1) without a name", expected: Self.expected)
    }
    if names.allSatisfy({ Double($0) != nil }) {
      throw .malformed(path: path, found: "numbers in its first row", expected: Self.expected)
    }
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw .malformed(path: path, found: "two columns of the name \(name)", expected: "each name once")
    }
  }

  /// Calls `body` with every row after the header and the number of the line that it begins on, counted from 1.
  func forEachRow(_ body: (_ line: Int, _ cells: [Cell]) throws(DataError) -> Void) throws(DataError) {
    var reader = Reader(bytes: bytes, separator: separator, path: path, offset: start.offset, line: start.line)
    while let (line, cells) = try reader.next() {
      guard cells.count == header.count else {
        throw .malformed(
          path: path, found: "\(cells.count) cells on line \(line)", expected: "\(header.count) as in its first row")
      }
      try body(line, cells)
    }
  }

  /// What a cell says.
  func text(_ cell: Cell) -> String { Self.text(cell, of: bytes) }

  private static func text(_ cell: Cell, of bytes: [UInt8]) -> String {
    let text = String(decoding: bytes[cell.range], as: UTF8.self)
    return cell.isQuoted ? text.replacing("\"\"", with: "\"") : text
  }

  /// Cuts bytes into rows.
  private struct Reader {
    let bytes: [UInt8]
    let separator: UInt8
    let path: String
    var offset = 0
    var line = 1

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let quote = UInt8(ascii: "\"")

    /// The next row that is not empty and the line that it begins on; nil at the end.
    mutating func next() throws(DataError) -> (line: Int, cells: [Cell])? {
      while offset < bytes.count {
        let first = line
        var cells: [Cell] = []
        repeat { cells.append(try cell()) } while takes(separator)
        let hasReturn = takes(Self.carriageReturn)
        guard offset == bytes.count || takes(Self.newline) else {
          guard !hasReturn else {
            throw .malformed(
              path: path, found: "a carriage return without a line feed after it on line \(line)",
              expected: "lines that end with a line feed")
          }
          throw .malformed(
            path: path, found: "text after a quotation mark that closes a cell on line \(line)",
            expected: "a separator or the line's end")
        }
        line += 1
        if cells.count > 1 || !cells[0].range.isEmpty || cells[0].isQuoted { return (first, cells) }
      }
      return nil
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
      guard offset < bytes.count, bytes[offset] == byte else { return false }
      offset += 1
      return true
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 && separator != 0x09 }

    /// One cell, up to what follows it.
    private mutating func cell() throws(DataError) -> Cell {
      while offset < bytes.count, isSpace(bytes[offset]) { offset += 1 }
      guard takes(Self.quote) else {
        let start = offset
        while offset < bytes.count, ![separator, Self.newline, Self.carriageReturn].contains(bytes[offset]) {
          offset += 1
        }
        var end = offset
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return Cell(range: start..<end, isQuoted: false)
      }
      let (start, first) = (offset, line)
      while offset < bytes.count {
        if bytes[offset] == Self.newline { line += 1 }
        guard takes(Self.quote) else {
          offset += 1
          continue
        }
        if takes(Self.quote) { continue }
        let end = offset - 1
        while offset < bytes.count, isSpace(bytes[offset]) { offset += 1 }
        return Cell(range: start..<end, isQuoted: true)
      }
      throw .malformed(
        path: path, found: "a quotation mark on line \(first) that nothing closes",
        expected: "another one at the cell's end")
    }
  }
}
