import Elbo
import FoundationEssentials
import Glibc
import Synchronization

/// Where a verb's words go: results to standard output, progress and messages to standard error.
///
/// A *status line* is the last line of a terminal, rewritten in place; a message that comes meanwhile is written above
/// it. Where standard error is no terminal there is no status line.
final class Console: Sendable {
  /// What standard error is.
  struct Surface: Sendable {
    var isTerminal: Bool
    var usesColor: Bool
    /// Columns, read anew for every status line: a window is resized while a model trains.
    var width: @Sendable () -> Int

    /// A file or pipe.
    static let plain = Surface(isTerminal: false, usesColor: false, width: { 80 })
  }

  /// Escape sequences, or nothing where there is no colour.
  enum Style: String {
    case red = "\u{1B}[31m"
    case green = "\u{1B}[32m"
    case bold = "\u{1B}[1m"
  }

  let surface: Surface
  /// Whether standard output is JSON alone.
  let isJSON: Bool
  /// Whether progress and messages are left out.
  let isQuiet: Bool

  private let output: @Sendable (String) -> Void
  private let error: @Sendable (String) -> Void
  private let statusLine = Mutex("")

  /// A console that writes through two closures.
  init(
    surface: Surface = .plain, json: Bool = false, quiet: Bool = false, output: @escaping @Sendable (String) -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.surface = surface
    isJSON = json
    isQuiet = quiet
    self.output = output
    self.error = error
  }

  /// The same places under the options of a call.
  func with(json: Bool, quiet: Bool) -> Console {
    Console(surface: surface, json: json, quiet: quiet, output: output, error: error)
  }

  /// One line of a result, for people. Left out under `--json`.
  func result(_ line: String) {
    if !isJSON { output(line + "\n") }
  }

  /// One JSON object on one line, with its keys in order of the alphabet. Left out without `--json`.
  ///
  /// A number that JSON has no word for is a string: `"NaN"`, `"Infinity"`, `"-Infinity"`.
  func json(_ value: some Encodable) throws {
    if isJSON { output(String(decoding: try JSON.encoded(value), as: UTF8.self) + "\n") }
  }

  /// Text that is its own result, such as help, whatever the options.
  func print(_ text: String) { output(text) }

  /// A message about the course of things. Left out under `--quiet`.
  func note(_ message: String) {
    if !isQuiet { write("elbo: \(message)\n") }
  }

  /// Something that went on but not as asked; `--quiet` does not silence it.
  func warn(_ message: String) { write("elbo: \(styled("warning:", .bold)) \(message)\n") }

  /// The one line of a failure.
  func fail(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    write("elbo: \(styled("error:", .red)) \(line)\n")
  }

  /// A line of progress where there is no status line to show it on. Left out under `--quiet`.
  func progress(_ line: String) {
    if !isQuiet { write(line + "\n") }
  }

  /// Rewrites the status line; empty removes it. Nothing where standard error is no terminal.
  func status(_ line: String) {
    guard surface.isTerminal, !isQuiet else { return }
    statusLine.withLock { current in
      // Carriage return, text, and erase to the end of the line.
      if current != line { error("\r\(line)\u{1B}[K") }
      current = line
    }
  }

  func styled(_ text: String, _ style: Style) -> String {
    surface.usesColor ? style.rawValue + text + "\u{1B}[0m" : text
  }

  /// Writes whole lines to standard error, above the status line where there is one.
  private func write(_ lines: String) {
    statusLine.withLock { current in
      error(current.isEmpty ? lines : "\r\u{1B}[K\(lines)\(current)")
    }
  }
}

extension Console {
  /// The process's own standard output and standard error.
  static func standard() -> Console {
    Console(
      surface: .standardError(), output: { write($0, to: STDOUT_FILENO) }, error: { write($0, to: STDERR_FILENO) })
  }

  /// Unbuffered, so that a reader at the other end of a pipe sees each line as it is written.
  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = Glibc.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0 && errno != EINTR { return }
        rest = rest.dropFirst(max(0, written))
      }
    }
  }
}

extension Console.Surface {
  /// What standard error is, and what the environment asks of it (https://no-color.org).
  static func standardError() -> Self {
    let environment = ProcessInfo.processInfo.environment
    let isTerminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
    let allowsColor = environment["NO_COLOR", default: ""].isEmpty
    return Self(isTerminal: isTerminal, usesColor: isTerminal && allowsColor) {
      var size = winsize()
      return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
  }
}
