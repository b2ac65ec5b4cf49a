/// A word by position, such as `RUN`.
struct Argument<Value: Sendable>: Sendable {
  let name: String
  let kind: ValueKind<Value>
  let help: String
  /// nil for an argument that must be given.
  let defaultValue: Value?
  let defaultText: String

  /// An argument that must be given.
  init(_ name: String, _ kind: ValueKind<Value>, _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
    defaultValue = nil
    defaultText = ""
  }

  /// An argument that may be left out.
  init(_ name: String, _ kind: ValueKind<Value>, default defaultValue: Value, _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
    self.defaultValue = defaultValue
    defaultText = kind.text(defaultValue)
  }

  /// An argument that is nil where it is left out.
  init<Wrapped>(optional name: String, _ kind: ValueKind<Wrapped>, _ help: String) where Value == Wrapped? {
    self.init(name, kind.optional, default: nil, help)
  }
}

/// An argument whatever its value's type, as the parser and the help see it.
protocol AnyArgument: Sendable {
  var name: String { get }
  var help: String { get }
  var defaultText: String { get }
  /// nil where the argument must be given.
  var anyDefault: (any Sendable)? { get }

  func value(of text: String) throws(UsageError) -> any Sendable
}

extension Argument: AnyArgument {
  var anyDefault: (any Sendable)? { defaultValue }

  func value(of text: String) throws(UsageError) -> any Sendable { try kind.value(of: text, for: name) }
}
