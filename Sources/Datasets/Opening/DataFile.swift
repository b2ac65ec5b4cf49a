/// What one path holds: data, perhaps their classes, and perhaps data to test with beside them.
struct DataFile {
  let path: String
  let images: DataRows
  var labels: Labels?
  /// What an element may be, from black to white.
  let valueRange: ClosedRange<Double>
  /// Of a table in text.
  private(set) var schema: TableSchema?
  /// The names of the pictures of a folder.
  private(set) var pictureNames: [String] = []
  /// Data to test with in the same file.
  private(set) var test: (images: DataRows, labels: Labels?, valueRange: ClosedRange<Double>)?

  /// Reads data to learn from.
  ///
  /// - Parameters:
  ///   - labelColumn: the column of a table in text that holds the classes.
  ///   - residence: whether the data are held in memory.
  init(_ path: String, labelColumn: String?, _ residence: Residence) throws(DataError) {
    try self.init(path, labelColumn: labelColumn, residence, like: nil)
  }

  /// Reads data to test with, whose columns, classes and range are those of the data learned from.
  init(_ path: String, like train: DataFile, _ residence: Residence) throws(DataError) {
    try self.init(path, labelColumn: nil, residence, like: train)
  }

  private init(
    _ path: String, labelColumn: String?, _ residence: Residence, like train: DataFile?
  ) throws(DataError) {
    self.path = path
    let format = try DataFormat(of: path)
    guard labelColumn == nil || format == .csv else {
      throw .unsupported(
        path: path, found: "a label column of what is no CSV file", supported: "'--labels PATH' names labels beside it")
    }
    switch format {
    case .csv:
      try residence.requireMemory(path, "a CSV file")
      let csv = try CSV(path)
      let known = train?.schema
      let schema = if let known { known } else { try TableSchema(csv, label: labelColumn) }
      let data = try schema.table(csv).dataSet
      images = data.rows
      labels = data.labels.map { Labels(path: path, values: $0, names: data.classNames) }
      valueRange = train?.valueRange ?? data.valueRange
      self.schema = schema
    case .folder:
      try residence.requireMemory(path, "a folder of pictures")
      let folder = try PictureFolder(path, classNames: train?.labels?.names)
      images = DataRows(try folder.images())
      labels = folder.labels.isEmpty ? nil : Labels(path: path, values: folder.labels, names: folder.classNames)
      valueRange = 0...255
      pictureNames = folder.names
    case .idx:
      try residence.requireMemory(path, "an IDX file")
      let array = try IDX.pictures(path)
      images = DataRows(try PictureLayout(array.shape, path: path).arranged(array))
      valueRange = try Self.valueRange(of: images, like: train)
    case .npy, .npz, .safetensors:
      let file = try ArrayFile(path, format, residence)
      if train != nil {
        // Labels belong to the images that were found: those to learn from say nothing about those to test with.
        let role: ArrayFile.Role = file.name(.testImages) == nil ? .labels : .testLabels
        images = try file.rows(file.requiredName(.testImages, .images))
        labels = try file.name(role).map { name throws(DataError) in try file.labels(name) }
      } else {
        images = try file.rows(file.requiredName(.images))
        labels = try file.name(.labels).map { name throws(DataError) in try file.labels(name) }
        if let name = file.name(.testImages) {
          let labels = try file.name(.testLabels).map { name throws(DataError) in try file.labels(name) }
          test = (try file.rows(name), labels, 0...1)
        }
      }
      valueRange = try Self.valueRange(of: images, like: train)
      if let images = test?.images {
        let range = try Self.valueRange(of: images, like: self)
        test?.valueRange = range
      }
    }
  }

  /// Pixels are 0 to 255 in whole numbers, or 0 and 1 where none is above; real numbers, and the whole numbers of
  /// tables, are what they are.
  private static func valueRange(of images: DataRows, like train: DataFile?) throws(DataError) -> ClosedRange<Double> {
    let isReal = images.type == .float32 || images.type == .float64
    guard !isReal, images.type == .uint8 || images.shape.count > 2 else { return 0...1 }
    if let train, train.images.type == images.type { return train.valueRange }
    // In pieces of about a million numbers, up to the first that is above.
    let length = max(1, (1 << 20) / images.shape.dropFirst().reduce(1, *))
    for start in stride(from: 0, to: images.count, by: length) {
      let piece = try images.read(start..<min(start + length, images.count))
      guard piece.numbers().allSatisfy({ $0 <= 1 }) else { return 0...255 }
    }
    return 0...1
  }

  /// Data of this file, or beside it, with its columns and the names of its classes.
  func dataSet(
    name: String, _ images: DataRows, _ labels: Labels?, _ valueRange: ClosedRange<Double>, classCount: Int?,
    conditions: DataArray?
  ) -> DataSet {
    let classNames = self.labels?.names ?? []
    return DataSet(
      name: name, rows: images, labels: labels?.values,
      classCount: labels == nil ? nil : classNames.isEmpty ? classCount : classNames.count,
      columns: schema?.columns ?? [], classNames: classNames, valueRange: valueRange,
      isIncomplete: images.inMemory?.hasMissing == true, conditions: conditions)
  }
}
