/// Rows in columns of equal width: words stand left, figures right.
package struct TextTable {
  private enum Alignment { case left, right }

  private var rows: [[String]]
  private let alignments: [Alignment]

  /// - Parameter columns: titles; one that begins with `>` is of a column of figures.
  package init(_ columns: [String]) {
    alignments = columns.map { $0.hasPrefix(">") ? .right : .left }
    rows = [columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }]
  }

  package mutating func append(_ cells: [String]) {
    precondition(cells.count == alignments.count, "\(cells.count) cells in \(alignments.count) columns")
    rows.append(cells)
  }

  var isEmpty: Bool { rows.count == 1 }

  package var lines: [String] {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return alignments[column] == .left ? row[column] + gap : gap + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
