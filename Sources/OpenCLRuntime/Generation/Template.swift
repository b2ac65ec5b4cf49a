/// A kernel file with hooks: identifiers in capitals that stand for something that differs from kernel to kernel.
///
/// Four rules fill it:
/// - an identifier that has a value is replaced by it, wherever it stands;
/// - so is `KERNEL_NAME` at the beginning of a longer one, so that each kernel has helpers of its own;
/// - a line that holds nothing but an identifier and a semicolon, and has a block, becomes the block's lines;
/// - a line with identifiers that end in `_I` is written once for each item of a list, with `_I` as `_0`, `_1`, …: that
///   is how one file serves any number of accumulators.
struct Template {
  private let lines: [Substring]

  /// The comment with which a file opens explains the file and is not part of the kernel.
  init(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    self.lines = Array(lines.drop { $0.hasPrefix("//") || $0.isEmpty })
  }

  /// - Parameters:
  ///   - name: What `KERNEL_NAME` stands for.
  ///   - values: What identifiers are replaced by.
  ///   - blocks: What lines are replaced by.
  ///   - items: For each item, what its identifiers are replaced by, named as in the file: `TYPE_I`.
  func filled(
    name: String, values: [String: String], blocks: [String: [String]], items: [[String: String]] = []
  ) -> String {
    var result: [String] = []
    for line in lines {
      let content = line.drop { $0 == " " }
      if content.last == ";", let block = blocks[String(content.dropLast())] {
        result += block.map { line.prefix(line.count - content.count) + $0 }
        continue
      }
      let pieces = Self.pieces(of: line)
      let isRepeated = pieces.contains { $0.hasSuffix("_I") }
      for number in isRepeated ? items.indices : 0..<1 {
        let filled = pieces.map { piece in
          if let value = (isRepeated ? items[number][piece] : nil) ?? values[piece] { return value }
          if piece.hasPrefix("KERNEL_NAME") { return name + piece.dropFirst("KERNEL_NAME".count) }
          return isRepeated && piece.hasSuffix("_I") ? piece.dropLast() + "\(number)" : piece
        }
        result.append(filled.joined())
      }
    }
    return result.joined(separator: "\n")
  }

  /// The line cut into identifiers (and numbers) and what stands between them.
  private static func pieces(of line: Substring) -> [String] {
    var pieces: [String] = []
    var isInWord = false
    for character in line {
      let isWord = character.isLetter || character.isNumber || character == "_"
      if isWord == isInWord, !pieces.isEmpty {
        pieces[pieces.count - 1].append(character)
      } else {
        pieces.append(String(character))
      }
      isInWord = isWord
    }
    return pieces
  }
}
