import Tensors

/// Normalizes each channel over a batch (Ioffe and Szegedy, Batch normalization, ICML 2015).
///
/// ```
/// y = (x - mean) / √(variance + ε) · weight + bias        (batch..., features) or (batch..., channels, height, width)
/// ```
///
/// In training mean and variance are those of the batch, and running ones follow them with the momentum m:
///
/// ```
/// running = (1 - m) · running + m · that of the batch
/// ```
///
/// where the batch's variance is taken as the unbiased estimate, as PyTorch does. In evaluation they are the running ones,
/// through which no gradient passes. See `Pass` for what training is. A batch of a single number for each channel, as the
/// last of an epoch may be, has no variance: it is normalized by the running statistics, which it leaves as they are.
///
/// Parameters: `weight` (channels,), which begins as ones, and `bias` (channels,), which begins as zeros. Kept and not
/// learned: `running_mean` and `running_var` (channels,), which begin as zeros and ones.
public struct BatchNorm: Layer {
  public let weight: Parameter
  public let bias: Parameter
  public let runningMean: Variable
  public let runningVariance: Variable
  /// That of the channels, counted from the end: -1 of features, -3 of pictures.
  public let axis: Int
  public let momentum: Double
  public let epsilon: Double

  /// - Parameter axis: that of the channels, counted from the end: -1 of features, -3 of pictures.
  public init(_ channels: Int, axis: Int = -1, momentum: Double = 0.1, epsilon: Double = 1e-5) {
    guard channels > 0, axis < 0 else { fatalError("[batchNorm] \(channels) channels at axis \(axis)") }
    weight = Parameter([channels], initializer: .ones)
    bias = Parameter([channels], initializer: .zeros)
    runningMean = Variable(.zeros([channels]))
    runningVariance = Variable(.ones([channels]))
    self.axis = axis
    self.momentum = momentum
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let channels = weight.count
    guard x.rank >= -axis, x.shape[x.rank + axis] == channels else {
      fatalError("[batchNorm] shape \(x.shape) has no \(channels) channels at axis \(axis)")
    }
    let count = x.count / channels
    guard let pass = Pass.current, count > 1 else {
      let centered = x - perChannel(runningMean.tensor)
      return scaled(centered / (perChannel(runningVariance.tensor) + epsilon).sqrt())
    }
    return pass.output(of: runningMean, x) {
      let axes = (0..<x.rank).filter { $0 != x.rank + axis }
      let mean = x.mean(axes: axes, keepingDimensions: true)
      let centered = x - mean
      let variance = centered.squared().mean(axes: axes, keepingDimensions: true)
      follow(runningMean, mean, in: pass)
      follow(runningVariance, variance * (Double(count) / Double(count - 1)), in: pass)
      return scaled(centered / (variance + epsilon).sqrt())
    }
  }

  private func scaled(_ x: Tensor) -> Tensor { x * perChannel(weight.tensor) + perChannel(bias.tensor) }

  private func follow(_ running: Variable, _ found: Tensor, in pass: Pass) {
    pass.update(
      running, to: pass.value(of: running) * (1 - momentum) + found.reshaped(running.shape) * momentum)
  }

  /// (channels,) to (channels, 1, ...), as the channels lie.
  private func perChannel(_ numbers: Tensor) -> Tensor {
    numbers.reshaped(Shape([weight.count] + [Int](repeating: 1, count: -axis - 1)))
  }

  public var parameters: ParameterList {
    ["weight": weight, "bias": bias, "running_mean": runningMean, "running_var": runningVariance]
  }
}
