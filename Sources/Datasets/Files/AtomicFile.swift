import Glibc

/// Files that appear whole or not at all.
package enum AtomicFile {
  /// Writes `chunks` one after the other to a temporary file in the same folder, syncs it and renames it into place.
  ///
  /// A reader sees the old file or the new one, and after a crash one of the two is there. Where writing fails, the
  /// old file stays and the temporary one goes.
  package static func write(_ chunks: [[UInt8]], to path: String) throws(DataError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? "./"
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    guard !name.isEmpty else { throw .unwritable(path: path, reason: "it names a folder") }

    let temporary = "\(folder).\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemMessage()) }
    var failure = append(chunks, to: descriptor)
    if failure == nil && fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0 && failure == nil { failure = errno }
    if failure == nil && rename(temporary, path) != 0 { failure = errno }
    if let failure {
      unlink(temporary)
      throw .unwritable(path: path, reason: systemMessage(failure))
    }
    syncFolder(folder)
  }

  /// The system's code for what went wrong, or nil.
  private static func append(_ chunks: [[UInt8]], to descriptor: Int32) -> Int32? {
    for chunk in chunks {
      let failure: Int32? = chunk.withUnsafeBytes { bytes in
        var written = 0
        while written < bytes.count {
          let took = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
          if took < 0 && errno != EINTR { return errno }
          written += max(took, 0)
        }
        return nil
      }
      if let failure { return failure }
    }
    return nil
  }

  /// Makes the new name itself outlast a crash. Some file systems refuse to sync a folder, and lose nothing by it.
  private static func syncFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
