import Layers
import Tensors

/// Features of pictures by convolutions, each of which halves height and width.
///
/// (batch..., data) to (batch..., features): the data are read as (channels, height, width). After each convolution and
/// its activation come residual blocks, if there are any. Parameters: `layers.0.weight`, `layers.0.bias`, ...,
/// `norms.0.weight`, ..., `blocks.0.0.conv1.weight`, ....
public struct PictureEncoder: Layer {
  public let pictures: PictureShape
  public let layers: [Conv2D]
  /// Of each layer, before its activation.
  public let norms: [any Layer]
  /// After each layer.
  public let blocks: [[ResidualBlock]]
  public let activation: Activation
  /// After each activation of a layer.
  public let dropout: Dropout
  /// The number of features.
  public let outputs: Int

  /// - Parameters:
  ///   - channels: after each layer.
  ///   - blockCount: residual blocks after each layer.
  ///   - normalization: of the residual blocks, by default in groups, where there are any; else of the layers, by default
  ///     none.
  ///   - dropout: the probability with which an element is dropped in training.
  public init(
    _ pictures: PictureShape, channels: [Int], blockCount: Int = 0, activation: Activation,
    normalization: Normalization? = nil, dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) {
    let shapes = pictures.halved(to: channels)
    let parts = NormalizedParts(normalization, blockCount: blockCount)
    self.pictures = pictures
    self.activation = activation
    outputs = shapes[shapes.count - 1].size
    layers = zip(shapes, channels).map {
      Conv2D.halving($0.channels, $1, hasBias: parts.ofLayers.followsBias, initialization: initialization)
    }
    norms = channels.map { parts.ofLayers.ofPictures($0) }
    self.dropout = Dropout(dropout)
    blocks = channels.map { parts.blocks($0, activation, initialization) }
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let batch = Array(x.shape.dimensions.dropLast())
    var features = x.reshaped(Shape(batch + [pictures.channels, pictures.height, pictures.width]))
    for (place, layer) in layers.enumerated() {
      features = blocks[place].reduce(dropout(activation(norms[place](layer(features))))) { $1($0) }
    }
    return features.reshaped(Shape(batch + [outputs]))
  }

  public var parameters: ParameterList {
    [
      "layers": ParameterList(numbering: layers), "norms": ParameterList(numbering: norms),
      "blocks": ParameterList(numbering: blocks.map { ParameterList(numbering: $0) }),
    ]
  }
}

/// Features of latent values by transposed convolutions, each of which doubles height and width: the reverse of
/// `PictureEncoder` but for its first layer, whose reverse is the head's.
///
/// (batch..., latent) to (batch..., channels, height / 2, width / 2). Parameters: `input.weight`, `input.bias`,
/// `layers.0.weight`, `layers.0.bias`, ..., `norms.0.weight`, ..., `blocks.0.0.conv1.weight`, ....
public struct PictureDecoder: Layer {
  public let input: Linear
  public let layers: [ConvTranspose2D]
  /// Of `input`, as pictures, and of each layer, before their activations.
  public let norms: [any Layer]
  /// Before each layer and the head.
  public let blocks: [[ResidualBlock]]
  public let activation: Activation
  /// After each activation of `input` and the layers.
  public let dropout: Dropout
  /// What `input` gives.
  public let smallest: PictureShape
  public let pictures: PictureShape
  /// Channels of the features.
  public let outputs: Int
  private let initialization: LinearInitialization

  /// - Parameters: as the encoder has them.
  public init(
    _ latentSize: Int, _ pictures: PictureShape, channels: [Int], blockCount: Int = 0, activation: Activation,
    normalization: Normalization? = nil, dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) {
    let parts = NormalizedParts(normalization, blockCount: blockCount)
    let shapes = Array(pictures.halved(to: channels).reversed())
    self.pictures = pictures
    self.activation = activation
    self.initialization = initialization
    smallest = shapes[0]
    outputs = channels[0]
    // Its bias is of each place, and stays.
    input = Linear(latentSize, smallest.size, initialization: initialization)
    layers = zip(shapes, shapes.dropFirst()).dropLast().map { from, to in
      ConvTranspose2D.doubling(
        from.channels, to.channels, to: to, hasBias: parts.ofLayers.followsBias, initialization: initialization)
    }
    norms = channels.reversed().map { parts.ofLayers.ofPictures($0) }
    self.dropout = Dropout(dropout)
    blocks = channels.reversed().map { parts.blocks($0, activation, initialization) }
  }

