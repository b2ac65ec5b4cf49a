import Foundation

/// One source file and what it says that matters to the order of the targets.
struct SourceFile {
  /// Path relative to the checkout.
  let path: String
  /// The text with its line comments and what stands in literals of many lines blanked: a name in prose is no use of it.
  let code: String
  /// The modules that a Swift file imports, in any form: with attributes, an access level, a kind, a submodule.
  let imports: Set<String>
  /// The headers that a C file includes by quotes: those of this package.
  let ownHeaders: Set<String>

  init(path: String, text: String) {
    let lines = Self.withoutLiterals(text.split(separator: "\n", omittingEmptySubsequences: false))
      .map { line in line.range(of: "//").map { line[..<$0.lowerBound] } ?? line }
    let attribute = "(?:@\\w+(?:\\([^)]*\\))?\\s+)*"
    let access = "(?:(?:public|package|internal|fileprivate|private)\\s+)?"
    let kind = "(?:(?:struct|class|enum|protocol|typealias|func|let|var)\\s+)?"
    self.path = path
    code = lines.joined(separator: "\n")
    imports = Self.names(in: lines, after: "^\\s*\(attribute)\(access)import\\s+\(kind)(\\w+)")
    ownHeaders = Self.names(in: lines, after: "^\\s*#\\s*include\\s*\"([^\"]+)\"")
  }

  /// Lines between `"""` and `"""`, or with hashes before the one and after the other, become empty.
  private static func withoutLiterals(_ lines: [Substring]) -> [Substring] {
    var ending: String?
    return lines.map { line in
      if let end = ending {
        if line.drop(while: { $0 == " " }).hasPrefix(end) { ending = nil }
        return ""
      }
      let hashes = line.firstMatch(of: /(#*)"""$/)?.output.1
      ending = hashes.map { "\"\"\"" + $0 }
      return line
    }
  }

  /// What the pattern's one group matches, over all lines.
  private static func names(in lines: [Substring], after pattern: String) -> Set<String> {
    guard let regex = try? NSRegularExpression(pattern: pattern) else { preconditionFailure(pattern) }
    return Set(
      lines.compactMap { line in
        let line = String(line)
        let match = regex.firstMatch(in: line, range: NSRange(line.startIndex..., in: line))
        return match.flatMap { Range($0.range(at: 1), in: line) }.map { String(line[$0]) }
      })
  }
}
