/// `--name value` or `--name=value`: its text becomes a `Value`, and it has one where it is not given.
///
/// An option is declared once. The same declaration parses, writes the help, and is the key by which a verb reads the
/// value back: `call[epochs]` is an `Int` where `epochs` is an `Option<Int>`.
struct Option<Value: Sendable>: Sendable {
  let name: String
  let kind: ValueKind<Value>
  let defaultValue: Value
  /// What help shows in brackets as the default; empty for none.
  let defaultText: String
  let help: String
  /// What a flag stands for when it is given; nil for an option that takes a value.
  private let flagValue: Value?
  /// Adds a value to those given before; nil where the last one stands.
  private let combine: (@Sendable (Value, Value) -> Value)?

  private init(
    name: String, kind: ValueKind<Value>, defaultValue: Value, defaultText: String, help: String,
    flagValue: Value? = nil, combine: (@Sendable (Value, Value) -> Value)? = nil
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.defaultText = defaultText
    self.help = help
    self.flagValue = flagValue
    self.combine = combine
  }

  /// An option with a default of its own.
  init(_ name: String, _ kind: ValueKind<Value>, default defaultValue: Value, _ help: String) {
    self.init(
      name: name, kind: kind, defaultValue: defaultValue, defaultText: kind.text(defaultValue), help: help)
  }

  /// An option that is nil where it is not given; `absent` says in help what then happens, as in "by the data".
  init<Wrapped>(_ name: String, _ kind: ValueKind<Wrapped>, absent: String = "", _ help: String)
  where Value == Wrapped? {
    self.init(name: name, kind: kind.optional, defaultValue: nil, defaultText: absent, help: help)
  }

  /// An option that may be given many times; its values are kept in order.
  init<Element>(repeating name: String, _ kind: ValueKind<Element>, _ help: String) where Value == [Element] {
    self.init(
      name: name, kind: kind.repeated, defaultValue: [], defaultText: "", help: help, combine: { $0 + $1 })
  }

  /// A flag: false unless it is given.
  init(flag name: String, _ help: String) where Value == Bool {
    let kind = ValueKind<Bool>("", expectation: "no value", text: { "\($0)" }, parse: { _ in nil })
    self.init(name: name, kind: kind, defaultValue: false, defaultText: "", help: help, flagValue: true)
  }
}

/// An option whatever its value's type, as the parser and the help see it.
protocol AnyOption: Sendable {
  var name: String { get }
  var placeholder: String { get }
  /// The right words, where they can be listed.
  var words: [String] { get }
  var defaultText: String { get }
  var help: String { get }
  var takesValue: Bool { get }
  var anyDefault: any Sendable { get }

  /// The option's value after it is met with `text`, nil for a flag, having had the value `previous`.
  func value(of text: String?, after previous: (any Sendable)?) throws(UsageError) -> any Sendable
}

extension Option: AnyOption {
  var placeholder: String { kind.placeholder }
  var words: [String] { kind.words }
  var takesValue: Bool { flagValue == nil }
  var anyDefault: any Sendable { defaultValue }

  func value(of text: String?, after previous: (any Sendable)?) throws(UsageError) -> any Sendable {
    if let flagValue {
      if let text { throw UsageError("--\(name) takes no value, not '\(text)'") }
      return flagValue
    }
    guard let text else { throw UsageError("--\(name) needs a value: \(kind.expectation)") }
    let value = try kind.value(of: text, for: "--\(name)")
    guard let combine, let previous = previous as? Value else { return value }
    return combine(previous, value)
  }
}

/// Options under one heading of a verb's help.
struct OptionGroup: Sendable {
  let title: String
  let options: [any AnyOption]

  init(_ title: String = "options", _ options: [any AnyOption]) {
    self.title = title
    self.options = options
  }
}
