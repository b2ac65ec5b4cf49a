import Testing

@testable import Datasets

@Suite("Protocol buffers and records")
struct ProtobufTests {
  /// The examples of the encoding's own description: 150, "testing", and 150 in a message within.
  @Test("messages are as the format's description has them")
  func examples() {
    let inner = Protobuf { $0.add(1, 150) }
    #expect(inner.bytes == bytes("08 96 01"))
    #expect(Protobuf { $0.add(2, "testing") }.bytes == bytes("12 07 74 65 73 74 69 6e 67"))
    #expect(Protobuf { $0.add(3, inner) }.bytes == bytes("1a 03 08 96 01"))
  }

  @Test("numbers take the bytes of their kind")
  func numbers() {
    #expect(Protobuf { $0.add(1, -2) }.bytes == bytes("08 fe ff ff ff ff ff ff ff ff 01"))
    #expect(Protobuf { $0.add(2, Float(1.5)) }.bytes == bytes("15 00 00 c0 3f"))
    #expect(Protobuf { $0.add(1, 1.5) }.bytes == bytes("09 00 00 00 00 00 00 f8 3f"))
    #expect(Protobuf { $0.add(16, 0) }.bytes == bytes("80 01 00"))
  }

  /// The check value of CRC-32C, and two of RFC 3720.
  @Test("the checksum is Castagnoli's")
  func checksum() {
    #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(of: []) == 0)
  }
}
