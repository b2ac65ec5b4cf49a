import Models
import Optimizers

extension Settings {
  /// What pixels are taken to be distributed as: the likelihood that is set, else bits for what is black and white or
  /// grey, and real numbers for colour.
  ///
  /// - Parameter shape: of one datum: (height, width), or (3, height, width) in colour.
  public func likelihood(forShape shape: [Int]) -> LikelihoodKind {
    if let likelihood { return likelihood }
    let isColor = shape.count == 3 && shape[0] == 3
    return isColor && binarize == .none ? .gaussian : .bernoulli
  }

  /// Checks that the settings describe a model of data of one shape.
  ///
  /// - Throws: `SettingsError.invalid` for channels of more layers than the pictures can be halved by.
  public func validate(forShape shape: [Int]) throws(SettingsError) {
    guard network != .mlp else { return }
    let pictures = PictureShape(shape)
    guard channels.count > pictures.halvings else { return }
    throw .invalid(
      key: "channels", value: channels.map(String.init).joined(separator: ","),
      expectation: "at most \(pictures.halvings) numbers for pictures of \(pictures.height) x \(pictures.width), which "
        + "each layer halves")
  }

  /// The model that the settings describe, for data of one shape, which `validate(forShape:)` has passed.
  public func makeModel(forShape shape: [Int]) -> VAE {
    let size = shape.reduce(1, *)
    let likelihood: LikelihoodFamily =
      switch likelihood(forShape: shape) {
      case .bernoulli: .bernoulli(size)
      case .gaussian: .gaussian(size, standardDeviation: standardDeviation)
      }
    let (encoder, decoder) = networks(forShape: shape, posterior: .diagonalNormal(latent), likelihood: likelihood)
    return VAE(encoder: encoder, decoder: decoder)
  }

  /// The encoder and the decoder that the settings describe, with these heads.
  private func networks(
    forShape shape: [Int], posterior: PosteriorFamily, likelihood: LikelihoodFamily
  ) -> (Encoder, Decoder) {
    switch network {
    case .mlp:
      return (
        .mlp([likelihood.dataSize] + hidden, activation: activation, head: posterior),
        .mlp([posterior.latentSize] + hidden.reversed(), activation: activation, head: likelihood)
      )
    case .conv, .resnet:
      let pictures = PictureShape(shape)
      let blockCount = network == .resnet ? 1 : 0
      return (
        .resnet(pictures, channels: channels, blockCount: blockCount, activation: activation, head: posterior),
        .resnet(
          posterior.latentSize, pictures, channels: channels, blockCount: blockCount, activation: activation,
          head: likelihood)
      )
    }
  }

  /// The optimizer that the settings describe, for a run of so many steps.
  public func makeOptimizer(steps: Int) -> any Optimizer {
    let rate = learningRate(steps: steps)
    switch optimizer {
    case .adam:
      return Adam(
        learningRate: rate, beta1: beta1 ?? 0.9, beta2: beta2 ?? 0.999, epsilon: epsilon ?? 1e-8,
        weightDecay: weightDecay ?? 0)
    case .adamw:
      return AdamW(
        learningRate: rate, beta1: beta1 ?? 0.9, beta2: beta2 ?? 0.999, epsilon: epsilon ?? 1e-8,
        weightDecay: weightDecay ?? 1e-2)
    case .sgd:
      return SGD(learningRate: rate, weightDecay: weightDecay ?? 0)
    case .momentum:
      return Momentum(learningRate: rate, momentum: beta1 ?? 0.9, weightDecay: weightDecay ?? 0)
    case .rmsprop:
      return RMSProp(
        learningRate: rate, smoothing: beta2 ?? 0.99, epsilon: epsilon ?? 1e-8, weightDecay: weightDecay ?? 0)
    }
  }

  private func learningRate(steps: Int) -> LearningRate {
    let rate: LearningRate =
      switch schedule {
      case .constant: .constant(learningRate)
      case .linear: .linear(learningRate, to: 0, over: steps)
      case .cosine: .cosine(learningRate, over: steps)
      }
    return warmup > 0 ? rate.warmedUp(over: warmup) : rate
  }

  /// Batches in the whole run.
  public func totalSteps(dataCount: Int) -> Int {
    steps ?? epochs * ((dataCount + batchSize - 1) / batchSize)
  }
}

extension PictureShape {
  /// From the shape of a datum: (height, width) or (channels, height, width); one row of what is no picture.
  init(_ shape: [Int]) {
    switch shape.count {
    case 2: self.init(height: shape[0], width: shape[1])
    case 3: self.init(channels: shape[0], height: shape[1], width: shape[2])
    default: self.init(height: 1, width: shape.reduce(1, *))
    }
  }
}
