import Datasets
import Glibc
import Layers
import Models
import Optimizers
import Tensors

extension Settings {
  /// What pixels are taken to be distributed as: the likelihood that is set, else bits for what is black and white or
  /// grey, and real numbers for colour and for tables.
  ///
  /// - Parameter shape: of one datum: (height, width), or (3, height, width) in colour; (columns) of a
  ///   table.
  public func likelihood(forShape shape: [Int]) -> LikelihoodKind {
    if let likelihood { return likelihood }
    let isTableOrColor = shape.count == 1 || (shape.count == 3 && shape[0] == 3)
    return isTableOrColor && binarize == .none ? .gaussian : .bernoulli
  }

  /// Checks that the settings describe a model of data of one shape.
  ///
  /// - Throws: `SettingsError.invalid` for channels of more layers than the pictures can be halved by, and `.incompatible`
  ///   for convolutions or quadrants of a table, or for biases of pixels' means where no bias is a pixel's logit.
  public func validate(forShape shape: [Int]) throws(SettingsError) {
    if model == .cvae, condition.isOfQuadrants, shape.count < 2 {
      throw .incompatible(
        "--condition \(condition.rawValue) shows a part of pictures, and the data are a table; --condition label is "
          + "of both")
    }
    if outputBias == .data, likelihood(forShape: shape) != .bernoulli {
      throw .incompatible(
        "--output-bias data is the logit of a mean, and a \(likelihood(forShape: shape).rawValue) likelihood has none; "
          + "--likelihood bernoulli has")
    }
    guard network != .mlp else { return }
    guard shape.count > 1 else {
      throw .incompatible(
        "a network of convolutions reads pictures, and the data are a table; --network mlp reads both")
    }
    let pictures = PictureShape(shape)
    guard channels.count > pictures.halvings else { return }
    throw .invalid(
      key: "channels", value: channels.map(String.init).joined(separator: ","),
      expectation: "at most \(pictures.halvings) numbers for pictures of \(pictures.height) x \(pictures.width), which "
        + "each layer halves")
  }

  /// Checks that the settings describe a model that learns from what is known of data.
  ///
  /// - Throws: `SettingsError.incompatible` for models of complete data where numbers are missing, for models that are told
  ///   every label where some are missing, and for classes without a label to learn from.
  public func validate(for data: DataSource) throws(SettingsError) {
    if model == .cvae, condition == .label,
      let part = [data.train, data.measured].compactMap({ $0 }).first(where: { $0.unlabeledCount > 0 })
    {
      throw .incompatible(
        "a cvae of labels is told all of them, and \(part.unlabeledCount) of \(part.count) are missing in "
          + "\(part.name); --model m2 learns from data without")
    }
    if let labeled, labeled < data.train.classCount {
      throw .incompatible(
        "--labeled \(labeled) leaves some of the \(data.train.classCount) classes of \(data.name) without a label; "
          + "give each class one at least")
    }
    if let labeling = labeling(of: data.train) {
      let kept = Set(labeling.labels(of: data.train))
      if let label = (0..<data.train.classCount).first(where: { !kept.contains(Int32($0)) }) {
        let names = data.train.classNames
        throw .incompatible(
          "m2 learns each class from labels, and none of class \(label < names.count ? names[label] : "\(label)") is left "
            + "to learn from in \(data.name)")
      }
      if labeledShare != nil, labeled == nil, data.train.unlabeledCount == 0 {
        throw .incompatible(
          "--labeled-share is of data that lack labels, and all of \(data.name) have one; give --labeled")
      }
    }
    guard data.train.isIncomplete || data.measured?.isIncomplete == true else { return }
    let misfit: String? =
      if model == .m2 {
        "--model m2"
      } else if model == .cvae, condition.isOfQuadrants {
        "--condition \(condition.rawValue)"
      } else if amortization != .encoder {
        "--amortization \(amortization.rawValue)"
      } else if outputBias == .data {
        "--output-bias data"
      } else {
        nil
      }
    guard let misfit else { return }
    throw .incompatible(
      "\(misfit) takes complete data, and numbers are missing in \(data.name); a vae, or a cvae of labels, leaves them out"
    )
  }

