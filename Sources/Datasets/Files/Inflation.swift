import CZlib

/// Unpacks deflated data (RFC 1951) by zlib, bare as in zip files or within gzip members (RFC 1952).
enum Inflation {
  enum Wrapping {
    case gzip, none
  }

  enum Outcome {
    case done([UInt8])
    /// The data go on beyond the end of what is there.
    case truncated
    /// They unpack to more than was announced.
    case tooLong
    case damaged(String)
  }

  /// Unpacks all of `input`.
  ///
  /// - Parameters:
  ///   - wrapping: what is around the data; after a gzip member another one may follow.
  ///   - limit: how many bytes are expected at most: a small damaged file must not ask for all memory.
  static func unpack(_ input: UnsafeBufferPointer<UInt8>, _ wrapping: Wrapping, limit: Int = .max) -> Outcome {
    var stream = z_stream()
    // 15 bits of window; 16 more mean "gzip header and check sum", and the negative number neither.
    let windowBits: Int32 = wrapping == .gzip ? 15 + 16 : -15
    guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return .damaged("zlib does not start")
    }
    defer { inflateEnd(&stream) }
    let page = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 18)
    defer { page.deallocate() }
    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    var remaining = input.count
    var output: [UInt8] = []

    while true {
      // zlib counts in 32 bits, files do not.
      let offered = min(remaining, 1 << 30)
      stream.avail_in = UInt32(offered)
      stream.next_out = page.baseAddress
      stream.avail_out = UInt32(page.count)
      let status = inflate(&stream, Z_NO_FLUSH)
      remaining -= offered - Int(stream.avail_in)
      output.append(contentsOf: page[..<(page.count - Int(stream.avail_out))])
      guard output.count <= limit else { return .tooLong }

      switch status {
      case Z_OK: continue
      case Z_STREAM_END where remaining == 0: return .done(output)
      case Z_STREAM_END where wrapping == .gzip: inflateReset(&stream)
      case Z_STREAM_END: return .damaged("\(remaining) bytes after its end")
      case Z_BUF_ERROR where remaining == 0: return .truncated
      default: return .damaged(stream.msg.map { String(cString: $0) } ?? "zlib's code \(status)")
      }
    }
  }
}
