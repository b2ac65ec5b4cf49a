/// The npz format of NumPy: npy files by name in one zip file.
///
/// Members may be stored or deflated, as `numpy.savez` and `numpy.savez_compressed` write them; stored ones are written.
public enum NPZ {
  /// Reads every array of a file, by its name without `.npy`. Members that are no npy files are left out, as NumPy does.
  public static func read(_ path: String) throws(DataError) -> [String: DataArray] {
    var arrays: [String: DataArray] = [:]
    for name in try names(path) { arrays[name] = try read(path, name) }
    return arrays
  }

  /// The names of a file's arrays.
  static func names(_ path: String) throws(DataError) -> [String] {
    try ZipArchive(path, expected: expected).entries.map(\.name).filter { $0.hasSuffix(suffix) }.map {
      String($0.dropLast(suffix.count))
    }
  }

  /// Reads one array, which must be there.
  static func read(_ path: String, _ name: String) throws(DataError) -> DataArray {
    let archive = try ZipArchive(path, expected: expected)
    guard let entry = archive.entries.first(where: { $0.name == name + suffix }) else {
      throw .malformed(path: path, found: "no array \(name)", expected: "one of that name")
    }
    return try NPY.decoded(archive.read(entry), path: "\(path): \(entry.name)")
  }

  /// Writes arrays in the order of their names, byte for byte as `numpy.savez` does; whole or not at all.
  public static func write(_ arrays: [String: DataArray], to path: String) throws(DataError) {
    let ordered = arrays.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let members = ordered.map { name, array in
      let header = NPYHeader(type: array.type, shape: array.shape).encoded
      return ZipWriter.Member(name: name + suffix, content: [header, array.bytes])
    }
    try AtomicFile.write(ZipWriter().encoded(members), to: path)
  }

  private static let suffix = ".npy"
  static let expected = "an npz file"
}
