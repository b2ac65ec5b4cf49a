import Tensors

/// A distribution whose dimensions are independent: its figures are sums over the elements of an event.
///
/// One more of this kind says where it lies, its mean, the log probability of an element, how to draw, and how to make
/// itself of other parameters; the rest follows.
public protocol FactorizedDistribution: Distribution {
  /// The number of dimensions of an event: the last ones of the parameters.
  var eventRank: Int { get }

  /// log p of each element: (batch..., event...).
  func elementLogProbability(of x: Tensor) -> Tensor

  /// The entropy of each element, (batch..., event...), or nil where it has no closed form.
  var elementEntropy: Tensor? { get }

  /// KL(self ‖ other) of each element, (batch..., event...), or nil where it has no closed form.
  func elementKLDivergence(from other: any Distribution) -> Tensor?

  /// The same distribution with each of its parameters transformed.
  func mappingParameters(_ transform: (Tensor) -> Tensor) -> Self
}

extension FactorizedDistribution {
  public func logProbability(of x: Tensor) -> Tensor { elementLogProbability(of: x).summedOverEvent(eventRank) }

  public var elementEntropy: Tensor? { nil }

  public var entropy: Tensor? { elementEntropy?.summedOverEvent(eventRank) }

  public func elementKLDivergence(from other: any Distribution) -> Tensor? { nil }

  public func klDivergence(from other: any Distribution) -> Tensor? {
    elementKLDivergence(from: other)?.summedOverEvent(eventRank)
  }

  public func repeated(_ count: Int) -> Self {
    mappingParameters { $0.repeatedEvents(count, eventRank: eventRank) }
  }

  public func stoppingGradient() -> Self { mappingParameters { $0.stoppingGradient() } }
}

extension Tensor {
  /// The sum over the last `eventRank` dimensions.
  func summedOverEvent(_ eventRank: Int) -> Tensor {
    guard eventRank <= rank else {
      fatalError("[distribution] shape \(shape) has no event of \(eventRank) dimensions")
    }
    return eventRank == 0 ? self : sum(axes: Array(rank - eventRank..<rank))
  }

  /// Each event `count` times along a new dimension before the event's: (batch..., event...) to
  /// (batch..., count, event...).
  func repeatedEvents(_ count: Int, eventRank: Int) -> Tensor {
    let apart = expandedDimensions(at: rank - eventRank)
    var shape = apart.shape
    shape[rank - eventRank] = count
    return apart.broadcast(to: shape)
  }

  /// The parameters of a distribution in the shape that they have in common; traps where they have none, or it has no
  /// event of so many dimensions.
  static func aligned(_ parameters: [Tensor], eventRank: Int, _ name: String) -> [Tensor] {
    var shape: Shape? = .scalar
    for parameter in parameters { shape = shape?.broadcast(with: parameter.shape) }
    guard let shape, eventRank <= shape.rank else {
      let shapes = parameters.map(\.shape.description).joined(separator: " and ")
      fatalError("[\(name)] parameters of shapes \(shapes), events of \(eventRank) dimensions")
    }
    return parameters.map { $0.broadcast(to: shape) }
  }
}