  /// The model that the settings describe, for data of one shape, which `validate(forShape:)` has passed, and so many
  /// classes.
  ///
  /// - Parameters:
  ///   - conditionSize: numbers of a condition that is given beside the data.
  ///   - dataCount: how many data there are to learn from, for a table of them.
  ///   - means: of each element over the data, where `outputBias` asks for them; without them the model begins as
  ///     `initialization` says.
  public func makeModel(
    forShape shape: [Int], classCount: Int = 0, conditionSize: Int = 0, dataCount: Int = 1, means: [Double]? = nil
  ) -> any TrainableModel {
    let size = shape.reduce(1, *)
    let condition = condition(forShape: shape, classCount: classCount, conditionSize: conditionSize)
    let prior = makePrior(latent, conditionSize: condition.size)
    let decoder = decoder(
      forShape: shape, condition, head: makeLikelihood(size, likelihood(forShape: shape)), means: means)
    guard amortization != .table else {
      return TabulatedVAE(
        decoder: decoder, prior: prior, posterior: makePosterior(latent), dataCount: dataCount, refinement: refinement)
    }
    let features = encoderFeatures(forShape: shape, condition)
    let encoder = Encoder(
      features: features.layer, head: makePosterior(latent).head(of: features.outputs, initialization.rule))
    guard model != .vae else {
      let vae = VAE(encoder: encoder, decoder: decoder, prior: prior)
      return amortization == .semi ? SemiAmortizedVAE(vae, refinement: refinement) : vae
    }
    let cvae = CVAE(encoder: encoder, decoder: decoder, prior: prior, conditionSize: condition.size)
    if model == .m2 {
      let classifier = encoderFeatures(forShape: shape, .none)
      return SemiSupervisedVAE(
        cvae, features: classifier.layer, featureCount: classifier.outputs, classifierWeight: classifierWeight ?? 1,
        initialization: initialization.rule)
    }
    return condition.observed.map { InpaintingVAE(cvae, observed: $0) } ?? cvae
  }

  private var refinement: Refinement {
    Refinement(steps: refinements ?? (amortization == .semi ? 5 : 20), rate: refinementRate ?? 0.01)
  }

  /// What the model is told of a datum.
  public func condition(forShape shape: [Int], classCount: Int, conditionSize: Int = 0) -> Condition {
    guard model != .vae else { return .none }
    switch condition {
    case .label: return .label(classes: classCount)
    case .oneQuadrant: return .quadrants(1, shape: shape)
    case .twoQuadrants: return .quadrants(2, shape: shape)
    case .threeQuadrants: return .quadrants(3, shape: shape)
    case .vector: return .vector(conditionSize)
    }
  }

  /// Features of data and then a condition, and how many there are.
  private func encoderFeatures(forShape shape: [Int], _ condition: Condition) -> (layer: any Layer, outputs: Int) {
    let size = shape.reduce(1, *)
    let isOfCounts = likelihood(forShape: shape).isOfCounts
    func reading(_ layer: any Layer) -> any Layer { isOfCounts ? LogarithmFirst(layer) : layer }
    guard network != .mlp else {
      let features = mlp([size + condition.size] + hidden)
      return (reading(features), features.outputs)
    }
    var pictures = PictureShape(shape)
    let planes = ConditionPlanes(pictures, conditionSize: condition.size)
    pictures = PictureShape(
      channels: planes.channels, height: pictures.height, width: pictures.width)
    let features = PictureEncoder(
      pictures, channels: channels, blockCount: network == .resnet ? 1 : 0, activation: activation,
      normalization: normalization, dropout: dropout, initialization: initialization.rule)
    return (reading(condition.size > 0 ? ConditionedPictures(planes, features) : features), features.outputs)
  }

  private func decoder(
    forShape shape: [Int], _ condition: Condition, head: LikelihoodFamily, means: [Double]?
  ) -> Decoder {
    let inputs = latent + condition.size
    let rule = initialization.rule
    guard network != .mlp else {
      let features = mlp([inputs] + hidden.reversed())
      var last = rule
      if outputBias == .data, let means {
        last.bias = { _ in .values(Tensor(means.map { Float(Self.logit($0)) })) }
      }
      return Decoder(features: features, head: head.head(by: .linear(features.outputs, initialization: last)))
    }
    return .resnet(
      inputs, PictureShape(shape), channels: channels, blockCount: network == .resnet ? 1 : 0, activation: activation,
      head: head, normalization: normalization, dropout: dropout, initialization: rule)
  }

