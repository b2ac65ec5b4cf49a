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
  /// KL(q(z|x) ‖ p(z)) of each dimension, nats per datum.
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
  /// - Throws: `EvaluationError` for noise of another shape and a posterior that is not normal; what the device throws.
  public init(
    _ model: VAE, on data: DataSet, split: Metrics.Split = .test, pixels: Pixels = Pixels(), samples: Int = 1,
    seed: UInt64 = 0, noise: DataArray? = nil, device backend: any Backend, keepNoise: ((DataArray) -> Void)? = nil
  ) throws {
    var sums = Sums()
    let samples = noise.map { $0.shape.count == 3 ? $0.shape[1] : 0 } ?? samples
    for start in stride(from: 0, to: data.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, data.count)
      let rows = Tensor(range.map(Int32.init))
      let x = pixels(data.rows(range), RandomKey(seed: seed, domain: .binarization, rows: rows))
      guard let posterior = model.encoder(x) as? Normal else { throw EvaluationError.posteriorNotNormal }
      let latent = posterior.mean.shape[1]
      // (data, samples, latent), as an objective draws them.
      let draws: Tensor
      if let noise {
        guard noise.shape == [data.count, samples, latent], noise.type == .float32, samples > 0 else {
          throw EvaluationError.noiseMismatch(
            found: "\(noise.type) of shape \(noise.shape)", expected: [data.count, max(samples, 1), latent])
        }
        draws = Tensor(bytes: noise[range].bytes, shape: [range.count, samples, latent], type: .float32)
      } else {
        draws = RandomKey(seed: seed, domain: .evaluation, rows: rows).normal([range.count, samples, latent])
      }
      let each = posterior.repeated(1)
      let terms = model.likelihood(given: each.mean + each.standardDeviation * draws)
        .logProbability(of: x.expandedDimensions(at: 1))
      guard let divergence = posterior.elementKLDivergence(from: model.prior) else {
        throw EvaluationError.posteriorNotNormal
      }
      var wanted = [terms, divergence, posterior.mean]
      if keepNoise != nil { wanted.append(draws) }
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
    klPerDimension = sums.divergence.map { $0 / Double(data.count) }
    kl = klPerDimension.reduce(0, +)
    elbo = reconstruction - kl
    latentSize = klPerDimension.count
    activeUnits = sums.variances.count { $0 > Self.activityThreshold }
  }
}

/// What is added up over the data.
private struct Sums {
  var reconstruction = 0.0
  /// By latent dimension.
  var divergence: [Double] = []
  /// All posterior means so far, dimension by dimension.
  var means: [[Double]] = []

  /// Adds a chunk: (n, samples), (n, latent), (n, latent).
  mutating func add(terms: Tensor, divergence: Tensor, mean: Tensor) throws {
    reconstruction += try terms.scalars().reduce(0, +) / Double(terms.shape[1])
    let latent = mean.shape[1]
    if means.isEmpty {
      means = Array(repeating: [], count: latent)
      self.divergence = Array(repeating: 0, count: latent)
    }
    for (index, value) in try divergence.scalars().enumerated() { self.divergence[index % latent] += value }
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
  /// The bound is computed from standard-normal draws, which only a normal posterior is a function of.
  case posteriorNotNormal
}

extension EvaluationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noiseMismatch(let found, let expected):
      "the noise is \(found); it must be float32 of shape \(expected): data, samples, latent"
    case .posteriorNotNormal: "evaluation needs a normal posterior"
    }
  }
}
