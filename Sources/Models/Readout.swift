import Layers
import Tensors

/// How a head reads numbers off features: by a layer that is made when it is known how many numbers there are.
public struct Readout: Sendable {
  /// From features to (batch..., size).
  let layer: @Sendable (_ size: Int) -> any Layer

  public init(_ layer: @escaping @Sendable (_ size: Int) -> any Layer) { self.layer = layer }

  /// By an affine map of so many features.
  public static func linear(_ features: Int, initialization: LinearInitialization = .fanIn) -> Readout {
    Readout { Linear(features, $0, initialization: initialization) }
  }

  /// By a transposed convolution of pictures half as large: (batch..., channels, height / 2, width / 2) to (batch...,
  /// size), where `size` is that of the pictures or a multiple of it, as many numbers for each element.
  static func doubling(
    _ channels: Int, to pictures: PictureShape, initialization: LinearInitialization
  ) -> Readout {
    Readout { size in
      guard size > 0, size % pictures.size == 0 else {
        fatalError("[readout] \(size) numbers are not as many for each element of pictures \(pictures)")
      }
      return PictureReadout(
        convolution: .doubling(
          channels, pictures.channels * (size / pictures.size), to: pictures, initialization: initialization),
        channels: pictures.channels)
    }
  }
}

/// A transposed convolution whose result is flattened, element by element. Parameters: `weight`, `bias`.
private struct PictureReadout: Layer {
  let convolution: ConvTranspose2D
  /// Those of the pictures, of which the convolution gives a multiple.
  let channels: Int

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = convolution(x)
    let batch = Array(y.shape.dimensions.dropLast(3))
    let (rank, size) = (batch.count, y.shape.dimensions.suffix(3).reduce(1, *))
    let multiple = y.shape[rank] / channels
    guard multiple > 1 else { return y.reshaped(Shape(batch + [size])) }
    // (channels, multiple, height, width) to (channels, height, width, multiple)
    let numbers = y.reshaped(Shape(batch + [channels, multiple] + y.shape.dimensions.suffix(2)))
    let order = Array(0..<rank) + [rank, rank + 2, rank + 3, rank + 1]
    return numbers.transposed(axes: order).reshaped(Shape(batch + [size]))
  }

  var parameters: ParameterList { convolution.parameters }
}
