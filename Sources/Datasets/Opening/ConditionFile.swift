/// What a file tells of each datum: a row of numbers, or a picture.
struct ConditionFile {
  private let file: DataFile

  /// Reads conditions of data to learn from, from any kind of file that data are read from.
  init(_ path: String) throws(DataError) { file = try DataFile(path, labelColumn: nil, .always) }

  /// Reads further conditions, whose columns, words and range are those of the ones learned with.
  init(_ path: String, like other: ConditionFile) throws(DataError) {
    file = try DataFile(path, like: other.file, .always)
    let (found, expected) = (file.images.shape.dropFirst(), other.file.images.shape.dropFirst())
    guard found == expected else {
      throw .mismatched(
        path: path, found: "conditions of shape \(Array(found))", other: other.file.path, expected: "\(Array(expected))"
      )
    }
  }

  /// Float32, (n, size), as data are: pixels from 0 to 1, and the numbers of a table in text by its range.
  ///
  /// - Throws: `DataError` for a number that is missing or too large.
  func values() throws(DataError) -> DataArray {
    let array = try file.images.read(0..<file.images.count)
    let (low, high) = (file.valueRange.lowerBound, file.valueRange.upperBound)
    let numbers = array.numbers().map { Float(($0 - low) / (high - low)) }
    let size = numbers.count / array.rowCount
    if let place = numbers.firstIndex(where: { !$0.isFinite }) {
      throw .malformed(
        path: file.path, found: numbers[place].isNaN ? "a missing number in row \(place / size)" : "an infinite number",
        expected: "all numbers of a condition")
    }
    return DataArray(numbers, shape: [array.rowCount, size])
  }

  /// The conditions of so many data of the file `images`.
  ///
  /// - Parameter names: of the pictures of a folder, which a folder of conditions has too, but for their endings.
  func values(count: Int, of images: String, named names: [String]) throws(DataError) -> DataArray {
    let values = try values()
    guard values.rowCount == count else {
      throw .mismatched(
        path: file.path, found: "\(values.rowCount) conditions", other: images, expected: "\(count) data")
    }
    for (own, other) in zip(file.pictureNames, names) where Self.stem(own) != Self.stem(other) {
      throw .mismatched(path: file.path, found: "the picture \(own)", other: images, expected: "\(other) in its place")
    }
    return values
  }

  /// A picture's name without its ending.
  private static func stem(_ name: String) -> Substring { name[..<(name.lastIndex(of: ".") ?? name.endIndex)] }
}
