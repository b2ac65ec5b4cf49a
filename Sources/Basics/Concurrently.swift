import Glibc
import Synchronization

/// Calls `body` for 0 to `count` - 1, each once, on as many threads as there are processors; returns after the last.
///
/// Which thread takes which number is left open, so what `body` does must depend on its number alone.
package func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let work = Work(count: count, body: body)
  let helpers = min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), count, mostThreads) - 1
  let threads = (0..<max(helpers, 0)).compactMap { _ -> pthread_t? in
    let argument = Unmanaged.passRetained(work)
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, runWork, argument.toOpaque())
    if status == 0 { return thread }
    argument.release()  // Without this thread, the others do its share.
    return nil
  }
  work.run()
  for thread in threads { pthread_join(thread, nil) }
}

/// What `body` makes of 0 to `count` - 1, in that order, each on some thread.
package func concurrentMap<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) -> Result
) -> [Result] {
  [Result](unsafeUninitializedCapacity: count) { results, filled in
    // Each number has an element of its own, and all are written before the array is anyone's.
    nonisolated(unsafe) let results = results
    concurrently(count) { results.initializeElement(at: $0, to: body($0)) }
    filled = count
  }
}

/// What `body` makes of the parts of an array, of which each call may write its own.
///
/// - Parameter parts: Ascending, without overlap.
@discardableResult
package func concurrentMap<Element: Sendable, Result: Sendable>(
  over elements: inout [Element], parts: [Range<Int>],
  _ body: @escaping @Sendable (_ part: Int, _ elements: UnsafeMutableBufferPointer<Element>) -> Result
) -> [Result] {
  precondition(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "[concurrently] overlap")
  return elements.withUnsafeMutableBufferPointer { elements in
    // No two parts overlap, and the array is held until the last call is done.
    nonisolated(unsafe) let elements = elements
    return concurrentMap(parts.count) { body($0, UnsafeMutableBufferPointer(rebasing: elements[parts[$0]])) }
  }
}

/// More would wait for memory.
private let mostThreads = 16

private final class Work: Sendable {
  private let next = Atomic(0)
  private let count: Int
  private let body: @Sendable (Int) -> Void

  init(count: Int, body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  func run() {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
    }
  }
}

private func runWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
  return nil
}
