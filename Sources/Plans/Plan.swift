import Graphs

/// A place in memory: a region of the plan and a byte offset in it.
public struct Slot: Hashable, Sendable {
  public var region: Int
  public var byteOffset: Int

  public init(region: Int, byteOffset: Int) {
    self.region = region
    self.byteOffset = byteOffset
  }
}

/// A piece of memory that whoever runs a plan binds to a buffer.
public enum Region: Hashable, Sendable {
  /// Memory that existed before: data, parameters, counters.
  case source(SourceID)
  /// The plan's output of that number.
  case output(Int)
  /// A segment of scratch memory; plans that never run at the same time may share it.
  case workspace
}

/// A kernel with its arguments bound to memory.
public struct BoundKernel: Hashable, Sendable {
  public var kernel: Kernel
  /// One for each of the kernel's arguments.
  public var slots: [Slot]

  public init(kernel: Kernel, slots: [Slot]) {
    self.kernel = kernel
    self.slots = slots
  }
}

/// What a device starts at once: kernels that do not depend on one another.
public struct Launch: Hashable, Sendable {
  public var kernels: [BoundKernel]

  public init(kernels: [BoundKernel]) { self.kernels = kernels }
}

/// Launches in the order in which they run, and the memory they need.
public struct Plan: Hashable, Sendable {
  public struct Memory: Hashable, Sendable {
    public var region: Region
    public var byteCount: Int

    public init(region: Region, byteCount: Int) {
      self.region = region
      self.byteCount = byteCount
    }
  }

  public var launches: [Launch]
  /// The regions that slots refer to.
  public var memory: [Memory]

  public init(launches: [Launch], memory: [Memory]) {
    self.launches = launches
    self.memory = memory
  }

  /// Bytes of scratch memory, over all segments.
  public var workspaceByteCount: Int {
    memory.reduce(0) { $0 + ($1.region == .workspace ? $1.byteCount : 0) }
  }
}
