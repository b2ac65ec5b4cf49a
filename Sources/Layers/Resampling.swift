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

/// Makes pictures smaller by averaging squares of pixels: (..., height, width) to (..., height / size, width / size).
///
/// Rows and columns at the end that make no whole square are dropped.
public struct AveragePool2D: Layer {
  public let size: Int

  public init(size: Int) {
    guard size > 0 else { fatalError("[averagePool2d] squares of \(size)") }
    self.size = size
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.squares(of: size, "averagePool2d").mean(axes: [-3, -1]) }

  public var parameters: ParameterList { [:] }
}

/// Makes pictures smaller by the largest of each square of pixels: (..., height, width) to (..., height / size, width /
/// size).
///
/// Rows and columns at the end that make no whole square are dropped.
public struct MaxPool2D: Layer {
  public let size: Int

  public init(size: Int) {
    guard size > 0 else { fatalError("[maxPool2d] squares of \(size)") }
    self.size = size
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.squares(of: size, "maxPool2d").max(axes: [-3, -1]) }

  public var parameters: ParameterList { [:] }
}

extension Tensor {
  /// (..., height, width) to (..., height / size, size, width / size, size).
  fileprivate func squares(of size: Int, _ name: String) -> Tensor {
    guard rank >= 2, shape[rank - 2] >= size, shape[rank - 1] >= size else {
      fatalError("[\(name)] shape \(shape) holds no square of \(size)")
    }
    let (rows, columns) = (shape[rank - 2] / size, shape[rank - 1] / size)
    let whole = sliced(0..<rows * size, axis: -2).sliced(0..<columns * size, axis: -1)
    return whole.reshaped(Shape(shape.dimensions.dropLast(2) + [rows, size, columns, size]))
  }
}
