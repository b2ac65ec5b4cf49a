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
  /// Products whose rows are summed up by the kernel that multiplies; nil where none are.
  public var summedProducts: SummedProducts?

  /// Which products have their rows summed up where they are made: such a kernel is cut into rows alone, so there must be
  /// enough of them to share, and each must fit the memory next to a core.
  public struct SummedProducts: Hashable, Sendable {
    public var leastRows: Int
    public var mostColumns: Int

    public init(leastRows: Int, mostColumns: Int) {
      self.leastRows = leastRows
      self.mostColumns = mostColumns
    }
  }

  public init(
    largestSegmentByteCount: Int = .max, argumentCount: Int = 24, splitsConcatenations: Bool = true,
    summedProducts: SummedProducts? = nil
  ) {
    self.largestSegmentByteCount = largestSegmentByteCount
    self.argumentCount = argumentCount
    self.splitsConcatenations = splitsConcatenations
    self.summedProducts = summedProducts
  }
}
