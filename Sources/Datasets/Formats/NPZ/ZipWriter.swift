/// The bytes of a zip file with stored members, as Python's `zipfile` writes them for NumPy: equal members, equal bytes.
struct ZipWriter {
  struct Member {
    let name: String
    /// The content in pieces, one after the other.
    let content: [[UInt8]]
  }

  /// Sizes and places above it are written in 64 bits: Python's own limit, half of what 32 bits hold.
  var narrowLimit = UInt64(Int32.max)

  /// All of the file, in pieces.
  func encoded(_ members: [Member]) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    var offset: UInt64 = 0
    var directory: [UInt8] = []
    for member in members {
      var sum = Checksum()
      for piece in member.content { sum.add(piece) }
      let size = UInt64(member.content.reduce(0) { $0 + $1.count })
      let header = header(member.name, sum.value, size: size)
      directory += entry(member.name, sum.value, size: size, offset: offset)
      chunks.append(header)
      chunks += member.content
      offset += UInt64(header.count) + size
    }
    return chunks + [directory, end(count: UInt64(members.count), size: UInt64(directory.count), offset: offset)]
  }

  /// Version 4.5 (64-bit sizes), plain names or UTF-8, stored, 1980-01-01 0:00, the sum: common to both headers.
  private func common(_ name: String, _ sum: UInt32) -> [UInt8] {
    let isASCII = name.utf8.allSatisfy { $0 < 0x80 }
    return [45, 0] + ByteOrder.littleEndian(UInt16(isASCII ? 0 : 1 << 11)) + [0, 0, 0, 0, 0x21, 0]
      + ByteOrder.littleEndian(sum)
  }

  /// What stands before a member: its sizes always in 64 bits.
  private func header(_ name: String, _ sum: UInt32, size: UInt64) -> [UInt8] {
    let extra = wideField([size, size])
    return ZipArchive.Signature.member + common(name, sum) + [UInt8](repeating: 0xFF, count: 8)
      + ByteOrder.littleEndian(UInt16(name.utf8.count)) + ByteOrder.littleEndian(UInt16(extra.count)) + Array(name.utf8)
      + extra
  }

  private func entry(_ name: String, _ sum: UInt32, size: UInt64, offset: UInt64) -> [UInt8] {
    let isWide = size > narrowLimit
    let wide = (isWide ? [size, size] : []) + (offset > narrowLimit ? [offset] : [])
    let extra = wide.isEmpty ? [] : wideField(wide)
    let sizes = narrow(size) + narrow(size)
    // Made on Unix, by version 4.5; a file that its owner may read and write.
    return ZipArchive.Signature.entry + [45, 3] + common(name, sum) + sizes
      + ByteOrder.littleEndian(UInt16(name.utf8.count)) + ByteOrder.littleEndian(UInt16(extra.count))
      + [UInt8](repeating: 0, count: 6) + ByteOrder.littleEndian(UInt32(0o600 << 16)) + narrow(offset)
      + Array(name.utf8) + extra
  }

  private func end(count: UInt64, size: UInt64, offset: UInt64) -> [UInt8] {
    var record: [UInt8] = []
    if count > 0xFFFF || size > narrowLimit || offset > narrowLimit {
      let place = offset + size
      record += ZipArchive.Signature.wideEnd + ByteOrder.littleEndian(UInt64(44)) + [45, 0, 45, 0]
      record += [UInt8](repeating: 0, count: 8) + [count, count, size, offset].flatMap { ByteOrder.littleEndian($0) }
      record += ZipArchive.Signature.wideEndPlace + [0, 0, 0, 0] + ByteOrder.littleEndian(place) + [1, 0, 0, 0]
    }
    let shortCount = ByteOrder.littleEndian(UInt16(min(count, 0xFFFF)))
    return record + ZipArchive.Signature.end + [0, 0, 0, 0] + shortCount + shortCount + narrow(size) + narrow(offset)
      + [0, 0]
  }

  /// A number in 32 bits, all of them set where it is written elsewhere in 64.
  private func narrow(_ number: UInt64) -> [UInt8] {
    ByteOrder.littleEndian(number > narrowLimit ? UInt32.max : UInt32(number))
  }

  /// The extra field of 64-bit sizes.
  private func wideField(_ numbers: [UInt64]) -> [UInt8] {
    [1, 0] + ByteOrder.littleEndian(UInt16(8 * numbers.count)) + numbers.flatMap { ByteOrder.littleEndian($0) }
  }
}
