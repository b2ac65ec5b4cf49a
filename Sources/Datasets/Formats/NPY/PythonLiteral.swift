/// Reads the few forms of Python's notation that an npy header is written in.
struct PythonLiteral {
  enum Value: Hashable {
    case text(String)
    case truth(Bool)
    case tuple([Int])
    case dictionary([String: Value])
    /// A list, as structured types are described by; its content is of no use here.
    case list
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether nothing but space is left.
  var isAtEnd: Bool { bytes[position...].allSatisfy(Self.isSpace) }

  /// The next value, or nil where there is none that is known.
  mutating func value() -> Value? { takes("{") ? dictionary() : plainValue() }

  /// The next value that is no dictionary: headers hold none within another.
  private mutating func plainValue() -> Value? {
    switch next() {
    case UInt8(ascii: "("): return tuple()
    case UInt8(ascii: "["): return list()
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return text().map(Value.text)
    case UInt8(ascii: "T"): return word("rue") ? .truth(true) : nil
    case UInt8(ascii: "F"): return word("alse") ? .truth(false) : nil
    default: return nil
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// The next byte that is no space, taken.
  private mutating func next() -> UInt8? {
    while position < bytes.count {
      position += 1
      if !Self.isSpace(bytes[position - 1]) { return bytes[position - 1] }
    }
    return nil
  }

  /// Takes one sign if it comes next.
  private mutating func takes(_ sign: Unicode.Scalar) -> Bool {
    let before = position
    if next() == UInt8(ascii: sign) { return true }
    position = before
    return false
  }

  private mutating func word(_ rest: String) -> Bool {
    guard bytes[position...].starts(with: rest.utf8) else { return false }
    position += rest.utf8.count
    return true
  }

  /// What lies before the quotation mark that opened it comes again.
  private mutating func text() -> String? {
    let quote = bytes[position - 1]
    guard let end = bytes[position...].firstIndex(of: quote) else { return nil }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  private mutating func dictionary() -> Value? {
    var entries: [String: Value] = [:]
    while !takes("}") {
      guard case .text(let key)? = plainValue(), takes(":"), let entry = plainValue(), entries[key] == nil else {
        return nil
      }
      entries[key] = entry
      if !takes(",") { return takes("}") ? .dictionary(entries) : nil }
    }
    return .dictionary(entries)
  }

  private mutating func tuple() -> Value? {
    var extents: [Int] = []
    while !takes(")") {
      guard let extent = number() else { return nil }
      extents.append(extent)
      if !takes(",") { return takes(")") && extents.count > 1 ? .tuple(extents) : nil }
    }
    return .tuple(extents)
  }

  private mutating func number() -> Int? {
    guard let first = next() else { return nil }
    let digits = [first] + bytes[position...].prefix { (0x30...0x39).contains($0) }
    position += digits.count - 1
    let extent = Int(String(decoding: digits, as: UTF8.self))
    return extent.flatMap { $0 >= 0 ? $0 : nil }
  }

  private mutating func list() -> Value? {
    guard let end = bytes.lastIndex(of: UInt8(ascii: "]")), end >= position else { return nil }
    position = end + 1
    return .list
  }
}
