import Tensors

/// A multilayer perceptron: linear layers, each followed by the activation.
///
/// (..., widths.first) to (..., widths.last). Parameters: `layers.0.weight`, `layers.0.bias`, `layers.1.weight` and so
/// on; a network of a single width has none and gives back its input.
public struct MLP: Layer {
  public let widths: [Int]
  public let layers: [Linear]
  public let activation: Activation

  public init(_ widths: [Int], activation: Activation, initialization: LinearInitialization = .fanIn) {
    guard !widths.isEmpty, widths.allSatisfy({ $0 > 0 }) else { fatalError("[mlp] widths \(widths)") }
    self.widths = widths
    self.activation = activation
    layers = zip(widths, widths.dropFirst()).map { Linear($0, $1, initialization: initialization) }
  }

  /// The width of the output.
  public var outputs: Int { widths[widths.count - 1] }

  public func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { activation($1($0)) } }

  public var parameters: ParameterList { ["layers": ParameterList(numbering: layers)] }
}
