import Synchronization

/// Values by what they were made from, so that each is made once.
///
/// Their size is bounded: those that were not asked for the longest are dropped.
public final class RecentValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    var entries: [Key: (value: Value, size: Int, lastUse: Int)] = [:]
    var size = 0
    var useCount = 0
    var madeCount = 0
  }

  private let largestSize: Int
  private let state = Mutex(State())

  /// - Parameter largestSize: of all values together up to which they are kept.
  public init(largestSize: Int) { self.largestSize = largestSize }

  /// How many values were made, because there were none.
  public var madeCount: Int { state.withLock { $0.madeCount } }

  /// The value of a key, made if there is none; one larger than all may be together is not kept.
  public func value(for key: Key, size: (Value) -> Int, make: () throws -> Value) rethrows -> Value {
    let known = state.withLock { state in
      state.useCount += 1
      state.entries[key]?.lastUse = state.useCount
      return state.entries[key]?.value
    }
    if let known { return known }
    let value = try make()
    let size = size(value)
    state.withLock { state in
      state.madeCount += 1
      guard size <= largestSize else { return }
      let former = state.entries.updateValue((value, size, state.useCount), forKey: key)
      state.size += size - (former?.size ?? 0)
      while state.size > largestSize,
        let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.entries[oldest.key] = nil
        state.size -= oldest.value.size
      }
    }
    return value
  }
}
