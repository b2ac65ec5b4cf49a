import Graphs
import Runtime
import Synchronization

/// Memory that tensors stand for, with an identity and one home at a time: the host or one device.
///
/// A storage comes to a device when something is computed with it there, and back when it is read; what it has left is
/// not kept.
public final class Storage: Sendable {
  /// The name under which graphs know this memory; unique in the process.
  public let id: SourceID
  public let byteCount: Int

  /// Whether the contents may change.
  public let isVariable: Bool

  private enum Home {
    case host([UInt8])
    case device(any Backend, any Buffer)
    /// A value that is computed on the first device that asks for it.
    case pending(Tensor)
  }

  private let home: Mutex<Home>

  private static let lastID = Atomic<UInt64>(0)

  /// Memory of the host.
  public convenience init(bytes: [UInt8], isVariable: Bool = false) {
    self.init(.host(bytes), byteCount: bytes.count, isVariable: isVariable)
  }

  /// The first `byteCount` bytes of a buffer, which belongs to this storage from now on.
  public convenience init(
    _ buffer: any Buffer, on backend: any Backend, byteCount: Int, isVariable: Bool = false
  ) {
    self.init(.device(backend, buffer), byteCount: byteCount, isVariable: isVariable)
  }

  /// New memory of a device; its contents are zeros.
  public convenience init(byteCount: Int, on backend: any Backend, isVariable: Bool = false) throws {
    let buffer = try Self.allocate(byteCount, on: backend)
    self.init(.device(backend, buffer), byteCount: byteCount, isVariable: isVariable)
  }

  /// The value of a tensor, computed when a device first asks for it.
  convenience init(pending value: Tensor, isVariable: Bool) {
    self.init(.pending(value), byteCount: value.byteCount, isVariable: isVariable)
  }

  private init(_ home: sending Home, byteCount: Int, isVariable: Bool) {
    id = SourceID(raw: Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue)
    self.byteCount = byteCount
    self.isVariable = isVariable
    self.home = Mutex(home)
  }

  /// This memory on a device; it moves there if it is elsewhere.
  public func buffer(on backend: any Backend) throws -> any Buffer {
    try home.withLock { home in
      if case .pending(let value) = home {
        let computed = try value.evaluated(on: backend)
        home = try Self.home(of: computed, isOwn: computed.storage !== value.storage)
      }
      if case .device(let current, let buffer) = home, current === backend { return buffer }
      let bytes = try Self.bytes(in: home, byteCount)
      let buffer = try Self.allocate(byteCount, on: backend)
      try bytes.withUnsafeBytes { if !$0.isEmpty { try buffer.write($0, at: 0) } }
      home = .device(backend, buffer)
      return buffer
    }
  }

  /// What is still to be computed, if anything is.
  var pendingValue: Tensor? {
    home.withLock { home in
      if case .pending(let value) = home { value } else { nil }
    }
  }

  /// Takes the value that was computed for it.
  ///
  /// - Parameter isOwn: whether nobody else has the computed tensor's memory.
  func settle(_ computed: Tensor, isOwn: Bool) throws {
    let settled = try Self.home(of: computed, isOwn: isOwn)
    home.withLock { home in
      if case .pending = home { home = settled }
    }
  }

  private static func home(of computed: Tensor, isOwn: Bool) throws -> Home {
    if isOwn, let storage = computed.storage { return storage.home.withLock { $0 } }
    return .host(try computed.bytes())
  }

  /// Whether the memory is still where it was brought to.
  func lies(in buffer: any Buffer) -> Bool {
    home.withLock { home in
      if case .device(_, let current) = home { return current === buffer }
      return false
    }
  }

  /// A copy of the contents, after all work enqueued before.
  ///
  /// - Throws: `TensorError.notEvaluated` if the contents are to be computed and no device has been asked yet.
  public func bytes() throws -> [UInt8] { try home.withLock { try Self.bytes(in: $0, byteCount) } }

  /// Replaces the contents, where they are.
  public func write(_ bytes: [UInt8]) throws {
    guard bytes.count == byteCount else { trap("write", "\(bytes.count) bytes do not fill \(byteCount)") }
    try home.withLock { home in
      if case .device(_, let buffer) = home {
        try bytes.withUnsafeBytes { if !$0.isEmpty { try buffer.write($0, at: 0) } }
      } else {
        home = .host(bytes)
      }
    }
  }

  /// A device need not have memory of no bytes.
  private static func allocate(_ byteCount: Int, on backend: any Backend) throws -> any Buffer {
    try backend.allocate(byteCount: max(byteCount, 1))
  }

  private static func bytes(in home: Home, _ byteCount: Int) throws -> [UInt8] {
    switch home {
    case .host(let bytes):
      return bytes
    case .device(_, let buffer):
      return try [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, count in
        if byteCount > 0 {
          let all = UnsafeMutableRawBufferPointer(start: bytes.baseAddress, count: byteCount)
          try buffer.read(into: all, at: 0)
        }
        count = byteCount
      }
    case .pending(let value):
      throw TensorError.notEvaluated(value.shape, value.type)
    }
  }
}
