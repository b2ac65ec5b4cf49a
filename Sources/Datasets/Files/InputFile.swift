import Glibc

/// A regular file open for reading, closed when the value goes.
struct InputFile: ~Copyable {
  let path: String
  let byteCount: Int
  /// When the content was last written, in whole seconds since 1970.
  let modified: Int
  /// What is left of that time, in nanoseconds.
  private let modifiedNanoseconds: Int
  private let descriptor: Int32

  /// Opens a file; `expected` says what should be there, for the message where nothing is.
  init(_ path: String, expected: String) throws(DataError) {
    let status = try InputFile.status(of: path, expected: expected)
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw .unreadable(path: path, reason: systemMessage()) }
    self.path = path
    byteCount = Int(status.st_size)
    (modified, modifiedNanoseconds) = (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// What the system knows of a regular file; asked before opening, since opening a pipe without a writer would wait for one.
  private static func status(of path: String, expected: String) throws(DataError) -> stat {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno != ENOENT && errno != ENOTDIR else { throw .missing(path: path, expected: expected) }
      throw .unreadable(path: path, reason: systemMessage())
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return status
    case S_IFDIR: throw .unreadable(path: path, reason: "it is a folder; expected \(expected)")
    default: throw .unreadable(path: path, reason: "it is not a regular file; expected \(expected)")
    }
  }

  /// Reads `count` bytes from `offset` on; throws where the file ends before.
  func read(at offset: Int = 0, count: Int) throws(DataError) -> [UInt8] {
    func torn(_ found: Int) -> DataError {
      .truncated(path: path, expected: "\(count) bytes from byte \(offset) on, of which \(found) are there")
    }
    // Before there is memory for them: a small damaged file must not ask for all of it.
    guard count <= byteCount - offset else { throw torn(max(0, byteCount - offset)) }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
    }
    guard failure == 0 else { throw .unreadable(path: path, reason: systemMessage(failure)) }
    guard bytes.count == count else { throw torn(bytes.count) }
    return bytes
  }

  /// Throws where the file was written to after it was opened.
  func requireUnchanged() throws(DataError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: systemMessage()) }
    guard Int(status.st_size) == byteCount, Int(status.st_mtim.tv_sec) == modified,
      Int(status.st_mtim.tv_nsec) == modifiedNanoseconds
    else { throw .unreadable(path: path, reason: "it was changed after it was opened") }
  }

  /// The whole content of a file; throws where there is none.
  static func read(_ path: String, expected: String) throws(DataError) -> [UInt8] {
    let file = try InputFile(path, expected: expected)
    guard file.byteCount > 0 else { throw .empty(path: path, expected: expected) }
    return try file.read(count: file.byteCount)
  }
}

/// The system's own words for a failed call.
func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