  public func callAsFunction(_ z: Tensor) -> Tensor {
    let batch = Array(z.shape.dimensions.dropLast())
    func hidden(_ place: Int, _ features: Tensor) -> Tensor {
      blocks[place].reduce(dropout(activation(norms[place](features)))) { $1($0) }
    }
    let smallestFeatures = input(z).reshaped(Shape(batch + [smallest.channels, smallest.height, smallest.width]))
    return layers.enumerated().reduce(hidden(0, smallestFeatures)) { features, layer in
      hidden(layer.offset + 1, layer.element(features))
    }
  }

  /// How a head reads pictures off these features.
  public var readout: Readout { .doubling(outputs, to: pictures, initialization: initialization) }

  public var parameters: ParameterList {
    [
      "input": input, "layers": ParameterList(numbering: layers), "norms": ParameterList(numbering: norms),
      "blocks": ParameterList(numbering: blocks.map { ParameterList(numbering: $0) }),
    ]
  }
}

/// What is normalized of a network of pictures.
private struct NormalizedParts {
  let ofLayers: Normalization
  private let ofBlocks: Normalization
  private let blockCount: Int

  init(_ normalization: Normalization?, blockCount: Int) {
    ofLayers = blockCount == 0 ? normalization ?? Normalization.identity : .identity
    ofBlocks = normalization ?? .group
    self.blockCount = blockCount
  }

  /// The blocks at one place.
  func blocks(
    _ channels: Int, _ activation: Activation, _ initialization: LinearInitialization
  ) -> [ResidualBlock] {
    (0..<blockCount).map { _ in
      ResidualBlock(channels, normalization: ofBlocks, activation: activation, initialization: initialization)
    }
  }
}

extension Encoder {
  /// Convolutions that each halve the pictures (4 x 4 at every other place), with so many channels and the activation,
  /// and a head on all features of the last.
  public static func conv(
    _ pictures: PictureShape, channels: [Int], activation: Activation, head: PosteriorFamily,
    normalization: Normalization = .identity, dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    resnet(
      pictures, channels: channels, blockCount: 0, activation: activation, head: head, normalization: normalization,
      dropout: dropout, initialization: initialization)
  }

  /// The same with residual blocks after each convolution.
  public static func resnet(
    _ pictures: PictureShape, channels: [Int], blockCount: Int = 1, activation: Activation, head: PosteriorFamily,
    normalization: Normalization? = nil, dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) -> Encoder {
    let features = PictureEncoder(
      pictures, channels: channels, blockCount: blockCount, activation: activation, normalization: normalization,
      dropout: dropout, initialization: initialization)
    return Encoder(features: features, head: head.head(of: features.outputs, initialization))
  }
}

extension Decoder {
  /// The reverse of the encoder of the same name: a linear layer, then transposed convolutions that each double the
  /// pictures, the last of which is the head.
  public static func conv(
    _ latentSize: Int, _ pictures: PictureShape, channels: [Int], activation: Activation, head: LikelihoodFamily,
    normalization: Normalization = .identity, dropout: Double = 0, initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    resnet(
      latentSize, pictures, channels: channels, blockCount: 0, activation: activation, head: head,
      normalization: normalization, dropout: dropout, initialization: initialization)
  }

  /// The same with residual blocks before each transposed convolution.
  public static func resnet(
    _ latentSize: Int, _ pictures: PictureShape, channels: [Int], blockCount: Int = 1, activation: Activation,
    head: LikelihoodFamily, normalization: Normalization? = nil, dropout: Double = 0,
    initialization: LinearInitialization = .fanIn
  ) -> Decoder {
    guard head.dataSize == pictures.size else {
      fatalError("[decoder] pictures \(pictures) are not of \(head.dataSize) elements")
    }
    let features = PictureDecoder(
      latentSize, pictures, channels: channels, blockCount: blockCount, activation: activation,
      normalization: normalization, dropout: dropout, initialization: initialization)
    return Decoder(features: features, head: head.head(by: features.readout))
  }
}
