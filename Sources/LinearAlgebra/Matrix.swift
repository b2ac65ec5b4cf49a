/// A matrix of Double, row by row, in the host's memory.
///
/// The models with exact answers compute with it: float64 throughout, through OpenBLAS. It takes no part in graphs; that
/// is what a tensor does.
public struct Matrix: Hashable, Sendable {
  public let rows: Int
  public let columns: Int
  /// rows x columns, row by row.
  public var elements: [Double]

  /// Takes elements row by row; traps where they do not fill the matrix.
  public init(rows: Int, columns: Int, _ elements: [Double]) {
    precondition(
      rows >= 0 && columns >= 0 && elements.count == rows * columns,
      "[matrix] \(elements.count) elements do not fill \(rows) x \(columns)")
    (self.rows, self.columns, self.elements) = (rows, columns, elements)
  }

  /// One number everywhere.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    self.init(rows: rows, columns: columns, [Double](repeating: value, count: rows * columns))
  }

  /// Rows of one length.
  public init(_ rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0, rows.flatMap { $0 })
  }

  /// Each element by its place.
  public init(rows: Int, columns: Int, _ element: (Int, Int) -> Double) {
    self.init(
      rows: rows, columns: columns, (0..<rows * columns).map { element($0 / columns, $0 % columns) })
  }

  public init(diagonal: [Double]) {
    self.init(rows: diagonal.count, columns: diagonal.count)
    for place in diagonal.indices { self[place, place] = diagonal[place] }
  }

  public static func identity(_ size: Int) -> Matrix { Matrix(diagonal: [Double](repeating: 1, count: size)) }

  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// One row.
  public subscript(row row: Int) -> ArraySlice<Double> { elements[row * columns..<(row + 1) * columns] }

  public func column(_ column: Int) -> [Double] {
    stride(from: column, to: elements.count, by: columns).map { elements[$0] }
  }

  /// Some rows and some columns, in the order given.
  public func block(rows: [Int], columns: [Int]) -> Matrix {
    Matrix(rows: rows.count, columns: columns.count) { self[rows[$0], columns[$1]] }
  }

  public var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }

  public var trace: Double { diagonal.reduce(0, +) }

  public var transposed: Matrix { Matrix(rows: columns, columns: rows) { self[$1, $0] } }

  public func map(_ transform: (Double) -> Double) -> Matrix {
    Matrix(rows: rows, columns: columns, elements.map(transform))
  }

  private func combined(with other: Matrix, _ combine: (Double, Double) -> Double) -> Matrix {
    precondition(
      rows == other.rows && columns == other.columns,
      "[matrix] \(rows) x \(columns) and \(other.rows) x \(other.columns) are not of one size")
    return Matrix(rows: rows, columns: columns, zip(elements, other.elements).map(combine))
  }

  public static func + (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b, +) }
  public static func - (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b, -) }
  public static func * (a: Matrix, b: Double) -> Matrix { a.map { $0 * b } }

  /// The largest difference of two elements at one place.
  public func distance(to other: Matrix) -> Double {
    combined(with: other) { abs($0 - $1) }.elements.max() ?? 0
  }
}