  private func mlp(_ widths: [Int]) -> MLP {
    MLP(
      widths, activation: activation, normalization: normalization ?? Normalization.identity, dropout: dropout,
      initialization: initialization.rule)
  }

  /// The logit of a share, which is kept off 0 and 1, where it is infinite: pixels that are never white have finite biases.
  private static func logit(_ share: Double) -> Double {
    let share = min(max(share, 0.001), 0.999)
    return log(share / (1 - share))
  }

  /// The optimizer that the settings describe, for a run over so many data.
  ///
  /// - Parameter factor: what the learning rate is multiplied by, (1,), where it is lowered in the course of the run.
  public func makeOptimizer(dataCount: Int, factor: Variable? = nil) -> any Optimizer {
    makeOptimizer(optimizer, rate: learningRate(dataCount: dataCount), factor)
  }

  /// The optimizer of what is learned of single data; the schedule is none of its own, and the factor is.
  public func makeTableOptimizer(factor: Variable? = nil) -> any Optimizer {
    makeOptimizer(tableOptimizer ?? .adam, rate: .constant(tableRate ?? 0.1), factor)
  }

  private func makeOptimizer(_ kind: OptimizerKind, rate: LearningRate, _ factor: Variable?) -> any Optimizer {
    let rate = factor.map { rate.multiplied(by: .variable($0)) } ?? rate
    switch kind {
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

  private func learningRate(dataCount: Int) -> LearningRate {
    let steps = updates(in: totalSteps(dataCount: dataCount))
    let rate: LearningRate =
      switch schedule {
      case .constant, .plateau: .constant(learningRate)
      case .step: .step(learningRate, factor: scheduleFactor, every: scheduleSteps ?? max(1, steps / 3))
      case .linear: .linear(learningRate, to: 0, over: steps)
      case .cosine: .cosine(learningRate, over: steps)
      case .stages: stages(stepsPerEpoch: stepsPerEpoch(dataCount: dataCount))
      }
    return warmup > 0 ? rate.warmedUp(over: warmup) : rate
  }

  /// A rate for each stage, from the end of the stage before on.
  private func stages(stepsPerEpoch: Int) -> LearningRate {
    let rates = stageFactors.map { $0 * learningRate }
    let ends = stageEpochs.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1 * stepsPerEpoch) }
    return .piecewise(rates[0], zip(ends, rates).dropFirst().map { (step: updates(in: $0), value: $1) })
  }

  /// Whether a run may lower its learning rate beside the schedule.
  var lowersRate: Bool { schedule == .plateau || onNaN == .rollback }

  /// What is done to gradients and parameters besides the optimizer's rule.
  public var minimizerOptions: Minimizer.Options {
    var factors: [String: Double] = [:]
    if let encoderLearningRate { factors["encoder."] = encoderLearningRate / learningRate }
    if let decoderLearningRate { factors["decoder."] = decoderLearningRate / learningRate }
    return Minimizer.Options(
      largestNorm: clip, largestValue: clipValue, batchesPerUpdate: accumulate, sumsOverData: reduction == .sum,
      averageDecay: average, rateFactors: factors)
  }

  /// Updates of the parameters in so many batches.
  func updates(in steps: Int) -> Int { max(1, steps / accumulate) }

  /// Which data keep their labels, of a model that learns from others too; else nil.
  func labeling(of data: DataSet) -> Labeling? {
    model == .m2 ? Labeling(count: labeled, of: data, share: labeledShare) : nil
  }

  /// Batches in one pass over so many data, the last of which may be smaller.
  func stepsPerEpoch(dataCount: Int) -> Int { (dataCount + batchSize - 1) / batchSize }

  /// Batches in the whole run.
  public func totalSteps(dataCount: Int) -> Int { steps ?? epochs * stepsPerEpoch(dataCount: dataCount) }
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

/// Features of log(1 + x): counts in the thousands are no numbers for a network as they are.
private struct LogarithmFirst: Layer {
  let features: any Layer

  init(_ features: any Layer) { self.features = features }

  func callAsFunction(_ x: Tensor) -> Tensor { features(x.log1p()) }

  var parameters: ParameterList { features.parameters }
}
