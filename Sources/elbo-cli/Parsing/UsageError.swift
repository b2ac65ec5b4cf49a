/// A command line that says what the program does not know: a verb, an option, an argument or a value.
///
/// The program prints it as one line and exits with status 2. What goes wrong in the world (a file, a device, memory,
/// data) is any other error and exits with status 1.
struct UsageError: Error, Equatable, CustomStringConvertible {
  let message: String
  /// What to write instead, or where to look.
  let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  /// A wrong word, with the nearest right one as its hint, or `otherwise` where none is near.
  init(_ message: String, nearest word: String, among words: [String], otherwise: String? = nil) {
    self.init(message, hint: nearestWord(to: word, among: words).map { "did you mean '\($0)'?" } ?? otherwise)
  }

  var description: String { hint.map { "\(message); \($0)" } ?? message }
}
