/// What all pages have in common: one file that needs nothing else, not even the network.
enum Page {
  /// A page of sections, of which empty ones are left out.
  static func html(title: String, _ sections: [String]) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title><style>\(style)</style></head><body><main>
    <h1>\(escaped(title))</h1>
    \(sections.filter { !$0.isEmpty }.joined(separator: "\n"))
    </main></body></html>

    """
  }

  /// Rows of a name and its value.
  static func table(_ rows: [(String, String)]) -> String { table(rows.map { [$0.0, $0.1] }) }

  /// Rows whose first cell is their name; the first row may name the columns.
  static func table(_ rows: [[String]], heading: [String] = []) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      let rest = cells.dropFirst().map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined()
      return "<tr><th>\(escaped(cells.first ?? ""))</th>\(rest)</tr>"
    }
    let head = heading.isEmpty ? "" : row(heading, "th")
    return "<div class=\"scroll\"><table>\(head)\(rows.map { row($0, "td") }.joined())</table></div>"
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}
