/// What a plan must keep to on a device, and what pays there.
public struct PlanLimits: Hashable, Sendable {
  /// Bytes that one piece of memory may have.
  public var largestSegmentByteCount: Int
  /// Arguments that one kernel may have.
  public var argumentCount: Int
  /// Whether what is computed from a concatenation place by place, as an optimizer's rule is from all gradients, is
  /// computed by the kernels of its pieces.
  ///
  /// It saves a launch, and writing and reading the concatenation: most where memory is slow, or shared with neighbours.
  public var splitsConcatenations: Bool

  public init(largestSegmentByteCount: Int = .max, argumentCount: Int = 24, splitsConcatenations: Bool = true) {
    self.largestSegmentByteCount = largestSegmentByteCount
    self.argumentCount = argumentCount
    self.splitsConcatenations = splitsConcatenations
  }
}
