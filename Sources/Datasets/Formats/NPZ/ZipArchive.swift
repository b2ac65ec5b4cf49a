/// The members of a zip file: stored or deflated, with 64-bit sizes where they need them.
///
/// PKWARE, *.ZIP File Format Specification* (APPNOTE), version 6.3.
struct ZipArchive: ~Copyable {
  struct Entry {
    let name: String
    fileprivate let method: UInt64
    fileprivate let isEncrypted: Bool
    fileprivate let checksum: UInt32
    fileprivate let packedSize: Int
    fileprivate let size: Int
    /// Where the member's own header lies.
    fileprivate let offset: Int
  }

  /// The members in the order of the directory.
  let entries: [Entry]
  private let file: InputFile

  /// Opens a file and reads its directory; `expected` says what should be there, for messages.
  init(_ path: String, expected: String) throws(DataError) {
    let file = try InputFile(path, expected: expected)
    guard file.byteCount > 0 else { throw .empty(path: path, expected: expected) }
    guard try ZipArchive.isZip(file.read(count: min(4, file.byteCount))) else {
      throw .malformed(path: path, found: "no zip signature", expected: expected)
    }
    let place = try ZipArchive.directory(of: file)
    let directory = try file.read(at: place.offset, count: place.size)
    entries = try ZipArchive.entries(directory, count: place.count, path: path)
    self.file = file
  }

