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

  /// The model that the settings describe, for data of one shape.
  public func makeModel(forShape shape: [Int]) -> VAE {
    let size = shape.reduce(1, *)
    let likelihood: LikelihoodFamily =
      switch likelihood(forShape: shape) {
      case .bernoulli: .bernoulli(size)
      case .gaussian: .gaussian(size, standardDeviation: standardDeviation)
      }
    return VAE(
      encoder: .mlp([size] + hidden, activation: activation, head: .diagonalNormal(latent)),
      decoder: .mlp([latent] + hidden.reversed(), activation: activation, head: likelihood))
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
