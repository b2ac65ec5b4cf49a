/// How the text of an option or argument becomes a value, and how help and errors speak of it.
struct ValueKind<Value: Sendable>: Sendable {
  /// What stands for the value in help: `N`, `PATH`, `auto|cpu`.
  let placeholder: String
  /// What an error says is taken: "a positive integer".
  let expectation: String
  /// The right words, where they can be listed; the nearest is named when another is given.
  let words: [String]
  /// nil where the text is no such value.
  let parse: @Sendable (String) -> Value?
  /// The text that `parse` turns into the value.
  let text: @Sendable (Value) -> String

  init(
    _ placeholder: String, expectation: String, words: [String] = [], text: @escaping @Sendable (Value) -> String,
    parse: @escaping @Sendable (String) -> Value?
  ) {
    self.placeholder = placeholder
    self.expectation = expectation
    self.words = words
    self.parse = parse
    self.text = text
  }

  /// Parses what `subject` was given: "--epochs", "DATA".
  func value(of text: String, for subject: String) throws(UsageError) -> Value {
    guard let value = parse(text) else {
      throw UsageError("\(subject) takes \(expectation), not '\(text)'", nearest: text, among: words)
    }
    return value
  }

  /// The same kind, where nil stands for a value that is decided elsewhere.
  var optional: ValueKind<Value?> {
    ValueKind<Value?>(
      placeholder, expectation: expectation, words: words, text: { [text] in $0.map(text) ?? "" },
      parse: { [parse] in parse($0).map(Optional.some) })
  }

  /// The same kind, of which there may be many: each text is one.
  var repeated: ValueKind<[Value]> {
    ValueKind<[Value]>(
      placeholder, expectation: expectation, words: words,
      text: { [text] in $0.map(text).joined(separator: " ") }, parse: { [parse] in parse($0).map { [$0] } })
  }
}

extension ValueKind<String> {
  /// Any text that is not empty.
  static func text(_ placeholder: String) -> Self {
    ValueKind(placeholder, expectation: "a word", text: { $0 }, parse: { $0.isEmpty ? nil : $0 })
  }

  /// A place in the file system. Whether it exists is the world's affair, found when it is opened.
  static var path: Self {
    ValueKind("PATH", expectation: "a path", text: { $0 }, parse: { $0.isEmpty ? nil : $0 })
  }

  /// One of a few words.
  static func choice(_ words: [String]) -> Self {
    ValueKind(
      words.joined(separator: "|"), expectation: "one of \(words.joined(separator: ", "))", words: words,
      text: { $0 }, parse: { words.contains($0) ? $0 : nil })
  }
}

extension ValueKind where Value: RawRepresentable<String> & CaseIterable {
  /// One of the cases of an enumeration, by its raw value.
  static var choice: Self {
    let words = Value.allCases.map(\.rawValue)
    let list = words.joined(separator: "|")
    // More than fit on a line of help beside an option's name.
    return ValueKind(
      list.count <= 56 ? list : "WORD", expectation: "one of \(words.joined(separator: ", "))", words: words,
      text: { $0.rawValue }, parse: { Value(rawValue: $0) })
  }
}

extension ValueKind<Int> {
  /// An integer of a range.
  static func integer(in range: ClosedRange<Int>, _ placeholder: String = "N") -> Self {
    let expectation =
      range.upperBound == .max
      ? "an integer of at least \(range.lowerBound)" : "an integer from \(range.lowerBound) to \(range.upperBound)"
    return ValueKind(
      placeholder, expectation: expectation, text: { "\($0)" },
      parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } })
  }

  /// A count; products of a few of the largest still fit into an Int.
  static var positiveInteger: Self {
    ValueKind(
      "N", expectation: "a positive integer", text: { "\($0)" },
      parse: { text in Int(text).flatMap { (1...100_000_000).contains($0) ? $0 : nil } })
  }
}

extension ValueKind<UInt64> {
  /// A seed: any integer of 64 bits without a sign.
  static var seed: Self {
    ValueKind("N", expectation: "an integer from 0 to 2^64 - 1", text: { "\($0)" }, parse: { UInt64($0) })
  }
}

extension ValueKind<Double> {
  /// A finite number for which `condition` holds; `expectation` says it in words.
  static func number(_ expectation: String, where condition: @escaping @Sendable (Double) -> Bool) -> Self {
    ValueKind(
      "X", expectation: expectation, text: { "\($0)" },
      parse: { text in Double(text).flatMap { $0.isFinite && condition($0) ? $0 : nil } })
  }

  /// A time in seconds, or with its unit: `90s`, `45m`, `8h`. A century at most: clocks have an end too.
  static var seconds: Self {
    let units = ["s": 1.0, "m": 60, "h": 3600, "d": 86400]
    let expectation = "a positive time such as 90s, 45m or 8h, of 36500d at most"
    return ValueKind("TIME", expectation: expectation, text: { "\($0)s" }) { text in
      let unit = text.last.flatMap { units[String($0)] }
      let number = Double(unit == nil ? text[...] : text.dropLast())
      return number.map { $0 * (unit ?? 1) }.flatMap { $0 > 0 && $0 <= 36500 * 86400 ? $0 : nil }
    }
  }

  static var number: Self { number("a number") { _ in true } }
  static var positiveNumber: Self { number("a positive number") { $0 > 0 } }
  static var nonNegativeNumber: Self { number("a number of at least 0") { $0 >= 0 } }
  static var probability: Self { number("a number from 0 to 1") { (0...1).contains($0) } }
}

extension ValueKind {
  /// Values separated by commas, at least one.
  static func list<Element: Sendable>(of element: ValueKind<Element>) -> Self where Value == [Element] {
    ValueKind(
      "\(element.placeholder),…", expectation: "a comma list, each \(element.expectation)",
      text: { $0.map(element.text).joined(separator: ",") },
      parse: { text in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { element.parse(String($0)) }
        return values.count == parts.count ? values : nil
      })
  }

  /// Values separated by commas, at least one and none of them twice.
  static func set<Element: Sendable>(of element: ValueKind<Element>) -> Self where Value == [Element] {
    let list = list(of: element)
    return ValueKind(
      list.placeholder, expectation: "a comma list without repeats, each \(element.expectation)", text: list.text,
      parse: { text in
        list.parse(text).flatMap { values in Set(values.map(element.text)).count == values.count ? values : nil }
      })
  }
}
