/// What a verb's options and arguments hold after parsing: what was given, and defaults for the rest.
struct Values: Sendable {
  private var given: [String: any Sendable] = [:]
  private var defaults: [String: any Sendable] = [:]

  // An option is kept under its name with the dashes, so that no argument shares its key.
  private static func key(_ option: any AnyOption) -> String { "--" + option.name }

  init(of verb: Verb) {
    for option in verb.allOptions { defaults[Self.key(option)] = option.anyDefault }
    for argument in verb.arguments { defaults[argument.name] = argument.anyDefault }
  }

  subscript<Value>(option: Option<Value>) -> Value { value(Self.key(option)) }
  subscript<Value>(argument: Argument<Value>) -> Value { value(argument.name) }

  func isGiven(_ option: any AnyOption) -> Bool { given[Self.key(option)] != nil }
  func isGiven(_ argument: any AnyArgument) -> Bool { given[argument.name] != nil }

  mutating func set(_ option: any AnyOption, to text: String?) throws(UsageError) {
    given[Self.key(option)] = try option.value(of: text, after: given[Self.key(option)])
  }

  mutating func set(_ argument: any AnyArgument, to text: String) throws(UsageError) {
    given[argument.name] = try argument.value(of: text, after: given[argument.name])
  }

  private func value<Value>(_ key: String) -> Value {
    guard let value = (given[key] ?? defaults[key]) as? Value else {
      preconditionFailure("the verb declares no \(key) of type \(Value.self)")
    }
    return value
  }
}
