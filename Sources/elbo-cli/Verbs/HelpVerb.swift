extension Verb {
  /// `elbo help [VERB|TOPIC]`.
  static let help: Verb = {
    let subject = Argument(
      optional: "VERB", .text("VERB"), "a verb or a topic to explain, or 'topics' for their list; without it, all verbs"
    )
    return Verb("help", "says what a verb does and takes", arguments: [subject], common: []) { call in
      call.console.print(try text(call[subject]))
    }
  }()

  private static func text(_ subject: String?) throws -> String {
    guard let subject else { return Help.overview(of: all) }
    if subject == "topics" { return Topic.list }
    if let topic = Topic.all.first(where: { $0.name == subject }) { return topic.text }
    guard let verb = all.first(where: { $0.name == subject }) else {
      throw UsageError(
        "there is no verb and no topic '\(subject)'", nearest: subject,
        among: all.map(\.name) + Topic.all.map(\.name) + ["topics"],
        otherwise: "'elbo help' lists verbs, 'elbo help topics' topics")
    }
    return Help.text(of: verb)
  }

  /// `elbo completions SHELL`.
  static let completions: Verb = {
    let shell = Argument<Completions.Shell>("SHELL", .choice, "bash, zsh or fish")
    return Verb(
      "completions", "prints what a shell needs to complete verbs, options and their words",
      discussion: "bash: source <(elbo completions bash)\nzsh: source <(elbo completions zsh)\n"
        + "fish: elbo completions fish > ~/.config/fish/completions/elbo.fish",
      arguments: [shell], common: []
    ) { call in
      call.console.print(Completions.script(for: call[shell], all))
    }
  }()
}
