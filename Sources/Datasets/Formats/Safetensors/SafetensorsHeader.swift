import FoundationEssentials

/// The header of a safetensors file: what lies where.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let elements: StoredElements
    let shape: [Int]
    /// Bytes from the start of the data section.
    let range: Range<Int>
  }

  /// In the order in which the arrays lie.
  let entries: [Entry]
  let metadata: [String: String]
  /// Where the data section begins in the file that was read.
  private(set) var dataOffset = 0

  static let metadataKey = "__metadata__"

  /// The format's own limit, so that a damaged length does not ask for all memory.
  private static let largestHeader = 100_000_000

  init(entries: [Entry], metadata: [String: String]) {
    self.entries = entries
    self.metadata = metadata
  }

  /// Reads and checks the header of a file.
  init(of file: borrowing InputFile) throws(DataError) {
    let path = file.path
    guard file.byteCount > 0 else { throw .empty(path: path, expected: Safetensors.expected) }
    guard file.byteCount >= 8 else { throw .truncated(path: path, expected: "the 8 bytes of a header's length") }
    let length = try ByteOrder.littleEndian(file.read(count: 8))
    guard length <= Self.largestHeader else {
      throw .malformed(
        path: path, found: "a header of \(length) bytes", expected: "at most \(Self.largestHeader) as in safetensors")
    }
    dataOffset = 8 + Int(length)
    guard dataOffset <= file.byteCount else {
      throw .truncated(path: path, expected: "a header of \(length) bytes, found \(file.byteCount - 8)")
    }
    let text = try file.read(at: 8, count: Int(length))
    guard text.first == UInt8(ascii: "{"),
      let header = try? JSONDecoder().decode(SafetensorsJSON.self, from: Data(text))
    else { throw .malformed(path: path, found: "a header that is not understood", expected: Safetensors.expected) }
    metadata = header.metadata
    entries = try header.tensors.map { name, tensor throws(DataError) in
      try Self.checked(tensor, name: name, path: path)
    }.sorted {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    try checkCoverage(dataSize: file.byteCount - dataOffset, path: path)
  }

  /// The array of an entry.
  func array(_ entry: Entry, of file: borrowing InputFile) throws(DataError) -> DataArray {
    let bytes = try file.read(at: dataOffset + entry.range.lowerBound, count: entry.range.count)
    return DataArray(bytes: entry.elements.decoded(bytes), type: entry.elements.type, shape: entry.shape)
  }

  /// One array's entry, if it agrees with itself.
  private static func checked(_ tensor: SafetensorsJSON.Tensor, name: String, path: String) throws(DataError) -> Entry {
    guard let form = StoredElements.Form.allCases.first(where: { code($0) == tensor.dtype }) else {
      let known = StoredElements.Form.allCases.map(code).joined(separator: ", ")
      throw .unsupported(path: path, found: "\(name) of type \(tensor.dtype)", supported: "\(known) are")
    }
    let elements = StoredElements(form)
    let offsets = tensor.dataOffsets
    guard let size = elements.byteCount(of: tensor.shape), offsets.count == 2, 0 <= offsets[0],
      offsets[0] <= offsets[1],
      offsets[1] - offsets[0] == size
    else {
      throw .malformed(
        path: path, found: "\(name) at \(offsets)", expected: "the bytes of \(tensor.dtype) of shape \(tensor.shape)")
    }
    return Entry(name: name, elements: elements, shape: tensor.shape, range: offsets[0]..<offsets[1])
  }

  /// The arrays must fill the data section one after the other.
  private func checkCoverage(dataSize: Int, path: String) throws(DataError) {
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw .malformed(
          path: path, found: "\(entry.name) at byte \(entry.range.lowerBound)",
          expected: "it at byte \(end), after the array before it")
      }
      end = entry.range.upperBound
    }
    guard dataSize >= end else { throw .truncated(path: path, expected: "\(end) bytes of data, found \(dataSize)") }
    guard dataSize == end else {
      throw .malformed(path: path, found: "\(dataSize) bytes of data", expected: "\(end) as its header says")
    }
  }

  /// The length and the JSON, padded by spaces to a multiple of eight bytes.
  var encoded: [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(SafetensorsJSON.quoted($0.key)):\(SafetensorsJSON.quoted($0.value))" }
      members.append("\"\(Self.metadataKey)\":{\(pairs.joined(separator: ","))}")
    }
    members += entries.map { entry in
      let shape = entry.shape.map(String.init).joined(separator: ",")
      return
        "\(SafetensorsJSON.quoted(entry.name)):{\"dtype\":\"\(Self.code(entry.elements.form))\",\"shape\":[\(shape)],"
        + "\"data_offsets\":[\(entry.range.lowerBound),\(entry.range.upperBound)]}"
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return ByteOrder.littleEndian(text.count) + text
  }

  private static func code(_ form: StoredElements.Form) -> String {
    switch form {
    case .truth: "BOOL"
    case .uint8: "U8"
    case .int8: "I8"
    case .uint16: "U16"
    case .int16: "I16"
    case .int32: "I32"
    case .uint32: "U32"
    case .int64: "I64"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float32: "F32"
    case .float64: "F64"
    }
  }
}
