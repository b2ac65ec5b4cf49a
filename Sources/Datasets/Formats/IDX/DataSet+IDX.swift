extension DataSet {
  /// Reads pictures, and their labels where a second file is named, from IDX files, raw or gz.
  ///
  /// - Parameters:
  ///   - images: a file of bytes (n, height, width) or of higher rank.
  ///   - labels: a file of n bytes or 32-bit integers, none of them negative.
  ///   - classCount: how many classes there are; one more than the largest label where it is not given.
  public init(
    name: String, idxImages images: String, labels: String? = nil, classCount: Int? = nil
  ) throws(DataError) {
    let pictures = try IDX.read(images)
    guard pictures.type == .uint8 else {
      throw .unsupported(
        path: images, found: "an IDX file of \(pictures.type) as pictures", supported: "uint8 (element type 08) is")
    }
    guard pictures.shape.count > 1 else {
      throw .malformed(
        path: images, found: "\(pictures.shape.count) dimension", expected: "pictures: count, height, width")
    }
    guard pictures.count > 0 else { throw .empty(path: images, expected: "at least one picture") }
    var classes: [Int32]?
    if let labels {
      classes = try DataSet.idxLabels(labels, count: pictures.rowCount, of: images, classCount: classCount)
    }
    self.init(name: name, images: pictures, labels: classes, classCount: classes == nil ? nil : classCount)
  }

  /// Reads the labels of `count` pictures.
  private static func idxLabels(
    _ path: String, count: Int, of images: String, classCount: Int?
  ) throws(DataError) -> [Int32] {
    let stored = try IDX.read(path)
    guard stored.shape.count == 1 else {
      throw .malformed(path: path, found: "shape \(stored.shape)", expected: "labels: one dimension")
    }
    let labels: [Int32]
    switch stored.type {
    case .uint8: labels = stored.bytes.map(Int32.init)
    case .int32: labels = stored.elements()
    default:
      throw .unsupported(path: path, found: "an IDX file of \(stored.type) as labels", supported: "uint8 and int32 are")
    }
    guard labels.count == count else {
      throw .mismatched(path: path, found: "\(labels.count) labels", other: images, expected: "\(count) pictures")
    }
    let limit = classCount.map { Int32($0) } ?? Int32.max
    if let wrong = labels.first(where: { $0 < 0 || $0 >= limit }) {
      throw .malformed(
        path: path, found: "label \(wrong)",
        expected: classCount.map { "labels from 0 to \($0 - 1)" } ?? "labels of at least 0")
    }
    return labels
  }
}
