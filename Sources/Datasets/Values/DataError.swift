/// Why data could not be read or written. The description is one line: the file, what was found, what was expected.
public enum DataError: Error, Hashable, Sendable {
  /// There is nothing of that name.
  case missing(path: String, expected: String)
  /// It is there, and the system does not hand it out.
  case unreadable(path: String, reason: String)
  /// It holds nothing.
  case empty(path: String, expected: String)
  /// It is a format, or a variety of one, that is not read here.
  case unsupported(path: String, found: String, supported: String)
  /// It ends before its own header says that it should.
  case truncated(path: String, expected: String)
  /// It contradicts its own format.
  case malformed(path: String, found: String, expected: String)
  /// Two files do not belong together.
  case mismatched(path: String, found: String, other: String, expected: String)
  /// The system does not take it.
  case unwritable(path: String, reason: String)
}

extension DataError: CustomStringConvertible {
  public var description: String {
    let line =
      switch self {
      case .missing(let path, let expected): "\(path): not found; expected \(expected)"
      case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
      case .empty(let path, let expected): "\(path): empty; expected \(expected)"
      case .unsupported(let path, let found, let supported): "\(path): \(found) is not supported; \(supported)"
      case .truncated(let path, let expected): "\(path): ends too early; expected \(expected)"
      case .malformed(let path, let found, let expected): "\(path): \(found); expected \(expected)"
      case .mismatched(let path, let found, let other, let expected): "\(path): \(found); \(other) has \(expected)"
      case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
      }
    // A path or a header may hold anything; a message is one line.
    return String(String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
  }
}
