/// Where a key of the outermost object stands in a file of JSON: `3:5`, line and column from 1.
struct KeyPlace: CustomStringConvertible {
  let line: Int
  let column: Int

  var description: String { "\(line):\(column)" }

  /// nil where the object has no such key.
  init?(of key: String?, in json: [UInt8]) {
    guard let key else { return nil }
    var (depth, line, lineStart, place) = (0, 1, 0, 0)
    while place < json.count {
      switch json[place] {
      case UInt8(ascii: "\n"): (line, lineStart) = (line + 1, place + 1)
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let start = place
        place += 1
        while place < json.count, json[place] != UInt8(ascii: "\"") {
          place += json[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        let next = json[min(place + 1, json.count)...].first { !$0.isSpace }
        let text = json[start + 1..<max(start + 1, min(place, json.count))]
        if depth == 1, next == UInt8(ascii: ":"), text.elementsEqual(key.utf8) {
          self.line = line
          column = start - lineStart + 1
          return
        }
      default: break
      }
      place += 1
    }
    return nil
  }
}

extension UInt8 {
  fileprivate var isSpace: Bool { [0x20, 0x09, 0x0A, 0x0D].contains(self) }
}
