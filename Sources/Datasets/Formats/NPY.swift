/// The npy format of NumPy: a header in Python's notation, then one array, little-endian in row-major order.
///
/// Format versions 1.0 to 3.0 are read, 1.0 is written. NumPy enhancement proposal 1, *A simple file format for NumPy
/// arrays*.
public enum NPY {
  /// Reads one array of uint8, int32, uint32, int64, float32 or float64.
  public static func read(_ path: String) throws(DataError) -> DataArray {
    let expected = "an npy file"
    let file = try InputFile(path, expected: expected)
    guard file.byteCount > 0 else { throw .empty(path: path, expected: expected) }
    guard file.byteCount >= 10 else { throw .truncated(path: path, expected: "an npy header of at least 10 bytes") }
    let start = try file.read(count: min(12, file.byteCount))
    guard isNPY(start) else { throw .malformed(path: path, found: "no npy signature", expected: expected) }
    guard (1...3).contains(start[6]) else {
      throw .unsupported(path: path, found: "npy version \(start[6]).\(start[7])", supported: "1.0 to 3.0 are")
    }
    // Version 1 counts the header's bytes in 16 bits, the later ones in 32.
    let prefix = start[6] == 1 ? 10 : 12
    let length = start[8..<min(prefix, start.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard start.count >= prefix, length <= file.byteCount - prefix else {
      throw .truncated(path: path, expected: "an npy header of \(length) bytes")
    }
    let header = try NPYHeader(text: file.read(at: prefix, count: length), path: path)
    let found = file.byteCount - prefix - length
    guard let size = header.byteCount, size <= found else {
      throw .truncated(path: path, expected: "\(header.type) of shape \(header.shape), found \(found) bytes of it")
    }
    guard size == found else {
      throw .malformed(
        path: path, found: "\(found) bytes of elements",
        expected: "\(size) for \(header.type) of shape \(header.shape)")
    }
    let bytes = try file.read(at: prefix + length, count: size)
    return DataArray(bytes: bytes, type: header.type, shape: header.shape)
  }

  /// Writes one array, byte for byte as `numpy.save` does; whole or not at all.
  public static func write(_ array: DataArray, to path: String) throws(DataError) {
    try AtomicFile.write([NPYHeader(type: array.type, shape: array.shape).encoded, array.bytes], to: path)
  }

  /// Whether bytes begin as an npy file does.
  static func isNPY(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: signature) }

  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)
}

/// What stands before the elements of an npy file.
struct NPYHeader {
  let type: DataArray.ElementType
  let shape: [Int]

  init(type: DataArray.ElementType, shape: [Int]) {
    self.type = type
    self.shape = shape
  }

  /// Reads the dictionary; `path` is for messages.
  init(text: [UInt8], path: String) throws(DataError) {
    var literal = PythonLiteral(text)
    guard case .dictionary(let entries)? = literal.value(), literal.isAtEnd, let descriptor = entries["descr"],
      case .truth(let isColumnMajor)? = entries["fortran_order"], case .tuple(let extents)? = entries["shape"],
      entries.count == 3
    else {
      throw .malformed(
        path: path, found: "an npy header that is not understood", expected: "descr, fortran_order and shape")
    }
    let known = DataArray.ElementType.allCases.map(Self.code)
    guard case .text(let code) = descriptor,
      let type = DataArray.ElementType.allCases.first(where: { Self.code($0) == code })
    else {
      var name = "a structured type"
      if case .text(let code) = descriptor { name = "element type \(code)" }
      throw .unsupported(path: path, found: name, supported: "\(known.joined(separator: ", ")) are")
    }
    guard !isColumnMajor else {
      throw .unsupported(path: path, found: "column-major (Fortran) order", supported: "row-major (C) order is")
    }
    self.init(type: type, shape: extents)
  }

  /// How many bytes the elements take, or nil where no memory could hold them.
  var byteCount: Int? {
    var size = type.byteCount
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      size = product
    }
    return size
  }

  /// Signature, version 1.0, length and dictionary: a multiple of 64 bytes, with the room that NumPy leaves for the
  /// first extent to grow to 21 digits.
  var encoded: [UInt8] {
    let extents = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    let growth = shape.first.map { 21 - String($0).count } ?? 0
    var text = Array("{'descr': '\(Self.code(type))', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: growth)
    let prefix = NPY.signature.count + 4
    text += [UInt8](repeating: UInt8(ascii: " "), count: 64 - (prefix + text.count + 1) % 64)
    text.append(UInt8(ascii: "\n"))
    return NPY.signature + [1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
  }

  private static func code(_ type: DataArray.ElementType) -> String {
    switch type {
    case .uint8: "|u1"
    case .int32: "<i4"
    case .uint32: "<u4"
    case .int64: "<i8"
    case .float32: "<f4"
    case .float64: "<f8"
    }
  }
}
