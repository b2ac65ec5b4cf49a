import Basics

/// The help texts, written from the declarations that parse.
enum Help {
  /// The widest line; a terminal of any kind has as many columns.
  static let width = 80

  /// What `elbo help` prints.
  static func overview(of verbs: [Verb]) -> String {
    let list = table(verbs.map { ($0.name, $0.summary) })
    return """
      Elbo trains variational autoencoders on OpenCL devices and on the CPU.

      usage: elbo VERB [ARGUMENTS] [--options]

      verbs:
      \(list)

      'elbo help VERB' says what a verb takes; 'elbo help topics' lists what else is explained.

      """
  }

  /// What `elbo help VERB` prints.
  static func text(of verb: Verb) -> String {
    var blocks = ["usage: \(usage(of: verb))", sentence(verb.summary)]
    blocks += verb.discussion.split(separator: "\n").map { $0.lines(ofWidth: width).joined(separator: "\n") }
    if !verb.arguments.isEmpty {
      blocks.append("arguments:\n" + table(verb.arguments.map { ($0.name, withDefault($0.help, $0.defaultText)) }))
    }
    for group in verb.options where !group.options.isEmpty {
      let rows = group.options.map { option in
        let value = option.takesValue ? " " + option.placeholder : ""
        return ("--" + option.name + value, withDefault(option.help, option.defaultText))
      }
      blocks.append("\(group.title):\n" + table(rows))
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private static func usage(of verb: Verb) -> String {
    let arguments = verb.arguments.map { argument in
      let name = argument.anyDefault == nil ? argument.name : "[\(argument.name)]"
      return argument.isRepeating ? name + "…" : name
    }
    let options = verb.allOptions.isEmpty ? [] : ["[--options]"]
    return (["elbo", verb.name] + arguments + options).joined(separator: " ")
  }

  private static func sentence(_ summary: String) -> String {
    (summary.prefix(1).uppercased() + summary.dropFirst() + ".").lines(ofWidth: width).joined(separator: "\n")
  }

  private static func withDefault(_ help: String, _ text: String) -> String {
    text.isEmpty ? help : "\(help) [\(text)]"
  }

  /// Two columns; an entry too long for the first stands on a line of its own.
  private static func table(_ rows: [(String, String)]) -> String {
    let longest = 26
    let column = rows.map(\.0.count).filter { $0 <= longest }.max() ?? longest
    let indent = String(repeating: " ", count: column + 4)
    return rows.map { entry, help in
      let lines = help.lines(ofWidth: width - indent.count)
      let rest = lines.dropFirst().map { "\n" + indent + $0 }.joined()
      let gap =
        entry.count <= column ? String(repeating: " ", count: column - entry.count + 2) : "\n" + indent
      return "  " + entry + gap + (lines.first ?? "") + rest
    }
    .joined(separator: "\n")
  }
}
