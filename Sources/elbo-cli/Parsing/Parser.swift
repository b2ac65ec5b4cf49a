extension Verb {
  /// What the words after the verb say.
  ///
  /// Options and arguments may stand in any order; after `--` every word is an argument.
  func parse(_ words: some Sequence<String>) throws(UsageError) -> Values {
    var values = Values(of: self)
    var positional: [String] = []
    var words = Array(words)[...]
    while let word = words.popFirst() {
      if word == "--" {
        positional += words
        break
      } else if word.hasPrefix("--") {
        try parseOption(word.dropFirst(2), following: &words, into: &values)
      } else if word.hasPrefix("-"), word != "-", Double(word) == nil {
        throw UsageError("\(name) has no option \(word)", hint: "options begin with two dashes")
      } else {
        positional.append(word)
      }
    }
    try parseArguments(positional, into: &values)
    return values
  }

  /// One option: its value is behind the equals sign or is the next word.
  private func parseOption(
    _ text: Substring, following words: inout ArraySlice<String>, into values: inout Values
  ) throws(UsageError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let option = allOptions.first(where: { $0.name == parts[0] }) else {
      throw UsageError(
        "\(name) has no option --\(parts[0])", nearest: "--" + parts[0], among: allOptions.map { "--" + $0.name },
        otherwise: "'elbo help \(name)' lists its options")
    }
    if parts.count == 2 {
      try values.set(option, to: parts[1])
    } else if option.takesValue, let next = words.first, !next.hasPrefix("--") {
      words.removeFirst()
      try values.set(option, to: next)
    } else {
      try values.set(option, to: nil)
    }
  }

  private func parseArguments(_ words: [String], into values: inout Values) throws(UsageError) {
    // A repeating argument, which is the last, takes what is left.
    let last = arguments.last.flatMap { $0.isRepeating ? $0 : nil }
    let taking = arguments + Array(repeating: last, count: max(0, words.count - arguments.count)).compactMap { $0 }
    guard words.count <= taking.count else {
      let taken = arguments.isEmpty ? "no argument" : "only " + arguments.map(\.name).joined(separator: " ")
      throw UsageError("\(name) takes \(taken), not '\(words[arguments.count])'", hint: "see 'elbo help \(name)'")
    }
    for (argument, word) in zip(taking, words) { try values.set(argument, to: word) }
    if let missing = arguments.dropFirst(words.count).first(where: { $0.anyDefault == nil }) {
      throw UsageError("\(name) needs \(missing.name): \(missing.help)", hint: "see 'elbo help \(name)'")
    }
  }
}
