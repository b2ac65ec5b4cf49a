import Tensors

/// A residual block with its activations before the weights (He et al., Identity mappings in deep residual networks,
/// ECCV 2016), normalized in groups where nothing else is said.
///
/// ```
/// y = x + conv₂(act(norm₂(conv₁(act(norm₁(x))))))        (..., channels, height, width) to the same
/// ```
///
/// Parameters: `norm1`, `conv1`, `norm2`, `conv2`, each with `weight` and `bias` where it has such. The last convolution
/// begins as zeros, so that the block begins as the identity.
public struct ResidualBlock: Layer {
  public let norm1: any Layer
  public let conv1: Conv2D
  public let norm2: any Layer
  public let conv2: Conv2D
  public let activation: Activation

  /// - Parameter groups: of a normalization in groups; by default 8, or as many of them as the channels can be cut into.
  public init(
    _ channels: Int, normalization: Normalization = .group, groups: Int? = nil, epsilon: Double = 1e-5,
    activation: Activation, initialization: LinearInitialization = .fanIn
  ) {
    norm1 = normalization.ofPictures(channels, groups: groups, epsilon: epsilon)
    conv1 = Conv2D(
      channels, channels, kernelSize: 3, padding: 1, hasBias: normalization.followsBias, initialization: initialization)
    norm2 = normalization.ofPictures(channels, groups: groups, epsilon: epsilon)
    conv2 = Conv2D(
      channels, channels, kernelSize: 3, padding: 1, initialization: LinearInitialization(weight: .zeros))
    self.activation = activation
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x + conv2(activation(norm2(conv1(activation(norm1(x))))))
  }

  public var parameters: ParameterList { ["norm1": norm1, "conv1": conv1, "norm2": norm2, "conv2": conv2] }
}
