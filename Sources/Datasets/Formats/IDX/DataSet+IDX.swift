extension DataSet {
  /// Reads pictures, and their labels where a second file is named, from IDX files, raw or gz.
  ///
  /// - Parameters:
  ///   - images: a file of bytes (n, height, width) or of higher rank.
  ///   - labels: a file of n bytes or 32-bit integers, -1 where a label is missing.
  ///   - classCount: how many classes there are; one more than the largest label where it is not given.
  public init(
    name: String, idxImages images: String, labels: String? = nil, classCount: Int? = nil
  ) throws(DataError) {
    let pictures = try IDX.pictures(images)
    let found = try labels.map { path throws(DataError) in try Labels(IDX.read(path), path: path) }
    try found?.validate(count: pictures.rowCount, of: images, classCount: classCount)
    self.init(
      name: name, images: pictures, labels: found?.values, classCount: found == nil ? nil : classCount)
  }
}

extension IDX {
  /// Reads pictures: bytes, of at least one datum.
  static func pictures(_ path: String) throws(DataError) -> DataArray {
    let pictures = try read(path)
    guard pictures.type == .uint8 else {
      throw .unsupported(
        path: path, found: "an IDX file of \(pictures.type) as pictures", supported: "uint8 (element type 08) is")
    }
    guard pictures.shape.count > 1 else {
      throw .malformed(
        path: path, found: "\(pictures.shape.count) dimension", expected: "pictures: count, height, width")
    }
    guard pictures.count > 0 else { throw .empty(path: path, expected: "at least one picture") }
    return pictures
  }
}
