/// A message of protocol buffers as it is written, field after field.
///
/// A field is its number and its wire type in one varint, then another varint, four or eight bytes, or the length of bytes
/// and the bytes. TensorBoard's events and ONNX's models are such messages. Google, *Protocol buffers: encoding*.
package struct Protobuf: Hashable, Sendable {
  /// The message so far.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// A message of the fields that `fill` adds.
  package init(_ fill: (inout Protobuf) -> Void) { fill(&self) }

  private enum WireType: UInt64 { case varint, eightBytes, counted, fourBytes = 5 }

  /// An integer or the number of an enumeration's case; a negative one takes ten bytes.
  package mutating func add(_ field: Int, _ value: Int) {
    begin(field, .varint)
    append(varint: UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: Int, _ value: Float) {
    begin(field, .fourBytes)
    append(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ value: Double) {
    begin(field, .eightBytes)
    append(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ text: String) { add(field, bytes: Array(text.utf8)) }

  package mutating func add(_ field: Int, _ message: Protobuf) { add(field, bytes: message.bytes) }

  package mutating func add(_ field: Int, bytes value: [UInt8]) {
    begin(field, .counted)
    append(varint: UInt64(value.count))
    bytes += value
  }

  private mutating func begin(_ field: Int, _ type: WireType) {
    precondition(field > 0, "[Protobuf] field \(field)")
    append(varint: UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the high bit says that more follow.
  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    bytes += withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }
}
