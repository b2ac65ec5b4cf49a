/// Named arrays and text in one safetensors file: what checkpoints are stored as.
///
/// Eight bytes of header length, a JSON header, then the arrays without gaps, little-endian in row-major order. The
/// arrays lie in order of their names, so equal states give equal data sections, and the data section begins at a
/// multiple of eight bytes. Hugging Face, *Safetensors: format*.
public struct Safetensors: Hashable, Sendable {
  /// The arrays by name.
  public var tensors: [String: DataArray]
  /// Text by key, the header's `__metadata__`.
  public var metadata: [String: String]

  public init(tensors: [String: DataArray], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a file after checking all of its header: arrays that overlap, leave gaps or do not fill the file are refused.
  public static func read(_ path: String) throws(DataError) -> Safetensors {
    let file = try InputFile(path, expected: expected)
    let header = try SafetensorsHeader(of: file)
    var tensors: [String: DataArray] = [:]
    for entry in header.entries { tensors[entry.name] = try header.array(entry, of: file) }
    return Safetensors(tensors: tensors, metadata: header.metadata)
  }

  /// The names of a file's arrays.
  static func names(_ path: String) throws(DataError) -> [String] {
    try SafetensorsHeader(of: InputFile(path, expected: expected)).entries.map(\.name)
  }

  /// Reads one array, which must be there.
  static func read(_ path: String, _ name: String) throws(DataError) -> DataArray {
    let file = try InputFile(path, expected: expected)
    let header = try SafetensorsHeader(of: file)
    guard let entry = header.entries.first(where: { $0.name == name }) else {
      throw .malformed(path: path, found: "no array \(name)", expected: "one of that name")
    }
    return try header.array(entry, of: file)
  }

  /// Reads the text alone, after the same checks.
  public static func readMetadata(_ path: String) throws(DataError) -> [String: String] {
    try SafetensorsHeader(of: InputFile(path, expected: expected)).metadata
  }

  /// Writes a file, whole or not at all. Traps for an array named `__metadata__`.
  public func write(to path: String) throws(DataError) {
    precondition(tensors[SafetensorsHeader.metadataKey] == nil, "[Safetensors] an array named __metadata__")
    let ordered = tensors.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    var offset = 0
    let entries = ordered.map { name, array in
      defer { offset += array.bytes.count }
      return SafetensorsHeader.Entry(
        name: name, elements: StoredElements(array.type), shape: array.shape, range: offset..<offset + array.bytes.count
      )
    }
    let header = SafetensorsHeader(entries: entries, metadata: metadata)
    try AtomicFile.write([header.encoded] + ordered.map(\.value.bytes), to: path)
  }

  static let expected = "a safetensors file"
}
