/// Whole numbers in the bytes of a file, and elements in the other byte order.
enum ByteOrder {
  /// The number that lies in some bytes, the least significant one first; at most eight of them.
  static func littleEndian(_ bytes: some Collection<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The bytes of a number, the least significant one first.
  static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) }
  }

  /// Elements of `width` bytes in the other byte order.
  static func swapped(_ bytes: some Collection<UInt8>, width: Int) -> [UInt8] {
    var result = Array(bytes)
    func swapWords<Word: FixedWidthInteger>(_: Word.Type) {
      result.withUnsafeMutableBytes { words in
        for start in stride(from: 0, to: words.count, by: MemoryLayout<Word>.size) {
          let word = words.loadUnaligned(fromByteOffset: start, as: Word.self)
          words.storeBytes(of: word.byteSwapped, toByteOffset: start, as: Word.self)
        }
      }
    }
    switch width {
    case 1: break
    case 2: swapWords(UInt16.self)
    case 4: swapWords(UInt32.self)
    case 8: swapWords(UInt64.self)
    default: preconditionFailure("[ByteOrder] elements of \(width) bytes")
    }
    return result
  }
}
