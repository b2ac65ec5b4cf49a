import CZlib

/// The gzip format (RFC 1952), by zlib.
enum Gzip {
  /// Whether bytes begin as a gzip member does.
  static func isCompressed(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// Unpacks every member of a gzip file; `path` is for messages.
  static func decompressed(_ bytes: [UInt8], path: String) throws(DataError) -> [UInt8] {
    switch bytes.withUnsafeBufferPointer({ Inflation.unpack($0, .gzip) }) {
    case .done(let output): return output
    case .truncated: throw .truncated(path: path, expected: "the rest of the gzip data")
    case .tooLong: preconditionFailure("[gzip] more than was announced, and nothing was")
    case .damaged(let reason):
      throw .malformed(path: path, found: "damaged gzip data (\(reason))", expected: "an intact gzip file")
    }
  }

  /// Packs bytes into one gzip member without a name or a time, so that equal bytes give equal files.
  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    let started = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    precondition(started == Z_OK, "[gzip] zlib does not start: code \(started)")
    defer { deflateEnd(&stream) }
    return bytes.withUnsafeBufferPointer { input in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      var remaining = input.count
      var output: [UInt8] = []
      var page = [UInt8](repeating: 0, count: 1 << 18)
      var status = Z_OK
      while status == Z_OK {
        let offered = min(remaining, 1 << 30)
        stream.avail_in = UInt32(offered)
        page.withUnsafeMutableBufferPointer {
          stream.next_out = $0.baseAddress
          stream.avail_out = UInt32($0.count)
          status = deflate(&stream, offered == remaining ? Z_FINISH : Z_NO_FLUSH)
        }
        remaining -= offered - Int(stream.avail_in)
        output.append(contentsOf: page[..<(page.count - Int(stream.avail_out))])
      }
      return output
    }
  }
}
