import Layers
import Tensors

/// The shape of one picture: channels, height and width.
public struct PictureShape: Hashable, Sendable, CustomStringConvertible {
  public let channels: Int
  public let height: Int
  public let width: Int

  public init(channels: Int = 1, height: Int, width: Int) {
    guard channels > 0, height > 0, width > 0 else { fatalError("[pictureShape] \(channels) x \(height) x \(width)") }
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of elements.
  public var size: Int { channels * height * width }

  /// How often a picture can be halved.
  public var halvings: Int { Int.bitWidth - 1 - min(height, width).leadingZeroBitCount }

  public var description: String { "\(channels) x \(height) x \(width)" }

  /// Pictures after each of some layers that halve them, this one first.
  func halved(to channels: [Int]) -> [PictureShape] {
    guard !channels.isEmpty, channels.allSatisfy({ $0 > 0 }), channels.count <= halvings else {
      fatalError("[network] pictures \(self) cannot be halved by layers of channels \(channels)")
    }
    return channels.reduce(into: [self]) { shapes, channels in
      let last = shapes[shapes.count - 1]
      shapes.append(PictureShape(channels: channels, height: last.height / 2, width: last.width / 2))
    }
  }
}

extension Conv2D {
  /// Halves height and width, an odd one to the smaller half: filters of 4 x 4 at every other place.
  static func halving(
    _ inputs: Int, _ outputs: Int, hasBias: Bool, initialization: LinearInitialization
  ) -> Conv2D {
    Conv2D(
      inputs, outputs, kernelSize: 4, stride: 2, padding: 1, hasBias: hasBias, initialization: initialization)
  }
}

extension ConvTranspose2D {
  /// The reverse of `Conv2D.halving`, to pictures of a size.
  static func doubling(
    _ inputs: Int, _ outputs: Int, to pictures: PictureShape, hasBias: Bool = true, initialization: LinearInitialization
  ) -> ConvTranspose2D {
    ConvTranspose2D(
      inputs, outputs, kernelSize: [4, 4], window: ConvolutionWindow(stride: [2, 2], padding: [1, 1]),
      outputPadding: [pictures.height % 2, pictures.width % 2], hasBias: hasBias, initialization: initialization)
  }
}
