/// A folder of pictures of one size: `label/*.png`, where the folders within name the classes and `unlabeled` those without
/// one, or `*.png`.
struct PictureFolder {
  let path: String
  /// The names of the folders within, in order; none where the pictures lie in the folder itself.
  let classNames: [String]
  /// The pictures' names from the folder on: those of a class in order of their bytes, the classes mixed evenly, so that
  /// every part of the data has its share of each.
  let names: [String]
  /// The class of each picture, -1 of those in `unlabeled`; none of a folder without classes.
  let labels: [Int32]

  private static let endings = [".png", ".pgm", ".ppm", ".pnm"]
  static let supported = "PNG, PGM and PPM are"
  private static let unlabeled = "unlabeled"

  /// Lists a folder.
  ///
  /// - Parameter known: the names of the classes where they are known already; another one is refused.
  init(_ path: String, classNames known: [String]? = nil) throws(DataError) {
    self.path = path
    let all = try Folder.names(in: path)
    let folders = all.filter { Paths.isFolder("\(path)/\($0)") }
    let own = all.filter(Self.isPicture)
    guard folders.isEmpty || own.isEmpty else {
      throw .malformed(
        path: path, found: "\(own[0]) beside the folder \(folders[0])",
        expected: "pictures in a folder for each class, or pictures alone")
    }
    guard !folders.isEmpty else {
      guard !own.isEmpty else {
        let other = all.first.map { "no pictures of a kind that is read, but \($0)" } ?? "no pictures"
        throw .unsupported(path: path, found: "a folder with \(other)", supported: Self.supported)
      }
      (classNames, names, labels) = ([], own, [])
      return
    }
    let classes = known ?? TableSchema.ordered(folders.filter { $0 != Self.unlabeled })
    var pictures: [(place: Double, label: Int32, name: String)] = []
    for folder in TableSchema.ordered(folders) {
      guard let label = folder == Self.unlabeled ? -1 : classes.firstIndex(of: folder) else {
        throw .malformed(
          path: "\(path)/\(folder)", found: "a class that the data to learn from lack",
          expected: "one of \(classes.joined(separator: ", "))")
      }
      let content = try Folder.names(in: "\(path)/\(folder)")
      let own = content.filter(Self.isPicture)
      if own.isEmpty, content.contains(where: { Paths.isFolder("\(path)/\(folder)/\($0)") }) {
        throw .malformed(
          path: "\(path)/\(folder)", found: "folders in a folder of a class",
          expected: "pictures there, or this folder itself as DATA or for --test")
      }
      guard !own.isEmpty else {
        throw .unsupported(path: "\(path)/\(folder)", found: "a class without pictures", supported: Self.supported)
      }
      for (index, name) in own.enumerated() {
        pictures.append(((Double(index) + 0.5) / Double(own.count), Int32(label), "\(folder)/\(name)"))
      }
    }
    pictures.sort { ($0.place, $0.label) < ($1.place, $1.label) }
    (classNames, names, labels) = (classes, pictures.map(\.name), pictures.map(\.label))
  }

  private static func isPicture(_ name: String) -> Bool { endings.contains { name.lowercased().hasSuffix($0) } }

  /// All pictures, bytes of shape (n, height, width) or (n, 3, height, width).
  func images() throws(DataError) -> DataArray {
    var first: Picture?
    var bytes: [UInt8] = []
    for name in names {
      let path = "\(path)/\(name)"
      let picture = try name.lowercased().hasSuffix(".png") ? Picture(png: path) : Picture(pnm: path)
      if let first, picture.form != first.form {
        throw .mismatched(
          path: path, found: "a picture of \(picture.form)", other: "\(self.path)/\(names[0])", expected: first.form)
      }
      if first == nil { bytes.reserveCapacity(picture.pixels.count * names.count) }
      first = first ?? picture
      bytes += picture.planar
    }
    let form = first!
    return DataArray(
      bytes: bytes, type: .uint8,
      shape: [names.count] + (form.channels == 1 ? [] : [form.channels]) + [form.height, form.width])
  }
}

extension Picture {
  /// Its size and depth in words: all pictures of a data set have the same.
  fileprivate var form: String { "\(height) x \(width) in \(channels == 1 ? "grey" : "colour")" }
}
