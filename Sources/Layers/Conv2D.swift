import Tensors

/// A 2-D convolution of pictures, or, as everywhere in the field, a cross-correlation.
///
/// ```
/// y[o, i, j] = b[o] + Σ w[o, c, u, v] x[c, i · stride + u · dilation - padding, j · stride + v · dilation - padding]
/// (..., inputs, height, width) -> (..., outputs, h, w)
/// h = ⌊(height + 2 · padding - dilation · (rows - 1) - 1) / stride⌋ + 1, and w alike
/// ```
///
/// In groups, each group of outputs sees only its own group of inputs. Parameters: `weight` (outputs, inputs / groups,
/// rows, columns), `bias` (outputs,).
public struct Conv2D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let window: ConvolutionWindow

  /// - Parameter kernelSize: rows and columns of the filters.
  public init(
    _ inputs: Int, _ outputs: Int, kernelSize: [Int], window: ConvolutionWindow = ConvolutionWindow(),
    hasBias: Bool = true, initialization: LinearInitialization = .fanIn
  ) {
    guard kernelSize.count == 2, window.groups > 0, inputs % window.groups == 0, outputs % window.groups == 0 else {
      fatalError("[conv2d] \(inputs) to \(outputs) channels by \(kernelSize) in \(window.groups) groups")
    }
    self.window = window
    let shape = Shape([outputs, inputs / window.groups] + kernelSize)
    weight = Parameter(shape, initializer: initialization.weight)
    bias = hasBias ? Parameter([outputs], initializer: initialization.bias(shape.fanIn)) : nil
  }

  /// The same in both directions.
  public init(
    _ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1, hasBias: Bool = true, initialization: LinearInitialization = .fanIn
  ) {
    self.init(
      inputs, outputs, kernelSize: [kernelSize, kernelSize],
      window: ConvolutionWindow(square: stride, padding, dilation, groups), hasBias: hasBias,
      initialization: initialization)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.asPictures("conv2d") { pictures in
      let y = pictures.convolved(with: weight.tensor, window: window)
      return bias.map { y + $0.tensor.perChannel } ?? y
    }
  }

  public var parameters: ParameterList { ["weight": weight, "bias": bias] }
}

/// A transposed 2-D convolution: the gradient of a convolution with respect to its input, plus a bias.
///
/// ```
/// (..., inputs, height, width) -> (..., outputs, h, w)
/// h = (height - 1) · stride - 2 · padding + dilation · (rows - 1) + outputPadding + 1, and w alike
/// ```
///
/// Parameters: `weight` (inputs, outputs / groups, rows, columns), `bias` (outputs,).
public struct ConvTranspose2D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let window: ConvolutionWindow
  /// Rows and columns at the end of the result that a convolution of its size would pass over.
  public let outputPadding: [Int]

  /// - Parameter kernelSize: rows and columns of the filters.
  public init(
    _ inputs: Int, _ outputs: Int, kernelSize: [Int], window: ConvolutionWindow = ConvolutionWindow(),
    outputPadding: [Int] = [0, 0], hasBias: Bool = true, initialization: LinearInitialization = .fanIn
  ) {
    guard kernelSize.count == 2, window.groups > 0, inputs % window.groups == 0, outputs % window.groups == 0 else {
      fatalError("[convTranspose2d] \(inputs) to \(outputs) channels by \(kernelSize) in \(window.groups) groups")
    }
    self.window = window
    self.outputPadding = outputPadding
    let shape = Shape([inputs, outputs / window.groups] + kernelSize)
    weight = Parameter(shape, initializer: initialization.weight)
    bias = hasBias ? Parameter([outputs], initializer: initialization.bias(shape.fanIn)) : nil
  }

  /// The same in both directions.
  public init(
    _ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
    dilation: Int = 1, groups: Int = 1, hasBias: Bool = true, initialization: LinearInitialization = .fanIn
  ) {
    self.init(
      inputs, outputs, kernelSize: [kernelSize, kernelSize],
      window: ConvolutionWindow(square: stride, padding, dilation, groups),
      outputPadding: [outputPadding, outputPadding], hasBias: hasBias, initialization: initialization)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.asPictures("convTranspose2d") { pictures in
      let y = pictures.convolvedTransposed(with: weight.tensor, window: window, outputPadding: outputPadding)
      return bias.map { y + $0.tensor.perChannel } ?? y
    }
  }

  public var parameters: ParameterList { ["weight": weight, "bias": bias] }
}

extension ConvolutionWindow {
  fileprivate init(square stride: Int, _ padding: Int, _ dilation: Int, _ groups: Int) {
    self.init(
      stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation], groups: groups)
  }
}

extension Shape {
  /// What one output is a sum of, by PyTorch's count: the second extent times the window.
  fileprivate var fanIn: Int { dimensions.dropFirst().reduce(1, *) }
}

extension Tensor {
  /// One number for each channel as (channels, 1, 1).
  var perChannel: Tensor { reshaped([shape[0], 1, 1]) }

  /// Applies a function of (batch, channels, height, width) to (..., channels, height, width).
  func asPictures(_ name: String, _ function: (Tensor) -> Tensor) -> Tensor {
    guard rank >= 3 else { fatalError("[\(name)] shape \(shape) is not (..., channels, height, width)") }
    if rank == 4 { return function(self) }
    let batch = Array(shape.dimensions.dropLast(3))
    let result = function(reshaped(Shape([batch.reduce(1, *)] + shape.dimensions.suffix(3))))
    return result.reshaped(Shape(batch + result.shape.dimensions.dropFirst()))
  }
}
