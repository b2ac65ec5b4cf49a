import Tensors

/// How the layers of a network are normalized.
public enum Normalization: String, Sendable, CaseIterable, Codable {
  /// Not at all.
  case identity = "none"
  /// By `BatchNorm`.
  case batch
  /// Of pictures, by `GroupNorm` in 8 groups, or as many of them as the channels can be cut into.
  case group
  /// Each example by itself: features by `LayerNorm`, pictures by `GroupNorm` in one group.
  case layer

  /// Whether the layer before has a bias: not before `batch`, which takes each channel's mean away, so that the bias would
  /// have no gradient but rounding.
  public var followsBias: Bool { self != .batch }

  /// The layer for features, (batch..., count) to the same.
  public func ofFeatures(_ count: Int) -> any Layer {
    switch self {
    case .identity: Activation.identity
    case .batch: BatchNorm(count)
    case .group: fatalError("[normalization] groups are of pictures' channels, which features have not")
    case .layer: LayerNorm([count])
    }
  }

  /// The layer for pictures, (batch..., channels, height, width) to the same.
  ///
  /// - Parameter groups: of `group`, where it is another number of them.
  public func ofPictures(_ channels: Int, groups: Int? = nil, epsilon: Double = 1e-5) -> any Layer {
    switch self {
    case .identity: Activation.identity
    case .batch: BatchNorm(channels, axis: -3, epsilon: epsilon)
    case .group:
      GroupNorm(
        groups: groups ?? [8, 4, 2].first { channels % $0 == 0 } ?? 1, channels: channels, epsilon: epsilon)
    case .layer: GroupNorm(groups: 1, channels: channels, epsilon: epsilon)
    }
  }
}

/// Normalizes each example within groups of its channels (Wu and He, Group normalization, ECCV 2018).
///
/// ```
/// y = (x - mean) / √(variance + ε) · weight + bias        (..., channels, height, width) to the same
/// ```
///
/// Mean and variance are over a group's channels and all places of one example, so no example sees another. Parameters:
/// `weight` (channels,), which begins as ones, and `bias` (channels,), which begins as zeros.
public struct GroupNorm: Layer {
  public let groups: Int
  public let epsilon: Double
  public let weight: Parameter
  public let bias: Parameter

  public init(groups: Int, channels: Int, epsilon: Double = 1e-5) {
    guard groups > 0, channels % groups == 0 else { fatalError("[groupNorm] \(channels) channels in \(groups) groups") }
    self.groups = groups
    self.epsilon = epsilon
    weight = Parameter([channels], initializer: .ones)
    bias = Parameter([channels], initializer: .zeros)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.asPictures("groupNorm") { pictures in
      let places = pictures.shape.dimensions.dropFirst().reduce(1, *)
      let grouped = pictures.reshaped([pictures.shape[0], groups, places / groups])
      let normalized = grouped.standardized(axes: [2], epsilon).reshaped(pictures.shape)
      return normalized * weight.tensor.perChannel + bias.tensor.perChannel
    }
  }

  public var parameters: ParameterList { ["weight": weight, "bias": bias] }
}

/// Normalizes the last dimensions of each example (Ba et al., Layer normalization, 2016).
///
/// ```
/// y = (x - mean) / √(variance + ε) · weight + bias        (..., shape) to the same
/// ```
///
/// Parameters: `weight` and `bias` of the normalized shape, which begin as ones and zeros.
public struct LayerNorm: Layer {
  public let epsilon: Double
  public let weight: Parameter
  public let bias: Parameter

  public init(_ shape: Shape, epsilon: Double = 1e-5) {
    self.epsilon = epsilon
    weight = Parameter(shape, initializer: .ones)
    bias = Parameter(shape, initializer: .zeros)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let shape = weight.shape
    guard x.shape.dimensions.suffix(shape.rank) == shape.dimensions[...] else {
      fatalError("[layerNorm] shape \(x.shape) does not end with \(shape)")
    }
    return x.standardized(axes: Array(x.rank - shape.rank..<x.rank), epsilon) * weight.tensor + bias.tensor
  }

  public var parameters: ParameterList { ["weight": weight, "bias": bias] }
}

extension Tensor {
  /// Less the mean over axes, divided by the standard deviation over them (of all elements, not an estimate).
  fileprivate func standardized(axes: [Int], _ epsilon: Double) -> Tensor {
    let centered = self - mean(axes: axes, keepingDimensions: true)
    let variance = centered.squared().mean(axes: axes, keepingDimensions: true)
    return centered / (variance + epsilon).sqrt()
  }
}
