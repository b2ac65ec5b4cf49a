import CVectorLoops
import Runtime

/// The threads of a device.
final class ThreadPool {
  let pointer: OpaquePointer
  let threadCount: Int

  init(threadCount: Int) throws {
    self.threadCount = max(threadCount, 1)
    guard let pointer = elbo_pool_create(Int32(clamping: self.threadCount)) else {
      throw RuntimeError.callFailed(
        call: "pthread_create", code: "EAGAIN", hint: "ELBO_THREADS sets how many threads are started")
    }
    self.pointer = pointer
  }

  deinit { elbo_pool_destroy(pointer) }

  /// Returns when no program is running.
  func wait() { elbo_pool_wait(pointer) }
}

// Programs that share the pool take turns by its own lock.
extension ThreadPool: @unchecked Sendable {}
