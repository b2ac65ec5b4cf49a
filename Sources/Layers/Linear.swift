import Tensors

/// An affine map of the last dimension.
///
/// ```
/// y = x W' + b        (..., inputs) -> (..., outputs)
/// ```
///
/// Parameters: `weight` (outputs, inputs), `bias` (outputs,).
public struct Linear: Layer {
  /// (outputs, inputs).
  public let weight: Parameter
  /// (outputs,).
  public let bias: Parameter?

  /// A map between these widths that begins as `initialization` says.
  public init(
    _ inputs: Int, _ outputs: Int, hasBias: Bool = true, initialization: LinearInitialization = .fanIn
  ) {
    weight = Parameter([outputs, inputs], initializer: initialization.weight)
    bias = hasBias ? Parameter([outputs], initializer: initialization.bias(inputs)) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = x.matmul(weight.tensor.transposed())
    return bias.map { y + $0.tensor } ?? y
  }

  public var parameters: ParameterList { ["weight": weight, "bias": bias] }
}

/// How a linear layer begins.
public struct LinearInitialization: Sendable {
  public var weight: Initializer
  /// By the number of inputs.
  public var bias: @Sendable (_ inputs: Int) -> Initializer

  public init(weight: Initializer, bias: @escaping @Sendable (_ inputs: Int) -> Initializer) {
    self.weight = weight
    self.bias = bias
  }

  public init(weight: Initializer, bias: Initializer = .zeros) {
    self.init(weight: weight) { _ in bias }
  }

  /// Weight and bias from U(-1/√inputs, 1/√inputs), as PyTorch does.
  public static let fanIn = LinearInitialization(weight: .fanInUniform) { inputs in
    let bound = 1 / Double(inputs).squareRoot()
    return .uniform(in: -bound...bound)
  }

  /// Weight by Glorot's uniform rule, bias 0.
  public static let glorot = LinearInitialization(weight: .glorotUniform)

  /// Weight by He's normal rule, bias 0.
  public static let he = LinearInitialization(weight: .heNormal)
}
