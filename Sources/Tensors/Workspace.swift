import Runtime
import Synchronization

/// Scratch memory of one device that steps share, because a device runs one of them at a time.
public final class Workspace: Sendable {
  private let buffers = Mutex<[any Buffer]>([])

  public init() {}

  /// Segments of at least these sizes in bytes; one that is too small is replaced for later steps.
  func segments(_ byteCounts: [Int], on backend: any Backend) throws -> [any Buffer] {
    try buffers.withLock { buffers in
      for (index, byteCount) in byteCounts.enumerated() {
        if index == buffers.count {
          buffers.append(try backend.allocate(byteCount: max(byteCount, 1)))
        } else if buffers[index].byteCount < byteCount {
          buffers[index] = try backend.allocate(byteCount: byteCount)
        }
      }
      return Array(buffers.prefix(byteCounts.count))
    }
  }
}
