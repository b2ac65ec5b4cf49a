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

  private enum Home {
    case host([UInt8])
    case device(any Backend, any Buffer)
    /// A value that is computed on the first device that asks for it.
    case pending(Tensor)
  }

  private let home: Mutex<Home>

  private static let lastID = Atomic<UInt64>(0)

  /// Memory of the host.
  public convenience init(bytes: [UInt8]) { self.init(.host(bytes), byteCount: bytes.count) }

  /// The first `byteCount` bytes of a buffer, which belongs to this storage from now on.
  public convenience init(_ buffer: any Buffer, on backend: any Backend, byteCount: Int) {
    self.init(.device(backend, buffer), byteCount: byteCount)
  }

  /// The value of a tensor, computed when a device first asks for it.
  convenience init(pending value: Tensor) {
    self.init(.pending(value), byteCount: value.shape.elementCount * value.type.byteCount)
  }

  private init(_ home: sending Home, byteCount: Int) {
    id = SourceID(raw: Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue)
    self.byteCount = byteCount
    self.home = Mutex(home)
  }

  /// This memory on a device; it moves there if it is elsewhere.
  public func buffer(on backend: any Backend) throws -> any Buffer {
    try home.withLock { home in
      let bytes: [UInt8]
      switch home {
      case .device(let current, let buffer):
        if current === backend { return buffer }
        bytes = try Self.read(buffer, byteCount)
      case .host(let host):
        bytes = host
      case .pending(let value):
        throw TensorError.notEvaluated(value.shape, value.type)
      }
      // A device need not have memory of no bytes.
      let buffer = try backend.allocate(byteCount: max(byteCount, 1))
      try bytes.withUnsafeBytes { if !$0.isEmpty { try buffer.write($0, at: 0) } }
      home = .device(backend, buffer)
      return buffer
    }
  }

  /// A copy of the contents, after all work enqueued before.
  ///
  /// - Throws: `TensorError.notEvaluated` if the contents are to be computed and no device has been asked yet.
  public func bytes() throws -> [UInt8] {
    try home.withLock { home in
      switch home {
      case .host(let bytes): return bytes
      case .device(_, let buffer): return try Self.read(buffer, byteCount)
      case .pending(let value): throw TensorError.notEvaluated(value.shape, value.type)
      }
    }
  }

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

  private static func read(_ buffer: any Buffer, _ byteCount: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, count in
      if byteCount > 0 { try buffer.read(into: UnsafeMutableRawBufferPointer(bytes), at: 0) }
      count = byteCount
    }
  }
}
