import Glibc

/// Files that grow while others read them.
package enum AppendedFile {
  /// Adds bytes at the end of a file, which is made where there is none. One call of the system takes them, so that a
  /// reader sees all or none.
  package static func append(_ bytes: [UInt8], to path: String) throws(DataError) {
    guard !Fault.isFull(path) else { throw .unwritable(path: path, reason: systemMessage(ENOSPC)) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemMessage()) }
    defer { close(descriptor) }
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw .unwritable(path: path, reason: systemMessage())
    }
  }
}
