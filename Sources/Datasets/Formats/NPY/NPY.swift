/// The npy format of NumPy: a header in Python's notation, then one array.
///
/// Format versions 1.0 to 3.0 are read, in row-major (C) and column-major (Fortran) order, little- and big-endian; 1.0
/// is written, in row-major order and little-endian. NumPy enhancement proposal 1, *A simple file format for NumPy
/// arrays*.
public enum NPY {
  /// Reads one array. Truth values become bytes 0 and 1, smaller whole numbers int32, and float16 becomes float32.
  public static func read(_ path: String) throws(DataError) -> DataArray {
    let file = try InputFile(path, expected: expected)
    let header = try NPYHeader(of: file)
    return header.array(of: try file.read(at: header.elementOffset, count: file.byteCount - header.elementOffset))
  }

  /// Writes one array, byte for byte as `numpy.save` does; whole or not at all.
  public static func write(_ array: DataArray, to path: String) throws(DataError) {
    try AtomicFile.write([NPYHeader(type: array.type, shape: array.shape).encoded, array.bytes], to: path)
  }

  /// The array that a whole npy file holds, already read; `path` is for messages.
  static func decoded(_ bytes: [UInt8], path: String) throws(DataError) -> DataArray {
    let header = try NPYHeader(path: path, byteCount: bytes.count) { offset, count throws(DataError) in
      Array(bytes[offset..<offset + count])
    }
    return header.array(of: Array(bytes[header.elementOffset...]))
  }

  /// Whether bytes begin as an npy file does.
  static func isNPY(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: signature) }

  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)
  static let expected = "an npy file"
}
