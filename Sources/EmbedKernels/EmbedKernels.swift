import FoundationEssentials

/// `EmbedKernels OUTPUT FILE…`: writes an extension of `KernelSource` that holds each file as a static string.
@main
enum EmbedKernels {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let output = arguments.first else { fatalError("usage: EmbedKernels OUTPUT FILE...") }

    let members = try arguments.dropFirst().map { path in
      let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
      let file = URL(filePath: path).lastPathComponent
      return "  /// The text of `\(file)`.\n  public static let \(memberName(of: file)) = \(rawLiteral(text))\n"
    }
    let source = "extension KernelSource {\n" + members.joined(separator: "\n") + "}\n"
    try source.write(to: URL(filePath: output), atomically: true, encoding: .utf8)
  }

  /// `elbo_math.h` is `elboMath`: the file's name without its extension, in lower camel case.
  static func memberName(of file: String) -> String {
    let stem = file.prefix { $0 != "." }
    let words = stem.split(separator: "_")
    return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// A Swift literal of exactly `text`, whatever it contains.
  ///
  /// Raw strings end, escape and interpolate only with as many number signs as they began with, so one sign more than
  /// the longest run in the text is always enough.
  static func rawLiteral(_ text: String) -> String {
    var longestRun = 0
    var run = 0
    for character in text.utf8 {
      run = character == UInt8(ascii: "#") ? run + 1 : 0
      longestRun = max(longestRun, run)
    }
    let signs = String(repeating: "#", count: longestRun + 1)
    return "\(signs)\"\"\"\n\(text)\n\"\"\"\(signs)"
  }
}
