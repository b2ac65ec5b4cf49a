extension DataSet {
  /// Writes a table as text: its columns by their names, and the classes behind them where there are any.
  ///
  /// A column of words is its columns of 0 and 1, as it is read.
  ///
  /// - Parameter labelColumn: the name of the classes' column.
  /// - Throws: `DataError` where the data have no named columns or the file cannot be written.
  public func writeCSV(to path: String, labelColumn: String? = nil) throws(DataError) {
    try requireColumns(for: path)
    let numbers = try rows.read(0..<count).numbers()
    var lines = [(columns + (labels == nil ? [] : [labelColumn ?? "label"])).map(Self.cell).joined(separator: ",")]
    for row in 0..<count {
      var cells = numbers[row * columns.count..<(row + 1) * columns.count].map(Self.text)
      if let label = labels.map({ Int($0[row]) }) {
        cells.append(label < 0 ? "" : Self.cell(label < classNames.count ? classNames[label] : "\(label)"))
      }
      lines.append(cells.joined(separator: ","))
    }
    try AtomicFile.write([Array((lines.joined(separator: "\n") + "\n").utf8)], to: path)
  }

  /// Holds data that a CSV file is to be written of against what those have.
  ///
  /// - Throws: `DataError` where they have no named columns.
  public func requireColumns(for path: String) throws(DataError) {
    guard columns.count == datumSize else {
      throw .unsupported(
        path: path, found: "a CSV file of data without columns", supported: "npy and safetensors are")
    }
  }

  /// Nothing for a number that is missing.
  private static func text(_ number: Double) -> String {
    guard !number.isNaN else { return "" }
    return number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }

  private static func cell(_ text: String) -> String {
    text.contains { ",;\t\"\n\r".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
