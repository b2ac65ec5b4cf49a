/// What stands before the elements of an npy file, and how they lie behind it.
struct NPYHeader {
  let elements: StoredElements
  let shape: [Int]
  /// Fortran's order: the first extent varies fastest.
  private(set) var isColumnMajor = false
  /// Where the elements begin, after the file's or the member's start.
  private(set) var elementOffset = 0

  /// More than any dictionary of the three entries takes.
  private static let largestHeader = 1 << 16

  init(type: DataArray.ElementType, shape: [Int]) {
    elements = StoredElements(type)
    self.shape = shape
  }

  /// The elements' type once read.
  var type: DataArray.ElementType { elements.type }

  /// Reads the header of `byteCount` bytes and checks that the elements fill the rest; `path` is for messages.
  ///
  /// - Parameter read: so many bytes from a place on.
  init(
    path: String, byteCount: Int, read: (_ offset: Int, _ count: Int) throws(DataError) -> [UInt8]
  ) throws(DataError) {
    guard byteCount > 0 else { throw .empty(path: path, expected: NPY.expected) }
    guard byteCount >= 10 else { throw .truncated(path: path, expected: "an npy header of at least 10 bytes") }
    let start = try read(0, min(12, byteCount))
    guard NPY.isNPY(start) else { throw .malformed(path: path, found: "no npy signature", expected: NPY.expected) }
    guard (1...3).contains(start[6]) else {
      throw .unsupported(path: path, found: "npy version \(start[6]).\(start[7])", supported: "1.0 to 3.0 are")
    }
    // Version 1 counts the header's bytes in 16 bits, the later ones in 32.
    let prefix = start[6] == 1 ? 10 : 12
    let length = Int(ByteOrder.littleEndian(start[8..<min(prefix, start.count)]))
    guard start.count >= prefix, length <= byteCount - prefix else {
      throw .truncated(path: path, expected: "an npy header of \(length) bytes")
    }
    guard length <= Self.largestHeader else {
      throw .malformed(path: path, found: "a header of \(length) bytes", expected: "at most \(Self.largestHeader)")
    }
    try self.init(text: read(prefix, length), path: path)
    elementOffset = prefix + length
    let found = byteCount - elementOffset
    guard let size = self.byteCount, size <= found else {
      throw .truncated(path: path, expected: "\(type) of shape \(shape), found \(found) bytes of it")
    }
    guard size == found else {
      throw .malformed(
        path: path, found: "\(found) bytes of elements", expected: "\(size) for \(type) of shape \(shape)")
    }
  }

  /// Reads the header of a file.
  init(of file: borrowing InputFile) throws(DataError) {
    try self.init(path: file.path, byteCount: file.byteCount) { offset, count throws(DataError) in
      try file.read(at: offset, count: count)
    }
  }

  /// Reads the dictionary.
  private init(text: [UInt8], path: String) throws(DataError) {
    var literal = PythonLiteral(text)
    guard case .dictionary(let entries)? = literal.value(), literal.isAtEnd, let descriptor = entries["descr"],
      case .truth(let isColumnMajor)? = entries["fortran_order"], case .tuple(let extents)? = entries["shape"],
      entries.count == 3
    else {
      throw .malformed(
        path: path, found: "an npy header that is not understood", expected: "descr, fortran_order and shape")
    }
    let known = StoredElements.Form.allCases.compactMap(Self.code)
    let supported = "\(known.joined(separator: ", ")) are, in both byte orders"
    guard case .text(let descriptor) = descriptor else {
      throw .unsupported(path: path, found: "a structured type", supported: supported)
    }
    let (order, code) = (descriptor.first, descriptor.dropFirst())
    guard let order, "|<>".contains(order),
      let form = StoredElements.Form.allCases.first(where: { Self.code($0).map { $0 == code } ?? false }),
      order != "|" || StoredElements(form).byteCount == 1
    else { throw .unsupported(path: path, found: "element type \(descriptor)", supported: supported) }
    elements = StoredElements(form, isBigEndian: order == ">")
    self.isColumnMajor = isColumnMajor
    shape = extents
  }

  /// How many bytes the elements take, or nil where no memory could hold them.
  var byteCount: Int? { elements.byteCount(of: shape) }

  /// The array whose elements lie in these bytes.
  func array(of stored: [UInt8]) -> DataArray {
    let elements = elements.decoded(stored)
    guard isColumnMajor && shape.count > 1 else { return DataArray(bytes: elements, type: type, shape: shape) }
    // The first extent varies fastest: these are the rows of the array with its dimensions the other way round.
    return DataArray(bytes: elements, type: type, shape: shape.reversed()).permuted(shape.indices.reversed())
  }

  /// Signature, version 1.0, length and dictionary: a multiple of 64 bytes, with the room that NumPy leaves for the
  /// first extent to grow to 21 digits.
  var encoded: [UInt8] {
    let extents = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    let growth = shape.first.map { 21 - String($0).count } ?? 0
    let order = elements.byteCount == 1 ? "|" : "<"
    let code = Self.code(elements.form) ?? ""
    var text = Array("{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: growth)
    let prefix = NPY.signature.count + 4
    text += [UInt8](repeating: UInt8(ascii: " "), count: 64 - (prefix + text.count + 1) % 64)
    text.append(UInt8(ascii: "\n"))
    return NPY.signature + [1, 0] + ByteOrder.littleEndian(UInt16(text.count)) + text
  }

  /// NumPy's name of a type without its byte order; nil of one that it does not have.
  private static func code(_ form: StoredElements.Form) -> String? {
    switch form {
    case .truth: "b1"
    case .uint8: "u1"
    case .int8: "i1"
    case .uint16: "u2"
    case .int16: "i2"
    case .int32: "i4"
    case .uint32: "u4"
    case .int64: "i8"
    case .float16: "f2"
    case .bfloat16: nil
    case .float32: "f4"
    case .float64: "f8"
    }
  }
}
