/// Grey and colour pictures of the netpbm family (PGM and PPM), as text (P2, P3) or bytes (P5, P6).
extension Picture {
  /// Reads a PGM or PPM file of at most eight bits a channel; its largest value becomes 255.
  public init(pnm path: String) throws(DataError) {
    let expected = "a PGM or PPM file"
    let bytes = try InputFile.read(path, expected: expected)
    guard bytes.count > 2, bytes[0] == UInt8(ascii: "P") else {
      throw .malformed(path: path, found: "no PGM or PPM signature", expected: expected)
    }
    let form = bytes[1] &- UInt8(ascii: "0")
    guard [2, 3, 5, 6].contains(form) else {
      throw .unsupported(
        path: path, found: "P\(UnicodeScalar(bytes[1]))", supported: "P2 and P5 (PGM), P3 and P6 (PPM) are")
    }
    var reader = PNMReader(bytes: bytes, offset: 2, path: path)
    let (width, height, largest) = (try reader.number(), try reader.number(), try reader.number())
    guard width > 0, height > 0, width.multipliedReportingOverflow(by: height).partialValue <= Picture.largestArea,
      !width.multipliedReportingOverflow(by: height).overflow
    else {
      throw .unsupported(
        path: path, found: "a picture of \(height) x \(width)", supported: "1 to \(Picture.largestArea) pixels are")
    }
    guard (1...255).contains(largest) else {
      throw .unsupported(path: path, found: "values up to \(largest)", supported: "at most 255 are")
    }
    let channels = form == 3 || form == 6 ? 3 : 1
    let count = width * height * channels
    var values = form > 3 ? try reader.rest(count) : []
    func check(_ value: Int) throws(DataError) {
      guard value <= largest else {
        throw .malformed(path: path, found: "a value of \(value)", expected: "at most \(largest) as in its header")
      }
    }
    for value in values { try check(Int(value)) }
    while values.count < count {
      let value = try reader.number()
      try check(value)
      values.append(UInt8(value))
    }
    if largest < 255 { values = values.map { UInt8((Int($0) * 255 + largest / 2) / largest) } }
    self.init(height: height, width: width, channels: channels, pixels: values)
  }
}

private struct PNMReader {
  let bytes: [UInt8]
  var offset: Int
  let path: String

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// The next number in decimal digits, after spaces and comments.
  mutating func number() throws(DataError) -> Int {
    while offset < bytes.count, Self.isSpace(bytes[offset]) || bytes[offset] == UInt8(ascii: "#") {
      if bytes[offset] == UInt8(ascii: "#") {
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
      } else {
        offset += 1
      }
    }
    guard offset < bytes.count else { throw .truncated(path: path, expected: "the rest of a PGM or PPM file") }
    let digits = bytes[offset...].prefix { (0x30...0x39).contains($0) }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
      throw .malformed(path: path, found: "no number at byte \(offset)", expected: "a PGM or PPM file")
    }
    offset += digits.count
    return number
  }

  /// So many bytes, after the one space that ends the header.
  func rest(_ count: Int) throws(DataError) -> [UInt8] {
    guard bytes.count - offset > count else {
      throw .truncated(path: path, expected: "\(count) bytes of pixels, found \(max(0, bytes.count - offset - 1))")
    }
    return Array(bytes[offset + 1..<offset + 1 + count])
  }
}
