import Graphs

/// How a parameter begins: a name, and values for a shape.
///
/// The values are a tensor like any other, drawn from the key where they are random, and computed on the device that
/// first asks for the parameter.
public struct Initializer: Sendable {
  /// The name in model summaries and configurations.
  public let name: String

  private let values: @Sendable (Shape, ElementType, RandomKey) -> Tensor

  /// A way to begin of one's own; `values` gives a tensor of the shape and type that it is asked for.
  public init(_ name: String, values: @escaping @Sendable (Shape, ElementType, RandomKey) -> Tensor) {
    self.name = name
    self.values = values
  }

  /// Values of a shape.
  public func callAsFunction(_ shape: Shape, type: ElementType = .float32, key: RandomKey) -> Tensor {
    let tensor = values(shape, type, key)
    guard tensor.shape == shape, tensor.type == type else {
      trap("initializer", "\(name) gave \(tensor.type) of shape \(tensor.shape) for \(type) of shape \(shape)")
    }
    return tensor
  }
}
