/// One thing the program does: its name, what it takes, and what it runs.
///
/// ```swift
/// extension Verb {
///   static let encode: Verb = {
///     let run = Argument("RUN", .path, "a run folder")
///     let output = Option("output", .path, default: "codes.npy", "where the means go")
///     return Verb(
///       "encode", "writes posterior means", arguments: [run], options: [OptionGroup([output])]
///     ) { call in
///       try encode(call[run], to: call[output], reportingTo: call.console)
///     }
///   }()
/// }
/// ```
struct Verb: Sendable {
  let name: String
  /// One line without a full stop, beginning in lower case: it follows the name in the list of verbs.
  let summary: String
  /// What help says beneath the usage line; its paragraphs are lines.
  let discussion: String
  let arguments: [any AnyArgument]
  let options: [OptionGroup]
  let run: @Sendable (Call) throws -> Void

  /// `common` are the options that every verb takes unless it has no use for them.
  init(
    _ name: String, _ summary: String, discussion: String = "", arguments: [any AnyArgument] = [],
    options: [OptionGroup] = [], common: [any AnyOption] = [CommonOptions.json, CommonOptions.quiet],
    run: @escaping @Sendable (Call) throws -> Void
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.arguments = arguments
    self.options = common.isEmpty ? options : options + [OptionGroup("output", common)]
    self.run = run
  }

  var allOptions: [any AnyOption] { options.flatMap(\.options) }
}

/// The options that verbs share.
enum CommonOptions {
  static let json = Option(flag: "json", "results on standard output as JSON, and nothing else there")
  static let quiet = Option(flag: "quiet", "no progress and no messages but errors")
}

/// A verb with the words it was called with.
struct Call: Sendable {
  let values: Values
  let console: Console

  subscript<Value>(option: Option<Value>) -> Value { values[option] }
  subscript<Value>(argument: Argument<Value>) -> Value { values[argument] }

  /// Whether an option stood on the command line, for those that something else may set too.
  func isGiven(_ option: any AnyOption) -> Bool { values.isGiven(option) }
}
