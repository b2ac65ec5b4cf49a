import Inference
import Tensors

/// One line of `metrics.jsonl`: means over the data since the line before, or over the test data.
///
/// Likelihoods are in nats per datum: summed over dimensions, averaged over data, constants kept.
public struct Metrics: Codable, Hashable, Sendable {
  public enum Split: String, Codable, Hashable, Sendable, CaseIterable { case train, validation, test }

  /// Batches trained on so far.
  public var step: Int
  /// Passes over the data, counted from 1 while the first is under way.
  public var epoch: Int
  public var split: Split
  /// `reconstruction` - `kl`.
  public var elbo: Double
  /// E_q[log p(x|z)].
  public var reconstruction: Double
  /// KL(q(z|x) ‖ p(z)), at least 0.
  public var kl: Double
  /// What training makes as large as it can: the bound, or what is made of it.
  public var objective: Double
  /// The weight of the divergence in it, at the last batch.
  public var beta: Double
  /// That of the last batch; of training alone, like all that follow but `seconds`.
  public var learningRate: Double?
  /// The gradient's Euclidean length before it was cut, averaged over batches.
  public var gradientNorm: Double?
  /// Speeds of training alone: evaluation, checkpoints and pictures do not count.
  public var imagesPerSecond: Double?
  public var stepsPerSecond: Double?
  /// Since the run began, without the time between stopping and resuming.
  public var seconds: Double
}

extension [Metrics] {
  /// The lines by which a run is judged: of the data to validate or test with, where there are any.
  var judged: [Metrics] {
    let tests = filter { $0.split != .train }
    return tests.isEmpty ? self : tests
  }

  /// The first line with the largest objective, which the best checkpoint is of; nil where none is finite.
  var best: Metrics? { judged.filter(\.objective.isFinite).max { $0.objective < $1.objective } }
}

/// Sums over data from which means come.
///
/// They are exact in the order in which batches are added: a run that stops in the middle of an epoch goes on to the
/// same bits.
public struct MetricSums: Codable, Hashable, Sendable {
  public private(set) var count = 0
  public private(set) var batches = 0
  public private(set) var reconstruction = 0.0
  public private(set) var kl = 0.0
  public private(set) var objective = 0.0
  /// That of the last batch.
  public private(set) var beta = 0.0
  /// Over batches.
  public private(set) var gradientNorm = 0.0
  /// That of the last batch.
  public private(set) var learningRate = 0.0
  /// Seconds of training.
  public var seconds = 0.0

  public init() {}

  /// Adds the means of one batch.
  mutating func add(count: Int, _ figures: BatchFigures) {
    self.count += count
    batches += 1
    reconstruction += Double(count) * Double(figures.reconstruction)
    kl += Double(count) * Double(figures.kl)
    objective += Double(count) * Double(figures.objective)
    beta = Double(figures.beta)
  }

  /// Adds what the optimizer told of one batch.
  mutating func add(gradientNorm: Float, learningRate: Float) {
    self.gradientNorm += Double(gradientNorm)
    self.learningRate = Double(learningRate)
  }

  /// The means, which are not numbers where nothing was added.
  func metrics(step: Int, epoch: Int, split: Metrics.Split, elapsed: Double) -> Metrics {
    let reconstruction = reconstruction / Double(count)
    let kl = kl / Double(count)
    var metrics = Metrics(
      step: step, epoch: epoch, split: split, elbo: reconstruction - kl, reconstruction: reconstruction, kl: kl,
      objective: objective / Double(count), beta: beta, seconds: elapsed)
    if split == .train {
      metrics.learningRate = learningRate
      metrics.gradientNorm = gradientNorm / Double(batches)
      metrics.imagesPerSecond = seconds > 0 ? Double(count) / seconds : 0
      metrics.stepsPerSecond = seconds > 0 ? Double(batches) / seconds : 0
    }
    return metrics
  }
}

/// What a step reports of a batch: means over its data, and the weight of the divergence.
struct BatchFigures {
  static let names = ["reconstruction", "kl", "objective", "beta"]

  let reconstruction, kl, objective, beta: Float

  /// The figures as a step reports them, in the order of `names`.
  static func tensors(_ estimate: Estimate) -> [Tensor] {
    [
      estimate.bound.reconstruction.mean(), estimate.bound.kl.mean(), estimate.objective.mean(),
      estimate.weight.cast(to: .float32).reshaped([]),
    ]
  }

  init(_ values: some Collection<Float>) {
    let values = Array(values)
    (reconstruction, kl, objective, beta) = (values[0], values[1], values[2], values[3])
  }
}
