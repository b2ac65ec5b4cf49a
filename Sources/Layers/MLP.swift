import Tensors

/// A multilayer perceptron: linear layers, each followed by its normalization, the activation and dropout.
///
/// (..., widths.first) to (..., widths.last). Parameters: `layers.0.weight`, `layers.0.bias`, `layers.1.weight` and so
/// on, without biases before batch normalization, and those of normalizations under `norms.0`, `norms.1`; a network of a
/// single width has none and gives back its input.
public struct MLP: Layer {
  public let widths: [Int]
  public let layers: [Linear]
  /// After each layer.
  public let norms: [any Layer]
  public let activation: Activation
  public let dropout: Dropout

  /// - Parameter dropout: the probability with which an element is dropped in training.
  public init(
    _ widths: [Int], activation: Activation, normalization: Normalization = .identity, dropout: Double = 0,
    initialization: LinearInitialization = .fanIn
  ) {
    guard !widths.isEmpty, widths.allSatisfy({ $0 > 0 }) else { fatalError("[mlp] widths \(widths)") }
    self.widths = widths
    self.activation = activation
    layers = zip(widths, widths.dropFirst()).map {
      Linear($0, $1, hasBias: normalization.followsBias, initialization: initialization)
    }
    norms = widths.dropFirst().map(normalization.ofFeatures)
    self.dropout = Dropout(dropout)
  }

  /// The width of the output.
  public var outputs: Int { widths[widths.count - 1] }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    zip(layers, norms).reduce(x) { x, parts in dropout(activation(parts.1(parts.0(x)))) }
  }

  public var parameters: ParameterList {
    ["layers": ParameterList(numbering: layers), "norms": ParameterList(numbering: norms)]
  }
}
