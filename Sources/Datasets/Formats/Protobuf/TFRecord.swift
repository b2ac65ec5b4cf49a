/// The framing of records in TensorFlow's files.
///
///     length (uint64), its checksum (uint32), the record, its checksum (uint32)
///
/// Numbers are little-endian. A checksum is CRC-32C, turned and shifted so that a checksum over checksums is no weaker.
package enum TFRecord {
  /// One record with its frame.
  package static func framed(_ record: [UInt8]) -> [UInt8] {
    let length = bytes(of: UInt64(record.count))
    return length + bytes(of: maskedChecksum(of: length)) + record + bytes(of: maskedChecksum(of: record))
  }

  static func maskedChecksum(of bytes: [UInt8]) -> UInt32 {
    let sum = CRC32C.checksum(of: bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }
}

/// The cyclic redundancy check with Castagnoli's polynomial, which zlib has not (RFC 3720, appendix B.4).
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
  }

  static func checksum(of bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
  }
}
