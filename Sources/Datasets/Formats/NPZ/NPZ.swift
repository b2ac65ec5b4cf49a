/// The npz format of NumPy: npy files by name in one zip file.
///
/// Members may be stored or deflated, as `numpy.savez` and `numpy.savez_compressed` write them; stored ones are written.
public enum NPZ {
  /// Reads every array of a file, by its name without `.npy`. Members that are no npy files are left out, as NumPy does.
  public static func read(_ path: String) throws(DataError) -> [String: DataArray] {
    let archive = try ZipArchive(path, expected: expected)
    var arrays: [String: DataArray] = [:]
    for entry in archive.entries where entry.name.hasSuffix(suffix) {
      let bytes = try archive.read(entry)
      arrays[String(entry.name.dropLast(suffix.count))] = try NPY.decoded(bytes, path: "\(path): \(entry.name)")
    }
    return arrays
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
