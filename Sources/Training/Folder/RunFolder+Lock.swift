import Glibc

extension RunFolder {
  /// Held while a process trains in a folder, so that two do not write one run; gone when the process is.
  final class Lock {
    private let descriptor: Int32

    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
  }

  /// - Throws: `RunError.busy` where another process trains in the folder.
  func lock() throws(RunError) -> Lock {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    let lock = Lock(descriptor)
    // A file system without locks is no reason not to train.
    if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { throw .busy(path: path) }
    return lock
  }
}
