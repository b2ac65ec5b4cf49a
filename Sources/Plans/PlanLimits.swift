/// What a plan must keep to on a device.
public struct PlanLimits: Hashable, Sendable {
  /// Bytes that one piece of memory may have.
  public var largestSegmentByteCount: Int
  /// Arguments that one kernel may have.
  public var argumentCount: Int

  public init(largestSegmentByteCount: Int = .max, argumentCount: Int = 24) {
    self.largestSegmentByteCount = largestSegmentByteCount
    self.argumentCount = argumentCount
  }
}
