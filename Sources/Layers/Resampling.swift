import Tensors

/// Makes pictures larger by repeating each pixel: (..., height, width) to (..., height · scale, width · scale).
public struct UpsampleNearest: Layer {
  public let scale: Int

  public init(scale: Int) {
    guard scale > 0 else { fatalError("[upsampleNearest] a scale of \(scale)") }
    self.scale = scale
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.repeated(scale, axis: -2).repeated(scale, axis: -1) }

  public var parameters: ParameterList { [:] }
}

/// Makes pictures smaller by averaging squares of pixels: (..., height, width) to (..., h, w) by a `PoolWindow`.
///
/// Pixels that padding adds count, as zeros.
public struct AveragePool2D: Layer {
  public let window: PoolWindow

  /// - Parameter stride: from square to square; their size where nil, so that they lie side by side.
  public init(size: Int, stride: Int? = nil, padding: Int = 0) {
    window = PoolWindow(size: size, stride: stride ?? size, padding: padding)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { window.squares(of: x, "averagePool2d").mean(axes: [-3, -1]) }

  public var parameters: ParameterList { [:] }
}

/// Makes pictures smaller by the largest of each square of pixels: (..., height, width) to (..., h, w) by a `PoolWindow`.
///
/// Pixels that padding adds are never the largest beside finite ones.
public struct MaxPool2D: Layer {
  public let window: PoolWindow

  /// - Parameter stride: from square to square; their size where nil, so that they lie side by side.
  public init(size: Int, stride: Int? = nil, padding: Int = 0) {
    window = PoolWindow(size: size, stride: stride ?? size, padding: padding)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    // The least finite number, where padding is: an infinity would pass for the beginning of a fault that is looked for.
    let least = x.type == .float64 ? -Double.greatestFiniteMagnitude : -Double(Float.greatestFiniteMagnitude)
    return window.squares(of: x, filling: least, "maxPool2d").max(axes: [-3, -1])
  }

  public var parameters: ParameterList { [:] }
}

/// The squares of pixels that a pool looks at, in both directions alike.
///
/// ```
/// h = ⌊(height + 2 · padding - size) / stride⌋ + 1, and w alike
/// ```
///
/// Rows and columns at the end that make no whole square are passed over.
public struct PoolWindow: Hashable, Sendable {
  public let size: Int
  public let stride: Int
  /// Rows and columns added on each side; at most half of the size, so that each square has a pixel of the picture.
  public let padding: Int

  public init(size: Int, stride: Int, padding: Int) {
    guard size > 0, stride > 0, (0...size / 2).contains(padding) else {
      fatalError("[pool] squares of \(size), every \(stride), with a padding of \(padding)")
    }
    (self.size, self.stride, self.padding) = (size, stride, padding)
  }

  /// (..., height, width) to (..., h, size, w, size).
  fileprivate func squares(of x: Tensor, filling value: Double = 0, _ name: String) -> Tensor {
    guard x.rank >= 2, x.shape.dimensions.suffix(2).allSatisfy({ $0 + 2 * padding >= size }) else {
      fatalError("[\(name)] shape \(x.shape) holds no square of \(size)")
    }
    return lines(of: lines(of: padded(x, value), axis: x.rank - 2), axis: x.rank)
  }

  private func padded(_ x: Tensor, _ value: Double) -> Tensor {
    guard padding > 0 else { return x }
    func framed(_ x: Tensor) -> Tensor {
      x.padded(before: padding, after: padding, axis: -2).padded(before: padding, after: padding, axis: -1)
    }
    return value == 0 ? framed(x) : select(framed(.ones(like: x)), framed(x), value)
  }

  /// One axis as (lines, size): the lines begin at every place of the stride.
  private func lines(of x: Tensor, axis: Int) -> Tensor {
    let count = (x.shape[axis] - size) / stride + 1
    /// Every place of the stride from a start on, behind each of which as many are taken along.
    func taken(_ extent: Int, from start: Int) -> Tensor {
      let missing = max(0, start + count * stride - x.shape[axis])
      let longer = missing > 0 ? x.padded(before: 0, after: missing, axis: axis) : x
      let whole = longer.sliced(start..<start + count * stride, axis: axis)
      var extents = x.shape.dimensions
      extents.replaceSubrange(axis...axis, with: [count, stride])
      return whole.reshaped(Shape(extents)).sliced(0..<extent, axis: axis + 1)
    }
    return stride >= size
      ? taken(size, from: 0) : concatenated((0..<size).map { taken(1, from: $0) }, axis: axis + 1)
  }
}
