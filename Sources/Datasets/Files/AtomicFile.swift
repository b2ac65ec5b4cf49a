import Glibc

/// Files that appear whole or not at all.
package enum AtomicFile {
  /// Writes `chunks` one after the other to a temporary file in the same folder, syncs it and renames it into place.
  ///
  /// A reader sees the old file or the new one, and after a crash one of the two is there. Where writing fails, the
  /// old file stays and the temporary one goes.
  package static func write(_ chunks: [[UInt8]], to path: String) throws(DataError) {
    let (folder, name) = parts(of: path)
    guard !name.isEmpty else { throw .unwritable(path: path, reason: "it names a folder") }
    guard !Fault.isFull(path) else { throw .unwritable(path: path, reason: systemMessage(ENOSPC)) }

    let temporary = temporaryPath(in: folder, for: name)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemMessage()) }
    if Fault.cuts(path) {
      _ = append(Array(chunks.prefix(chunks.count / 2)), to: descriptor)
      kill(getpid(), SIGKILL)
    }
    var failure = append(chunks, to: descriptor)
    if failure == nil && fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0 && failure == nil { failure = errno }
    Fault.reach(.rename, path)
    if failure == nil && rename(temporary, path) != 0 { failure = errno }
    if let failure {
      unlink(temporary)
      throw .unwritable(path: path, reason: systemMessage(failure))
    }
    Fault.reach(.renamed, path)
    syncFolder(folder)
  }

  /// Makes a link that at every moment points at the old target or at the new one.
  package static func link(_ path: String, to target: String) throws(DataError) {
    let (folder, name) = parts(of: path)
    Fault.reach(.link, path)
    let temporary = temporaryPath(in: folder, for: name)
    guard symlink(target, temporary) == 0 else { throw .unwritable(path: path, reason: systemMessage()) }
    guard rename(temporary, path) == 0 else {
      let failure = errno
      unlink(temporary)
      throw .unwritable(path: path, reason: systemMessage(failure))
    }
    syncFolder(folder)
  }

  /// Whether a name is one of the temporary files, which a process that was killed leaves behind.
  package static func isTemporary(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".partial") }

  private static func parts(of path: String) -> (folder: String, name: Substring) {
    let slash = path.lastIndex(of: "/")
    return (slash.map { String(path[...$0]) } ?? "./", slash.map { path[path.index(after: $0)...] } ?? path[...])
  }

  private static func temporaryPath(in folder: String, for name: Substring) -> String {
    "\(folder).\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).partial"
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
