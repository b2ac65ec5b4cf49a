extension StringProtocol {
  /// A paragraph in lines of at most so many characters, broken between words; a longer word has a line of its own.
  package func lines(ofWidth width: Int) -> [String] {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
