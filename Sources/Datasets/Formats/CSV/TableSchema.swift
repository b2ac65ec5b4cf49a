/// How the columns of a table in text become numbers: found from the data to learn from, and then the same for others.
///
/// A column of numbers stays one column. A column of words becomes a column of 0 and 1 for each word, named
/// `column=word`, or the classes. A cell that is empty or says NA, NaN or ? is missing: NaN in all columns made of it, and
/// the class -1.
struct TableSchema: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case number
    /// In the order of the columns that are made of them.
    case words([String])
    /// The classes, in the order of their numbers.
    case classes([String])
  }

  /// The file in which the columns were found.
  let path: String
  let names: [String]
  let kinds: [Kind]

  /// More columns of one would be an identifier or a spoilt column of numbers.
  static let mostWords = 256

  /// Finds what the columns of a file hold.
  ///
  /// - Parameter label: the column that holds the classes; none where nil.
  init(_ csv: CSV, label: String?) throws(DataError) {
    path = csv.path
    names = csv.header
    if let label, !names.contains(label) {
      throw .malformed(
        path: path, found: "no column \(label) for labels",
        expected: "one of \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")")
    }
    var columns = names.map { ColumnSurvey(isLabel: $0 == label) }
    var count = 0
    try csv.forEachRow { line, cells throws(DataError) in
      count += 1
      for index in columns.indices { columns[index].add(csv.text(cells[index]), line: line) }
    }
    guard count > 0 else { throw .empty(path: path, expected: "at least one row after the names of columns") }
    var kinds: [Kind] = []
    for (name, column) in zip(names, columns) { kinds.append(try column.kind(name: name, of: csv)) }
    self.kinds = kinds
    guard width > 0 else {
      throw .malformed(path: path, found: "no column but the labels", expected: "columns of data beside them")
    }
  }

  /// The names of the classes, where a column holds them.
  var classNames: [String]? {
    for case .classes(let names) in kinds { return names }
    return nil
  }

  /// The names of the columns of numbers.
  var columns: [String] {
    zip(names, kinds).flatMap { name, kind -> [String] in
      switch kind {
      case .number: [name]
      case .words(let words): words.map { "\(name)=\($0)" }
      case .classes: []
      }
    }
  }

  private var width: Int { columns.count }

  /// The numbers of a file of these columns, and the classes where a column holds them.
  func table(_ csv: CSV) throws(DataError) -> Table {
    guard csv.header == names else {
      throw .mismatched(
        path: csv.path, found: "columns \(csv.header.joined(separator: ", "))", other: path,
        expected: names.joined(separator: ", "))
    }
    var values: [Double] = []
    var labels: [Int32] = []
    let numbers = kinds.map { kind -> [String: Int] in
      switch kind {
      case .number: [:]
      case .words(let words), .classes(let words):
        Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
      }
    }
    try csv.forEachRow { line, cells throws(DataError) in
      for (column, cell) in cells.enumerated() {
        let text = csv.text(cell)
        func unexpected(_ expectation: String) -> DataError {
          .malformed(
            path: csv.path, found: "'\(text)' in column \(names[column]) on line \(line)", expected: expectation)
        }
        let isMissing = Self.isMissing(text)
        switch kinds[column] {
        case .number:
          let number = isMissing ? .nan : Double(text)
          guard let number, isMissing || number.isFinite else { throw unexpected("a finite number") }
          values.append(number)
        case .words(let words):
          let place = numbers[column][text]
          guard isMissing || place != nil else { throw unexpected("one of the words of \(path)") }
          for index in words.indices { values.append(isMissing ? .nan : index == place ? 1 : 0) }
        case .classes:
          let label = isMissing ? -1 : numbers[column][text]
          guard let label else { throw unexpected("one of the classes of \(path)") }
          labels.append(Int32(label))
        }
      }
    }
    guard !values.isEmpty else { throw .empty(path: csv.path, expected: "at least one row after the names of columns") }
    return Table(
      name: csv.path, columns: columns, classNames: classNames ?? [], labels: classNames == nil ? nil : labels,
      values: values)
  }

  static func isMissing(_ text: String) -> Bool {
    text.count < 4 && ["", "?", "na", "nan"].contains(text.lowercased())
  }

  /// Words in order: as numbers where all are whole numbers, else as their bytes.
  static func ordered(_ words: some Collection<String>) -> [String] {
    let numbers = words.compactMap { Int($0) }
    return words.sorted { first, second in
      if numbers.count == words.count, let first = Int(first), let second = Int(second), first != second {
        return first < second
      }
      return first.utf8.lexicographicallyPrecedes(second.utf8)
    }
  }
}

/// What the cells of a column have been so far.
private struct ColumnSurvey {
  let isLabel: Bool
  private var hasNumbers = false
  private var words: Set<String> = []
  /// The first cell that is no number.
  private var firstWord: (text: String, line: Int)?

  init(isLabel: Bool) { self.isLabel = isLabel }

  mutating func add(_ text: String, line: Int) {
    guard !TableSchema.isMissing(text) else { return }
    guard isLabel || Double(text) == nil else {
      hasNumbers = true
      return
    }
    if firstWord == nil { firstWord = (text, line) }
    // One more than is taken tells that there are too many.
    if isLabel || words.count <= TableSchema.mostWords { words.insert(text) }
  }

  func kind(name: String, of csv: CSV) throws(DataError) -> TableSchema.Kind {
    let path = csv.path
    if isLabel { return .classes(TableSchema.ordered(words)) }
    guard let firstWord else {
      guard hasNumbers else {
        throw .malformed(
          path: path, found: "column \(name) without a value", expected: "numbers or words in each column")
      }
      return .number
    }
    guard csv.separator == UInt8(ascii: ",") || !words.allSatisfy(Self.hasDecimalComma) else {
      throw .malformed(
        path: path, found: "decimal commas in column \(name), such as '\(firstWord.text)' on line \(firstWord.line)",
        expected: "decimal points")
    }
    guard !hasNumbers, words.count <= TableSchema.mostWords else {
      let found =
        hasNumbers
        ? "'\(firstWord.text)' on line \(firstWord.line) of a column of numbers, \(name)"
        : "more than \(TableSchema.mostWords) different words in column \(name), such as '\(firstWord.text)'"
      throw .malformed(
        path: path, found: found,
        expected: hasNumbers
          ? "numbers, and for those that are missing nothing, NA, NaN or ?"
          : "numbers, or fewer words: each becomes a column")
    }
    return .words(TableSchema.ordered(words))
  }

  /// Whether a word is a number but for a comma where the point should be.
  private static func hasDecimalComma(_ word: String) -> Bool {
    word.count { $0 == "," } == 1 && Double(word.replacing(",", with: ".")) != nil
  }
}
