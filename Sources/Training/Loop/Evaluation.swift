import Datasets
import Distributions
import Models
import Runtime
import Tensors

/// The bound of a model on a data set, with what its latent dimensions do.
///
/// Unlike the figures during training it is computed datum by datum and summed in Double. The keys are those of
/// `elbo evaluate --json` and of a run's `results.json`.
public struct Evaluation: Codable, Hashable, Sendable {
  public var split: Metrics.Split
  public var count: Int
  /// Nats per datum, as are `reconstruction` and `kl`.
  public var elbo: Double
  public var reconstruction: Double
  public var kl: Double
  /// Draws of the latent variable for each datum.
  public var samples: Int
  public var latentSize: Int
  /// Dimensions whose posterior mean varies over the data by more than `activityThreshold` (Burda, Grosse and
  /// Salakhutdinov, Importance weighted autoencoders, ICLR 2016, section 5.2).
  public var activeUnits: Int
  /// KL(q(z|x) ‖ p(z)) of each dimension, nats per datum; none where it is not a sum over dimensions.
  public var klPerDimension: [Double]

  /// A variance.
  public static let activityThreshold = 0.01

  /// Data that are computed at once.
  private static let chunk = 1000

  /// Evaluates a model.
  ///
  /// - Parameters:
  ///   - pixels: how stored pictures become data; bits that are drawn are drawn once for each datum, from the seed.
  ///   - noise: the standard-normal draws to use, float32 (data, samples, latent); drawn from the seed where nil.
  ///   - keepNoise: takes the draws that were used, as they come: float32 (chunk, samples, latent).
  ///   - condition: what the model is told of a datum; its class where nil, and the model is told anything.
  /// - Throws: `EvaluationError` for noise of another shape, and noise for a posterior that is not normal with independent
  ///   dimensions; `RunError.noLabels`; what the device throws.
  public init(
    _ model: any TrainableModel, on data: DataSet, split: Metrics.Split = .test, pixels: Pixels = Pixels(),
    condition: Condition? = nil, samples: Int = 1, seed: UInt64 = 0, noise: DataArray? = nil,
    device backend: any Backend, keepNoise: ((DataArray) -> Void)? = nil
  ) throws {
    let inputs = Inputs(pixels: pixels, condition: condition ?? Condition(conditionSize: model.conditionSize))
    guard !inputs.condition.needsLabels || data.labels != nil else { throw RunError.noLabels(data.name) }
    var sums = Sums()
    var isByDimension = true
    let samples = noise.map { $0.shape.count == 3 ? $0.shape[1] : 0 } ?? samples
    for start in stride(from: 0, to: data.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, data.count)
      let rows = Tensor(range.map(Int32.init))
      let (x, given) = inputs(
        inputs.fields(of: data, range), RandomKey(seed: seed, domain: .binarization, rows: rows))
      let one = model.given(given)
      let posterior = one.posterior(given: x)
      let latent = posterior.mean.shape[1]
      // (data, samples, latent), as an objective draws them.
      let draw: Draw
      var epsilon: Tensor?
      if let noise {
        guard noise.shape == [data.count, samples, latent], noise.type == .float32, samples > 0 else {
          throw EvaluationError.noiseMismatch(
            found: "\(noise.type) of shape \(noise.shape)", expected: [data.count, max(samples, 1), latent])
        }
        epsilon = Tensor(bytes: noise[range].bytes, shape: [range.count, samples, latent], type: .float32)
      } else if keepNoise != nil {
        epsilon = RandomKey(seed: seed, domain: .evaluation, rows: rows).normal([range.count, samples, latent])
      }
      if let epsilon {
        guard let normal = posterior.repeated(1) as? Normal else { throw EvaluationError.posteriorNotNormal }
        let value = normal.mean + normal.standardDeviation * epsilon
        draw = Draw(value: value, logProbability: normal.logProbability(of: value))
      } else {
        draw = posterior.repeated(samples).draw(RandomKey(seed: seed, domain: .evaluation, rows: rows))
      }
      let terms = one.likelihood(given: draw.value).logProbability(of: x.expandedDimensions(at: 1))
      // By dimension where that is closed, else as a whole, from the draws.
      let closed = (posterior as? any FactorizedDistribution)?.elementKLDivergence(from: one.prior)
      let whole = posterior.klDivergence(from: one.prior)?.expandedDimensions(at: 1)
      let sampled = (draw.logProbability - one.prior.repeated(samples).logProbability(of: draw.value))
        .mean(axis: 1, keepingDimensions: true)
      isByDimension = closed != nil
      var wanted = [terms, closed ?? whole ?? sampled, posterior.mean]
      if keepNoise != nil, let epsilon { wanted.append(epsilon) }
      let values = try Tensors.evaluate(wanted, on: backend)
      try sums.add(terms: values[0], divergence: values[1], mean: values[2])
      if let keepNoise {
        keepNoise(DataArray(bytes: try values[3].bytes(), type: .float32, shape: values[3].shape.dimensions))
      }
    }
    self.split = split
    count = data.count
    self.samples = samples
    reconstruction = sums.reconstruction / Double(count)
    let divergence = sums.divergence.map { $0 / Double(data.count) }
    klPerDimension = isByDimension ? divergence : []
    kl = divergence.reduce(0, +)
    elbo = reconstruction - kl
    latentSize = sums.means.count
    activeUnits = sums.variances.count { $0 > Self.activityThreshold }
  }
}

/// What is added up over the data.
private struct Sums {
  var reconstruction = 0.0
  /// By latent dimension, or one number.
  var divergence: [Double] = []
  /// All posterior means so far, dimension by dimension.
  var means: [[Double]] = []

  /// Adds a chunk: (n, samples), (n, latent) or (n, 1), (n, latent).
  mutating func add(terms: Tensor, divergence: Tensor, mean: Tensor) throws {
    reconstruction += try terms.scalars().reduce(0, +) / Double(terms.shape[1])
    let latent = mean.shape[1]
    let width = divergence.shape[1]
    if means.isEmpty {
      means = Array(repeating: [], count: latent)
      self.divergence = Array(repeating: 0, count: width)
    }
    for (index, value) in try divergence.scalars().enumerated() { self.divergence[index % width] += value }
    for (index, value) in try mean.scalars().enumerated() { means[index % latent].append(value) }
  }

  /// Over the data, of the posterior means of each dimension.
  var variances: [Double] {
    means.map { values in
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    }
  }
}

/// Why a model could not be evaluated.
public enum EvaluationError: Error, Hashable, Sendable {
  /// The given noise does not fit data and model.
  case noiseMismatch(found: String, expected: [Int])
  /// Draws in files are standard normal, and of the posteriors only the diagonal normal one is made from them here.
  case posteriorNotNormal
}

extension EvaluationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noiseMismatch(let found, let expected):
      "the noise is \(found); it must be float32 of shape \(expected): data, samples, latent"
    case .posteriorNotNormal: "noise in files is of a normal posterior with independent dimensions"
    }
  }
}
