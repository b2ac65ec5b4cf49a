/// A word by position, such as `RUN`.
struct Argument<Value: Sendable>: Sendable {
  let name: String
  let kind: ValueKind<Value>
  let help: String
  /// nil for an argument that must be given.
  let defaultValue: Value?
  let defaultText: String
  /// Adds a word's value to those before it; nil where the argument is one word.
  private let combine: (@Sendable (Value, Value) -> Value)?

  /// An argument that must be given.
  init(_ name: String, _ kind: ValueKind<Value>, _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
    defaultValue = nil
    defaultText = ""
    combine = nil
  }

  /// An argument that may be left out.
  init(_ name: String, _ kind: ValueKind<Value>, default defaultValue: Value, _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
    self.defaultValue = defaultValue
    defaultText = kind.text(defaultValue)
    combine = nil
  }

  /// An argument that is nil where it is left out.
  init<Wrapped>(optional name: String, _ kind: ValueKind<Wrapped>, _ help: String) where Value == Wrapped? {
    self.init(name, kind.optional, default: nil, help)
  }

  /// The last argument of a verb: one word or more.
  init<Element>(repeating name: String, _ kind: ValueKind<Element>, _ help: String) where Value == [Element] {
    self.name = name
    self.kind = kind.repeated
    self.help = help
    defaultValue = nil
    defaultText = ""
    combine = { $0 + $1 }
  }
}

/// An argument whatever its value's type, as the parser and the help see it.
protocol AnyArgument: Sendable {
  var name: String { get }
  var help: String { get }
  /// The right words, where they can be listed.
  var words: [String] { get }
  var defaultText: String { get }
  /// nil where the argument must be given.
  var anyDefault: (any Sendable)? { get }
  /// Whether all words that are left belong to it.
  var isRepeating: Bool { get }

  /// The argument's value after it is met with `text`, having had the value `previous`.
  func value(of text: String, after previous: (any Sendable)?) throws(UsageError) -> any Sendable
}

extension Argument: AnyArgument {
  var anyDefault: (any Sendable)? { defaultValue }
  var words: [String] { kind.words }

  var isRepeating: Bool { combine != nil }

  func value(of text: String, after previous: (any Sendable)?) throws(UsageError) -> any Sendable {
    let value = try kind.value(of: text, for: name)
    guard let combine, let previous = previous as? Value else { return value }
    return combine(previous, value)
  }
}
