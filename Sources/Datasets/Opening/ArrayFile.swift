/// The arrays of an npy, npz or safetensors file by what they are for.
struct ArrayFile {
  let path: String
  private let format: DataFormat
  private let residence: Residence
  /// The one array of an npy file has no name.
  private let names: [String]

  /// What an array is for.
  enum Role {
    case images, labels, testImages, testLabels

    /// The names that it goes by, as keras, medmnist and people have them.
    var names: [String] {
      switch self {
      case .images: ["images", "x", "x_train", "train_images", "data"]
      case .labels: ["labels", "y", "y_train", "train_labels"]
      case .testImages: ["x_test", "test_images"]
      case .testLabels: ["y_test", "test_labels"]
      }
    }
  }

  /// Reads the names of a file's arrays.
  init(_ path: String, _ format: DataFormat, _ residence: Residence) throws(DataError) {
    (self.path, self.format, self.residence) = (path, format, residence)
    switch format {
    case .npz: names = try NPZ.names(path)
    case .safetensors: names = try Safetensors.names(path)
    default: names = [""]
    }
  }

  /// The array that goes by a name of one of the roles, those of the first before the others; nil where none does.
  func name(_ roles: Role...) -> String? { roles.flatMap(\.names).first(where: names.contains) }

  /// The array of one of the roles, or the only one that there is.
  func requiredName(_ roles: Role...) throws(DataError) -> String {
    let candidates = roles.flatMap(\.names)
    if let found = candidates.first(where: names.contains) { return found }
    guard names.count == 1 else {
      let found = names.isEmpty ? "no arrays" : "the arrays \(names.sorted().joined(separator: ", "))"
      throw .malformed(path: path, found: found, expected: "one named \(candidates.joined(separator: " or "))")
    }
    return names[0]
  }

  /// All of one array.
  func array(_ name: String) throws(DataError) -> DataArray {
    switch format {
    case .npz: try NPZ.read(path, name)
    case .safetensors: try Safetensors.read(path, name)
    default: try NPY.read(path)
    }
  }

  /// One array as whole numbers by datum.
  func labels(_ name: String) throws(DataError) -> Labels { try Labels(array(name), path: place(name)) }

  /// One array as data with their channels first, in memory or in their file.
  func rows(_ name: String) throws(DataError) -> DataRows {
    switch format {
    case .npy:
      let file = try InputFile(path, expected: NPY.expected)
      let header = try NPYHeader(of: file)
      guard !residence.holds(header.byteCount ?? .max) else { break }
      guard !header.isColumnMajor || header.shape.count < 2 else {
        throw .unsupported(
          path: path, found: "column-major (Fortran) order of data that are read by batches",
          supported: "row-major (C) order is: numpy.save(path, numpy.ascontiguousarray(x))")
      }
      let layout = try PictureLayout(header.shape, path: path)
      return DataRows(
        ArraySection(
          file, offset: header.elementOffset, elements: header.elements, shape: header.shape, layout: layout))
    case .safetensors:
      let file = try InputFile(path, expected: Safetensors.expected)
      let header = try SafetensorsHeader(of: file)
      let entry = header.entries.first { $0.name == name }!
      guard !residence.holds(entry.range.count) else { break }
      let layout = try PictureLayout(entry.shape, path: place(name))
      return DataRows(
        ArraySection(
          file, offset: header.dataOffset + entry.range.lowerBound, elements: entry.elements, shape: entry.shape,
          layout: layout))
    default:
      try residence.requireMemory(path, "an npz file")
    }
    let array = try array(name)
    return DataRows(try PictureLayout(array.shape, path: place(name)).arranged(array))
  }

  /// The file and the array in it, for messages.
  private func place(_ name: String) -> String { name.isEmpty ? path : "\(path): \(name)" }
}

extension Residence {
  /// Refuses what is only read whole where it must not be.
  func requireMemory(_ path: String, _ format: String) throws(DataError) {
    guard self != .never else {
      throw .unsupported(
        path: path, found: "reading \(format) by batches", supported: "npy and safetensors files can be read so")
    }
  }
}
