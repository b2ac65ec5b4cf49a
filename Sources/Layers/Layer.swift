import Tensors

/// A function of a tensor, most often with parameters.
public protocol Layer: Parameterized, Sendable {
  /// The layer's output; dimensions before those that the layer speaks of are a batch.
  func callAsFunction(_ x: Tensor) -> Tensor
}

/// Layers one after the other.
///
/// The layers are numbered from 0 in paths, those without parameters too: `0.weight`, `2.weight`.
public struct Sequential: Layer {
  public let layers: [any Layer]

  public init(_ layers: [any Layer]) { self.layers = layers }

  public init(_ layers: any Layer...) { self.layers = layers }

  public func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }

  public var parameters: ParameterList { ParameterList(numbering: layers) }
}
