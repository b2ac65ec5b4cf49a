/// The class of each datum as a file gives it.
struct Labels {
  /// The file.
  let path: String
  /// -1 where a label is missing.
  let values: [Int32]
  /// What the classes are called; none where they are numbers.
  let names: [String]

  /// More classes than any model has numbers for.
  static let mostClasses = 1 << 16

  init(path: String, values: [Int32], names: [String] = []) {
    (self.path, self.values, self.names) = (path, values, names)
  }

  /// Takes whole numbers of shape (n) or (n, 1).
  init(_ array: DataArray, path: String) throws(DataError) {
    self.path = path
    names = []
    guard array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1 else {
      throw .malformed(path: path, found: "shape \(array.shape)", expected: "labels: one dimension")
    }
    func whole(_ number: some BinaryInteger) throws(DataError) -> Int32 {
      guard let label = Int32(exactly: number) else {
        throw .malformed(path: path, found: "label \(number)", expected: Self.expected)
      }
      return label
    }
    switch array.type {
    case .uint8: values = array.bytes.map(Int32.init)
    case .int32: values = array.elements()
    case .uint32: values = try array.elements(as: UInt32.self).map { number throws(DataError) in try whole(number) }
    case .int64: values = try array.elements(as: Int64.self).map { number throws(DataError) in try whole(number) }
    case .float32, .float64:
      throw .unsupported(path: path, found: "\(array.type) as labels", supported: "whole numbers are")
    }
  }

  /// Holds the labels against `count` data of the file `images`, and against the classes where they are known.
  func validate(count: Int, of images: String, classCount: Int?) throws(DataError) {
    guard values.count == count else {
      throw .mismatched(path: path, found: "\(values.count) labels", other: images, expected: "\(count) data")
    }
    let limit = classCount ?? Self.mostClasses
    if let wrong = values.first(where: { $0 < -1 || $0 >= limit }) {
      throw .malformed(
        path: path, found: "label \(wrong)",
        expected: classCount.map { Self.expected(below: $0) } ?? Self.expected)
    }
  }

  private static let expected = expected(below: mostClasses)

  private static func expected(below count: Int) -> String {
    "labels from 0 to \(count - 1), or -1 where one is missing"
  }
}
