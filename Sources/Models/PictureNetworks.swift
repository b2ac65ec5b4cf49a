import Layers
import Tensors

/// Features of pictures by convolutions, each of which halves height and width.
///
/// (batch..., data) to (batch..., features): the data are read as (channels, height, width). After each convolution and
/// its activation come residual blocks, if there are any. Parameters: `layers.0.weight`, `layers.0.bias`, ...,
/// `blocks.0.0.conv1.weight`, ....
public struct PictureEncoder: Layer {
  public let pictures: PictureShape
  public let layers: [Conv2D]
  /// After each layer.
  public let blocks: [[ResidualBlock]]
  public let activation: Activation
  /// The number of features.
  public let outputs: Int

  /// - Parameters:
  ///   - channels: after each layer.
  ///   - blockCount: residual blocks after each layer.
  public init(
    _ pictures: PictureShape, channels: [Int], blockCount: Int = 0, activation: Activation,
    initialization: LinearInitialization = .fanIn
  ) {
    let shapes = pictures.halved(to: channels)
    self.pictures = pictures
    self.activation = activation
    outputs = shapes[shapes.count - 1].size
    layers = zip(shapes, channels).map { Conv2D.halving($0.channels, $1, initialization: initialization) }
    blocks = channels.map { channels in
      (0..<blockCount).map { _ in ResidualBlock(channels, activation: activation, initialization: initialization) }
    }
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let batch = Array(x.shape.dimensions.dropLast())
    var features = x.reshaped(Shape(batch + [pictures.channels, pictures.height, pictures.width]))
    for (layer, blocks) in zip(layers, blocks) {
      features = blocks.reduce(activation(layer(features))) { $1($0) }
    }
    return features.reshaped(Shape(batch + [outputs]))
  }

  public var parameters: ParameterList {
    [
      "layers": ParameterList(numbering: layers),
      "blocks": ParameterList(numbering: blocks.map { ParameterList(numbering: $0) }),
    ]
  }
}

/// Features of latent values by transposed convolutions, each of which doubles height and width: the reverse of
/// `PictureEncoder` but for its first layer, whose reverse is the head's.
///
/// (batch..., latent) to (batch..., channels, height / 2, width / 2). Parameters: `input.weight`, `input.bias`,
/// `layers.0.weight`, `layers.0.bias`, ..., `blocks.0.0.conv1.weight`, ....
public struct PictureDecoder: Layer {
  public let input: Linear
  public let layers: [ConvTranspose2D]
  /// Before each layer and the head.
  public let blocks: [[ResidualBlock]]
  public let activation: Activation
  /// What `input` gives.
  public let smallest: PictureShape
  public let pictures: PictureShape
  /// Channels of the features.
  public let outputs: Int
  private let initialization: LinearInitialization

  /// - Parameter channels: as the encoder has them.
  public init(
    _ latentSize: Int, _ pictures: PictureShape, channels: [Int], blockCount: Int = 0, activation: Activation,
    initialization: LinearInitialization = .fanIn
  ) {
    let shapes = Array(pictures.halved(to: channels).reversed())
    self.pictures = pictures
    self.activation = activation
    self.initialization = initialization
    smallest = shapes[0]
    outputs = channels[0]
    input = Linear(latentSize, smallest.size, initialization: initialization)
    layers = zip(shapes, shapes.dropFirst()).dropLast().map { from, to in
      ConvTranspose2D.doubling(from.channels, to.channels, to: to, initialization: initialization)
    }
    blocks = channels.reversed().map { channels in
      (0..<blockCount).map { _ in ResidualBlock(channels, activation: activation, initialization: initialization) }
    }
  }

  public func callAsFunction(_ z: Tensor) -> Tensor {
    let batch = Array(z.shape.dimensions.dropLast())
    let smallestFeatures = activation(input(z)).reshaped(
      Shape(batch + [smallest.channels, smallest.height, smallest.width]))
    var features = blocks[0].reduce(smallestFeatures) { $1($0) }
    for (layer, blocks) in zip(layers, blocks.dropFirst()) {
      features = blocks.reduce(activation(layer(features))) { $1($0) }
    }
    return features
  }

  /// How a head reads pictures off these features.
  public var readout: Readout { .doubling(outputs, to: pictures, initialization: initialization) }

  public var parameters: ParameterList {
    [
      "input": input, "layers": ParameterList(numbering: layers),
      "blocks": ParameterList(numbering: blocks.map { ParameterList(numbering: $0) }),
    ]
  }
}

extension Encoder {
  /// Convolutions that each halve the pictures (4 x 4 at every other place), with so many channels and the activation,
  /// and a head on all features of the last.
  public static func conv(
    _ pictures: PictureShape, channels: [Int], activation: Activation, head: PosteriorFamily,
    initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    resnet(
      pictures, channels: channels, blockCount: 0, activation: activation, head: head, initialization: initialization)
  }

  /// The same with residual blocks after each convolution.
  public static func resnet(
    _ pictures: PictureShape, channels: [Int], blockCount: Int = 1, activation: Activation, head: PosteriorFamily,
    initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    let features = PictureEncoder(
      pictures, channels: channels, blockCount: blockCount, activation: activation, initialization: initialization)
    return Encoder(features: features, head: head.head(of: features.outputs, initialization))
  }
}

extension Decoder {
  /// The reverse of the encoder of the same name: a linear layer, then transposed convolutions that each double the
  /// pictures, the last of which is the head.
  public static func conv(
    _ latentSize: Int, _ pictures: PictureShape, channels: [Int], activation: Activation, head: LikelihoodFamily,
    initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    resnet(
      latentSize, pictures, channels: channels, blockCount: 0, activation: activation, head: head,
      initialization: initialization)
  }

  /// The same with residual blocks before each transposed convolution.
  public static func resnet(
    _ latentSize: Int, _ pictures: PictureShape, channels: [Int], blockCount: Int = 1, activation: Activation,
    head: LikelihoodFamily, initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    guard head.dataSize == pictures.size else {
      fatalError("[decoder] pictures \(pictures) are not of \(head.dataSize) elements")
    }
    let features = PictureDecoder(
      latentSize, pictures, channels: channels, blockCount: blockCount, activation: activation,
      initialization: initialization)
    return Decoder(features: features, head: head.head(by: features.readout))
  }
}
