import Tensors

/// A map f that is one to one and smooth, with the logarithm of the volume that it makes of a small one.
///
/// By it a distribution of x becomes one of y = f(x), whose density follows from the change of variable:
///
/// ```
/// log p(y) = log p(x) - log |det ∂f/∂x|,     x = f⁻¹(y)
/// ```
public protocol Bijector: Sendable {
  /// Where values of x may lie, and where those of y do, element by element.
  var domain: Support { get }
  var range: Support { get }

  /// f(x): (batch..., event...), as is x.
  func callAsFunction(_ x: Tensor) -> Tensor

  /// f⁻¹(y): (batch..., event...), as is y. A map that is used to draw alone may trap here, and says so.
  func inverse(of y: Tensor) -> Tensor

  /// log |det ∂f/∂x| of each event of so many dimensions: (batch..., event...) to (batch...).
  func logDeterminant(at x: Tensor, eventRank: Int) -> Tensor

  /// The same map with each of its parameters transformed; it is told how many dimensions a parameter has for each event.
  func mappingParameters(_ transform: (_ parameter: Tensor, _ eventRank: Int) -> Tensor) -> Self
}

extension Bijector {
  public var domain: Support { .realNumbers }
  public var range: Support { .realNumbers }

  public func mappingParameters(_ transform: (Tensor, Int) -> Tensor) -> Self { self }
}

/// Maps one after the other, the first of the list first.
public struct Chain: Bijector {
  public let maps: [any Bijector]

  /// Traps where a map does not take all values of the one before it.
  public init(_ maps: [any Bijector]) {
    for (first, second) in zip(maps, maps.dropFirst()) where !first.range.isSubset(of: second.domain) {
      fatalError("[chain] a map of \(second.domain) after one to \(first.range)")
    }
    self.maps = maps
  }

  public var domain: Support { maps.first?.domain ?? .realNumbers }
  public var range: Support { maps.last?.range ?? .realNumbers }

  public func callAsFunction(_ x: Tensor) -> Tensor { maps.reduce(x) { $1($0) } }

  public func inverse(of y: Tensor) -> Tensor { maps.reversed().reduce(y) { $1.inverse(of: $0) } }

  public func logDeterminant(at x: Tensor, eventRank: Int) -> Tensor {
    var x = x
    var sum: Tensor?
    for map in maps {
      let logDeterminant = map.logDeterminant(at: x, eventRank: eventRank)
      sum = sum.map { $0 + logDeterminant } ?? logDeterminant
      x = map(x)
    }
    return sum ?? .zeros(like: x).summedOverEvent(eventRank)
  }

  public func mappingParameters(_ transform: (Tensor, Int) -> Tensor) -> Chain {
    Chain(maps.map { $0.mappingParameters(transform) })
  }
}

/// A map the other way round.
public struct Inverse: Bijector {
  public let map: any Bijector

  public init(_ map: any Bijector) { self.map = map }

  public var domain: Support { map.range }
  public var range: Support { map.domain }

  public func callAsFunction(_ x: Tensor) -> Tensor { map.inverse(of: x) }

  public func inverse(of y: Tensor) -> Tensor { map(y) }

  public func logDeterminant(at x: Tensor, eventRank: Int) -> Tensor {
    -map.logDeterminant(at: map.inverse(of: x), eventRank: eventRank)
  }

  public func mappingParameters(_ transform: (Tensor, Int) -> Tensor) -> Inverse {
    Inverse(map.mappingParameters(transform))
  }
}