  /// Whether bytes begin as a zip file does, one without members among them.
  static func isZip(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: Signature.member) || bytes.starts(with: Signature.end)
  }

  /// The content of a member, unpacked, its length and its check sum compared with the directory's.
  func read(_ entry: Entry) throws(DataError) -> [UInt8] {
    let path = "\(file.path): \(entry.name)"
    guard !entry.isEncrypted else {
      throw .unsupported(path: path, found: "an encrypted member", supported: "plain ones are")
    }
    // The member's own header repeats the directory, with another length of its extra fields.
    let header = try file.read(at: entry.offset, count: 30)
    guard header.starts(with: Signature.member) else {
      throw .malformed(path: path, found: "no member at byte \(entry.offset)", expected: "one where the directory says")
    }
    let start =
      entry.offset + 30 + Int(ByteOrder.littleEndian(header[26..<28]) + ByteOrder.littleEndian(header[28..<30]))
    let packed = try file.read(at: start, count: entry.packedSize)
    let content: [UInt8]
    switch entry.method {
    case 0: content = packed
    case 8: content = try inflated(packed, size: entry.size, path: path)
    default:
      throw .unsupported(
        path: path, found: "compression method \(entry.method)", supported: "0 (stored) and 8 (deflated) are")
    }
    var sum = Checksum()
    sum.add(content)
    guard content.count == entry.size, sum.value == entry.checksum else {
      throw .malformed(
        path: path, found: "damaged data (the check sum is another)", expected: "the member as it was written")
    }
    return content
  }

  private func inflated(_ packed: [UInt8], size: Int, path: String) throws(DataError) -> [UInt8] {
    switch packed.withUnsafeBufferPointer({ Inflation.unpack($0, .none, limit: size) }) {
    case .done(let content): return content
    case .truncated: throw .truncated(path: path, expected: "the rest of the deflated data")
    case .tooLong:
      throw .malformed(path: path, found: "more than \(size) bytes", expected: "as many as the directory says")
    case .damaged(let reason):
      throw .malformed(path: path, found: "damaged deflated data (\(reason))", expected: "the member as it was written")
    }
  }

  // MARK: - The directory at the file's end

  enum Signature {
    static let member: [UInt8] = [0x50, 0x4B, 3, 4]
    static let entry: [UInt8] = [0x50, 0x4B, 1, 2]
    static let end: [UInt8] = [0x50, 0x4B, 5, 6]
    static let wideEnd: [UInt8] = [0x50, 0x4B, 6, 6]
    static let wideEndPlace: [UInt8] = [0x50, 0x4B, 6, 7]
  }

  /// Where the directory lies and how many members it lists: told by a record at the file's very end, which a comment
  /// may follow.
  private static func directory(
    of file: borrowing InputFile
  ) throws(DataError) -> (offset: Int, size: Int, count: Int) {
    let path = file.path
    let tailSize = min(file.byteCount, 22 + 0xFFFF)
    let tail = try file.read(at: file.byteCount - tailSize, count: tailSize)
    guard
      let end = stride(from: tailSize - 22, through: 0, by: -1).first(where: { start in
        tail[start...].starts(with: Signature.end)
          && Int(ByteOrder.littleEndian(tail[start + 20..<start + 22])) == tailSize - start - 22
      })
    else { throw .truncated(path: path, expected: "a zip directory at its end") }
    var fields = (
      offset: ByteOrder.littleEndian(tail[end + 16..<end + 20]),
      size: ByteOrder.littleEndian(tail[end + 12..<end + 16]),
      count: ByteOrder.littleEndian(tail[end + 10..<end + 12])
    )
    // Sizes beyond 32 bits are in a record of their own, and a pointer to it stands before this one.
    if end >= 20, tail[(end - 20)...].starts(with: Signature.wideEndPlace) {
      let place = ByteOrder.littleEndian(tail[end - 12..<end - 4])
      let wide = try file.read(at: try checked(place, room: 56, in: file), count: 56)
      guard wide.starts(with: Signature.wideEnd) else {
        throw .malformed(path: path, found: "no zip64 record at byte \(place)", expected: "one where the file says")
      }
      fields = (
        ByteOrder.littleEndian(wide[48..<56]), ByteOrder.littleEndian(wide[40..<48]),
        ByteOrder.littleEndian(wide[32..<40])
      )
    }
    let size = try checked(fields.size, room: 0, in: file)
    return (try checked(fields.offset, room: size, in: file), size, try checked(fields.count, room: 0, in: file))
  }

  /// A place in the file, after which it has room for so many bytes.
  private static func checked(_ place: UInt64, room: Int, in file: borrowing InputFile) throws(DataError) -> Int {
    guard let offset = Int(exactly: place), offset <= file.byteCount - room else {
      throw .truncated(path: file.path, expected: "\(room) bytes from byte \(place) on, as its zip directory says")
    }
    return offset
  }

  private static func entries(_ directory: [UInt8], count: Int, path: String) throws(DataError) -> [Entry] {
    var entries: [Entry] = []
    var names: Set<String> = []
    var rest = directory[...]
    for _ in 0..<count {
      guard rest.count >= 46, rest.starts(with: Signature.entry) else {
        throw .malformed(path: path, found: "\(entries.count) members", expected: "\(count) as its zip directory says")
      }
      func field(_ offset: Int, _ width: Int) -> UInt64 {
        ByteOrder.littleEndian(rest[rest.startIndex + offset..<rest.startIndex + offset + width])
      }
      let (nameLength, extraLength, commentLength) = (Int(field(28, 2)), Int(field(30, 2)), Int(field(32, 2)))
      let texts = rest.dropFirst(46)
      guard texts.count >= nameLength + extraLength + commentLength else {
        throw .truncated(path: path, expected: "the rest of the zip directory")
      }
      let name = String(decoding: texts.prefix(nameLength), as: UTF8.self)
      // In this order the extra field holds those that do not fit 32 bits.
      var wide = [field(24, 4), field(20, 4), field(42, 4)]
      var extra = wideFields(texts.dropFirst(nameLength).prefix(extraLength))
      for index in wide.indices where wide[index] == 0xFFFF_FFFF && extra.count >= 8 {
        wide[index] = ByteOrder.littleEndian(extra.prefix(8))
        extra = extra.dropFirst(8)
      }
      guard names.insert(name).inserted else {
        throw .malformed(path: path, found: "\(name) twice", expected: "each member once")
      }
      guard let size = Int(exactly: wide[0]), let packedSize = Int(exactly: wide[1]), let offset = Int(exactly: wide[2])
      else { throw .truncated(path: path, expected: "\(name) of \(wide[0]) bytes") }
      entries.append(
        Entry(
          name: name, method: field(10, 2), isEncrypted: field(8, 2) & 1 != 0, checksum: UInt32(field(16, 4)),
          packedSize: packedSize, size: size, offset: offset))
      rest = texts.dropFirst(nameLength + extraLength + commentLength)
    }
    return entries
  }

  /// The content of the extra field number 1, which holds 64-bit sizes; empty where there is none.
  private static func wideFields(_ extra: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = extra
    while rest.count >= 4 {
      let size = Int(ByteOrder.littleEndian(rest.dropFirst(2).prefix(2)))
      let content = rest.dropFirst(4).prefix(size)
      if ByteOrder.littleEndian(rest.prefix(2)) == 1 { return content }
      rest = rest.dropFirst(4 + size)
    }
    return []
  }
}
