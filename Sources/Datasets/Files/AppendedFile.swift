import Glibc

/// Files that grow while others read them.
package enum AppendedFile {
  /// Adds bytes at the end of a file, which is made where there is none. One call of the system takes them where it takes
  /// all, so that a reader sees all or none; of bytes that do not all go in none stay.
  package static func append(_ bytes: [UInt8], to path: String) throws(DataError) {
    guard !Fault.isFull(path) else { throw .unwritable(path: path, reason: systemMessage(ENOSPC)) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemMessage()) }
    defer { close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    var written = 0
    while written < bytes.count {
      let took = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if took < 0 && errno == EINTR { continue }
      guard took > 0 else {
        let failure = took < 0 ? errno : ENOSPC
        if written > 0 && end >= 0 { _ = ftruncate(descriptor, end) }
        throw .unwritable(path: path, reason: systemMessage(failure))
      }
      written += took
    }
  }
}
