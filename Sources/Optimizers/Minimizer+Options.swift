extension Minimizer {
  /// What is done to gradients before the optimizer has them, and to the parameters beside it.
  public struct Options: Hashable, Sendable {
    /// The Euclidean length to which a longer gradient is scaled down, or nil.
    public var largestNorm: Double?
    /// The size to which every larger element of a gradient is cut, before its length is taken; or nil.
    public var largestValue: Double?
    /// Batches whose gradients make one update: as one batch of all their data would.
    public var batchesPerUpdate: Int
    /// The decay of the moving average of the parameters, or nil where none is kept.
    public var averageDecay: Double?
    /// What the learning rate is multiplied by for parameters whose paths begin with the key: `["encoder.": 0.1]`.
    public var rateFactors: [String: Double]

    public init(
      largestNorm: Double? = nil, largestValue: Double? = nil, batchesPerUpdate: Int = 1, averageDecay: Double? = nil,
      rateFactors: [String: Double] = [:]
    ) {
      self.largestNorm = largestNorm
      self.largestValue = largestValue
      self.batchesPerUpdate = batchesPerUpdate
      self.averageDecay = averageDecay
      self.rateFactors = rateFactors
    }
  }
}
