extension Verb {
  /// `elbo help [VERB]`.
  static let help: Verb = {
    let verb = Argument(optional: "VERB", .text("VERB"), "the verb to explain; without it, all are listed")
    return Verb("help", "says what a verb does and takes", arguments: [verb], common: []) { call in
      let text =
        try call[verb].map { Help.text(of: try Program.verb(named: $0, among: Verb.all)) }
        ?? Help.overview(of: Verb.all)
      call.console.print(text)
    }
  }()
}
