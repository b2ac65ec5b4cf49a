import CVectorLoops
import Glibc
import Runtime

/// Memory of the host: zeros at first, on lines of the cache, and large pieces on huge pages where the system has them.
final class CPUBuffer: Buffer {
  let byteCount: Int
  let start: UnsafeMutablePointer<CChar>
  private let mappedByteCount: Int
  private let pool: ThreadPool

  private static let hugePage = 2 << 20

  init(byteCount: Int, pool: ThreadPool, available: Int) throws {
    self.byteCount = byteCount
    self.pool = pool
    // Mapped memory begins with zeros; a large piece is mapped with room to begin on a huge page.
    let isLarge = byteCount >= Self.hugePage
    let page = 4096
    mappedByteCount = (max(byteCount, 1) + page - 1) / page * page + (isLarge ? Self.hugePage : 0)
    guard
      let memory = mmap(nil, mappedByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      memory != MAP_FAILED
    else { throw RuntimeError.outOfMemory(asked: byteCount, available: available, device: "cpu") }
    base = memory
    var address = memory
    if isLarge {
      address = memory.alignedUp(toMultipleOf: Self.hugePage)
      madvise(address, mappedByteCount - (address - memory), MADV_HUGEPAGE)
    }
    start = address.assumingMemoryBound(to: CChar.self)
  }

  private let base: UnsafeMutableRawPointer

  deinit { munmap(base, mappedByteCount) }

  func write(_ source: UnsafeRawBufferPointer, at byteOffset: Int) throws {
    precondition(byteOffset >= 0 && byteOffset + source.count <= byteCount, "[write] outside the buffer")
    guard let from = source.baseAddress else { return }
    pool.wait()
    memcpy(start + byteOffset, from, source.count)
  }

  func read(into destination: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
    precondition(byteOffset >= 0 && byteOffset + destination.count <= byteCount, "[read] outside the buffer")
    guard let to = destination.baseAddress else { return }
    pool.wait()
    memcpy(to, start + byteOffset, destination.count)
  }
}

// The memory is written only by programs, one at a time, and by copies that wait for them.
extension CPUBuffer: @unchecked Sendable {}
