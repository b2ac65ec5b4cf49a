/// What shells complete, written from the declarations that parse.
enum Completions {
  enum Shell: String, CaseIterable { case bash, zsh, fish }

  static func script(for shell: Shell, _ verbs: [Verb]) -> String {
    switch shell {
    case .bash: bash(verbs)
    case .zsh: "#compdef elbo\nautoload -U +X bashcompinit && bashcompinit\n" + bash(verbs)
    case .fish: fish(verbs)
    }
  }

  /// zsh reads the same by its own bridge.
  private static func bash(_ verbs: [Verb]) -> String {
    let options = verbs.map { verb in
      "    \(verb.name)) words=\"\(verb.allOptions.map { "--" + $0.name }.joined(separator: " "))\" ;;"
    }
    let values = verbs.flatMap { verb in
      verb.allOptions.filter { !$0.words.isEmpty }.map { option in
        "    \(verb.name):--\(option.name)) words=\"\(option.words.joined(separator: " "))\" ;;"
      }
    }
    let arguments = verbs.flatMap { verb in
      verb.arguments.filter { !$0.words.isEmpty }.map { argument in
        "    \(verb.name)) words=\"\(argument.words.joined(separator: " "))\" ;;"
      }
    }
    return """
      _elbo() {
        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} words=
        if [ "$COMP_CWORD" -eq 1 ]; then
          COMPREPLY=($(compgen -W "\(verbs.map(\.name).joined(separator: " ")) --help --version" -- "$word"))
          return
        fi
        case "$verb:$before" in
      \(values.joined(separator: "\n"))
        esac
        if [ -z "$words" ] && [ "${word#-}" != "$word" ]; then
          case "$verb" in
      \(options.map { "  " + $0 }.joined(separator: "\n"))
          esac
        elif [ -z "$words" ]; then
          case "$verb" in
      \(arguments.map { "  " + $0 }.joined(separator: "\n"))
          esac
        fi
        COMPREPLY=($(compgen -W "$words" -- "$word"))
        # Everything else may be a file.
        if [ -z "$words" ]; then COMPREPLY=($(compgen -f -- "$word")); fi
      }
      complete -o filenames -F _elbo elbo ./elbo

      """
  }

  private static func fish(_ verbs: [Verb]) -> String {
    func quoted(_ text: String) -> String { "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'" }
    var lines: [String] = []
    for verb in verbs {
      lines.append("complete -c elbo -n __fish_use_subcommand -a \(verb.name) -d \(quoted(verb.summary))")
      let condition = "-n '__fish_seen_subcommand_from \(verb.name)'"
      for option in verb.allOptions {
        let takes = option.takesValue ? " -r" : ""
        let words = option.words.isEmpty ? "" : " -f -a \(quoted(option.words.joined(separator: " ")))"
        lines.append(
          "complete -c elbo \(condition) -l \(option.name)\(takes)\(words) -d \(quoted(option.help))")
      }
      for argument in verb.arguments where !argument.words.isEmpty {
        lines.append("complete -c elbo \(condition) -a \(quoted(argument.words.joined(separator: " ")))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
