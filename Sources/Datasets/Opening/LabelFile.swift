extension Labels {
  /// Reads a file of labels: IDX, npy, a member of npz or safetensors, or a column of CSV.
  ///
  /// - Parameters:
  ///   - column: the column of a table in text, which may be left out where there is one alone.
  ///   - isTest: whether they are of data to test with, which a file may hold beside the others.
  ///   - classNames: the names of the classes, where they are known already.
  init(
    reading path: String, column: String? = nil, isTest: Bool = false, classNames: [String] = []
  ) throws(DataError) {
    let format = try DataFormat(of: path)
    switch format {
    case .idx: try self.init(IDX.read(path), path: path)
    case .npy, .npz, .safetensors:
      let file = try ArrayFile(path, format, .always)
      let name =
        switch (isTest, file.name(.testImages)) {
        case (false, _): try file.requiredName(.labels)
        case (true, nil): try file.requiredName(.testLabels, .labels)
        // The others are of what to learn from.
        case (true, _): try file.requiredName(.testLabels)
        }
      self = try file.labels(name)
    case .csv: try self.init(csv: CSV(path), column: column, classNames: classNames)
    case .folder:
      throw .unsupported(path: path, found: "a folder as labels", supported: "files of labels are")
    }
  }

  private init(csv: CSV, column: String?, classNames: [String]) throws(DataError) {
    guard let place = column.map({ csv.header.firstIndex(of: $0) }) ?? (csv.header.count == 1 ? 0 : nil) else {
      throw .malformed(
        path: csv.path, found: "columns \(csv.header.joined(separator: ", "))",
        expected: column.map { "one named \($0), as --label-column says" } ?? "one column, or --label-column to name it"
      )
    }
    var words: [String?] = []
    try csv.forEachRow { line, cells throws(DataError) in
      let word = csv.text(cells[place])
      let isMissing = TableSchema.isMissing(word)
      guard isMissing || classNames.isEmpty || classNames.contains(word) else {
        throw .malformed(
          path: csv.path, found: "'\(word)' as a label on line \(line)",
          expected: "one of \(classNames.joined(separator: ", "))")
      }
      words.append(isMissing ? nil : word)
    }
    let names = classNames.isEmpty ? TableSchema.ordered(Set(words.compactMap { $0 })) : classNames
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    self.init(path: csv.path, values: words.map { $0.flatMap { numbers[$0] } ?? -1 }, names: names)
  }
}
