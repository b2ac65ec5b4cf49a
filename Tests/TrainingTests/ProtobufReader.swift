/// A message of protocol buffers as it is read: the values of each field, in order.
struct ProtobufReader {
  enum Value: Equatable {
    case varint(UInt64)
    case eightBytes(UInt64)
    case bytes([UInt8])
    case fourBytes(UInt32)
  }

  private(set) var fields: [Int: [Value]] = [:]

  /// nil where the bytes are no message.
  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let key = Self.varint(&rest), let value = Self.value(of: Int(key & 7), &rest) else { return nil }
      fields[Int(key >> 3), default: []].append(value)
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  private static func number(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> UInt64? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func value(of wireType: Int, _ rest: inout ArraySlice<UInt8>) -> Value? {
    switch wireType {
    case 0: return varint(&rest).map(Value.varint)
    case 1: return number(8, &rest).map(Value.eightBytes)
    case 2:
      guard let count = varint(&rest), rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(Int(count)) }
      return .bytes(Array(rest.prefix(Int(count))))
    case 5: return number(4, &rest).map { .fourBytes(UInt32($0)) }
    default: return nil
    }
  }

  func messages(_ field: Int) -> [ProtobufReader] {
    (fields[field] ?? []).compactMap { value in
      guard case .bytes(let bytes) = value else { return nil }
      return ProtobufReader(bytes)
    }
  }

  func message(_ field: Int) -> ProtobufReader? { messages(field).last }

  func bytes(_ field: Int) -> [UInt8]? {
    guard case .bytes(let bytes)? = fields[field]?.last else { return nil }
    return bytes
  }

  func texts(_ field: Int) -> [String] {
    (fields[field] ?? []).compactMap { value in
      guard case .bytes(let bytes) = value else { return nil }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  func text(_ field: Int) -> String? { texts(field).last }

  func integers(_ field: Int) -> [Int] {
    (fields[field] ?? []).flatMap { value -> [Int] in
      switch value {
      case .varint(let number): return [Int(Int64(bitPattern: number))]
      case .bytes(let packed):
        var rest = packed[...]
        var numbers: [Int] = []
        while let number = Self.varint(&rest) { numbers.append(Int(Int64(bitPattern: number))) }
        return numbers
      default: return []
      }
    }
  }

  func integer(_ field: Int) -> Int? { integers(field).last }

  func float(_ field: Int) -> Float? {
    guard case .fourBytes(let bits)? = fields[field]?.last else { return nil }
    return Float(bitPattern: bits)
  }
}
