import CZlib

/// CRC-32 of bytes: it tells bytes that a disk or a copy changed, and is no defence against a person.
package struct Checksum: Sendable {
  private var state = crc32_z(0, nil, 0)

  package init() {}

  package mutating func add(_ bytes: [UInt8]) {
    state = bytes.withUnsafeBufferPointer { crc32_z(state, $0.baseAddress, $0.count) }
  }

  /// The sum of all bytes so far.
  package var value: UInt32 { UInt32(truncatingIfNeeded: state) }

  /// Eight hexadecimal digits.
  package var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
