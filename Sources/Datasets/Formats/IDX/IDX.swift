/// The IDX format of the MNIST files: a magic number, the extents, the elements, all big-endian; raw or in gzip.
///
/// Four bytes 0, 0, element type, number of dimensions; one 32-bit extent a dimension; then the elements in row-major
/// order. Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, "file formats".
public enum IDX {
  /// Reads one array. Bytes, 32-bit integers, and both floating-point types are supported.
  public static func read(_ path: String) throws(DataError) -> DataArray {
    let stored = try InputFile.read(path, expected: "an IDX file, raw or gz")
    return try decoded(Gzip.isCompressed(stored) ? Gzip.decompressed(stored, path: path) : stored, path: path)
  }

  /// Writes one array, in gzip where the path ends in `.gz`. Traps for unsigned 32-bit and for 64-bit integers, which
  /// the format does not know.
  public static func write(_ array: DataArray, to path: String) throws(DataError) {
    let bytes = encoded(array)
    try AtomicFile.write([path.hasSuffix(".gz") ? Gzip.compressed(bytes) : bytes], to: path)
  }

  /// Whether bytes begin as an IDX file does.
  static func isIDX(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: [0, 0]) && bytes.count >= 4 && knownCodes.contains(bytes.dropFirst(2).first ?? 0)
  }

  private static let knownCodes: Set<UInt8> = [0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E]

  private static func elementType(_ code: UInt8) -> DataArray.ElementType? {
    switch code {
    case 0x08: .uint8
    case 0x0C: .int32
    case 0x0D: .float32
    case 0x0E: .float64
    default: nil
    }
  }

  static func decoded(_ bytes: [UInt8], path: String) throws(DataError) -> DataArray {
    guard bytes.count >= 4 else { throw .truncated(path: path, expected: "an IDX header of at least 4 bytes") }
    guard isIDX(bytes) else {
      let magic = bytes[..<4].map { hexadecimal($0) }.joined(separator: " ")
      throw .malformed(path: path, found: "begins with \(magic)", expected: "IDX: 00 00, element type, dimensions")
    }
    guard let type = elementType(bytes[2]) else {
      throw .unsupported(
        path: path, found: "IDX element type 0x\(hexadecimal(bytes[2]))",
        supported: "08 (uint8), 0c (int32), 0d (float32) and 0e (float64) are")
    }
    let rank = Int(bytes[3])
    let header = 4 + 4 * rank
    guard bytes.count >= header else {
      throw .truncated(path: path, expected: "an IDX header of \(header) bytes for \(rank) dimensions")
    }
    let shape = (0..<rank).map { axis in bytes[4 + 4 * axis..<8 + 4 * axis].reduce(0) { $0 << 8 | Int($1) } }
    guard let size = StoredElements(type).byteCount(of: shape), bytes.count - header >= size else {
      throw .truncated(
        path: path, expected: "\(type) of shape \(shape) after the header, found \(bytes.count - header) bytes")
    }
    guard bytes.count - header == size else {
      throw .malformed(
        path: path, found: "\(bytes.count - header) bytes after the header",
        expected: "\(size) for \(type) of shape \(shape)")
    }
    return DataArray(bytes: ByteOrder.swapped(bytes[header...], width: type.byteCount), type: type, shape: shape)
  }

  static func encoded(_ array: DataArray) -> [UInt8] {
    guard let code = knownCodes.first(where: { elementType($0) == array.type }) else {
      preconditionFailure("[IDX] there is no element type for \(array.type)")
    }
    precondition(
      array.shape.count <= 255 && array.shape.allSatisfy { $0 <= Int(UInt32.max) },
      "[IDX] shape \(array.shape) does not fit a header")
    let extents = array.shape.flatMap { extent in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) } }
    return [0, 0, code, UInt8(array.shape.count)] + extents
      + ByteOrder.swapped(array.bytes, width: array.type.byteCount)
  }
}

/// Two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
