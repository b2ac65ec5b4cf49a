import Datasets
import Distributions
import Glibc
import Models
import Runtime
import Tensors

/// The bound and the likelihood of a model on a data set, with what its latent dimensions do.
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
  /// log p(x) by importance sampling with `samples` draws, nats per datum; see `RunningEvidence`.
  public var logLikelihood: Double
  /// Of the mean over the data; infinite where it is not known, as of one datum.
  public var logLikelihoodStandardError: Double
  /// -`logLikelihood` in bits, over the numbers of a datum that are known. Of a density it is that of pixels from 0 to 1.
  public var bitsPerDimension: Double
  /// Draws of the latent variable for each datum.
  public var samples: Int
  public var latentSize: Int
  /// Dimensions whose posterior mean varies over the data by more than `activityThreshold` (Burda, Grosse and
  /// Salakhutdinov, Importance weighted autoencoders, ICLR 2016, section 5.2).
  public var activeUnits: Int
  /// KL(q(z|x) ‖ p(z)) of each dimension, nats per datum; none where it is not a sum over dimensions.
  public var klPerDimension: [Double]
  /// Between data and latent variables; nil where the posterior's dimensions depend on each other.
  public var mutualInformation: MutualInformation?
  /// Of other data, where they were asked for.
  public var against: Separation?

  /// What the encoder loses by being one function, where it was asked for.
  public var amortizationGap: AmortizationGap?
  /// log p(x) by annealed importance sampling, where it was asked for.
  public var annealed: AnnealedEvidence?

  /// log p(x) of each datum, nats; not kept in files.
  public private(set) var logLikelihoods: [Double] = []

  private enum CodingKeys: String, CodingKey {
    case split, count, elbo, reconstruction, kl, logLikelihood, logLikelihoodStandardError, bitsPerDimension, samples
    case latentSize, activeUnits, klPerDimension, mutualInformation, against
    case amortizationGap, annealed
  }

  /// A variance.
  public static let activityThreshold = 0.01

  /// Evaluates a model.
  ///
  /// - Parameters:
  ///   - pixels: how stored pictures become data; bits that are drawn are drawn once for each datum, from the seed.
  ///   - condition: what the model is told of a datum; its class where nil, and the model is told anything.
  ///   - noise: the standard-normal draws to use, float32 (data, samples, latent); drawn from the seed where nil.
  ///   - keepNoise: takes the draws that were used, as they come: float32 (some data, samples, latent).
  ///   - progress: told the share of the work that is done.
  /// - Throws: `EvaluationError` for noise of another shape, noise for a posterior that is not normal with independent
  ///   dimensions, and more draws than can be told apart; `RunError.noLabels` and `.noConditions`; what the device throws.
  public init(
    _ model: any TrainableModel, on data: DataSet, split: Metrics.Split = .test, pixels: Pixels = Pixels(),
    condition: Condition? = nil, samples: Int = 1, seed: UInt64 = 0, noise: DataArray? = nil,
    device backend: any Backend, keepNoise: ((DataArray) -> Void)? = nil, progress: (Double) -> Void = { _ in }
  ) throws {
    let inputs = try Self.inputs(of: model, data, pixels, condition)
    let posterior = try PosteriorFigures(model, on: data, inputs: inputs, seed: seed, device: backend)
    latentSize = posterior.latentSize
    let samples = noise.map { $0.shape.count == 3 ? $0.shape[1] : 0 } ?? samples
    if let noise {
      guard noise.shape == [data.count, samples, latentSize], noise.type == .float32, samples > 0 else {
        throw EvaluationError.noiseMismatch(
          found: "\(noise.type) of shape \(noise.shape)", expected: [data.count, max(samples, 1), latentSize])
      }
    }
    guard noise == nil && keepNoise == nil || posterior.isNormal else { throw EvaluationError.posteriorNotNormal }
    let drawn = try DrawnFigures(
      model, on: data, inputs: inputs, samples: samples, seed: seed, noise: noise, device: backend, progress: progress)
    if let keepNoise {
      try Self.draws(samples, of: data.count, latentSize, seed: seed, noise: noise, device: backend, keepNoise)
    }

    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    self.split = split
    self.samples = samples
    count = data.count
    reconstruction = mean(drawn.reconstruction)
    klPerDimension = posterior.isByDimension ? posterior.divergence ?? [] : []
    kl = posterior.divergence.map { $0.reduce(0, +) } ?? mean(drawn.divergence)
    elbo = reconstruction - kl
    activeUnits = posterior.variances.count { $0 > Self.activityThreshold }
    logLikelihoods = drawn.logLikelihood
    let evidence = SampleMean(logLikelihoods)
    (logLikelihood, logLikelihoodStandardError) = (evidence.value, evidence.standardError)
    bitsPerDimension = -evidence.value / (data.knownSize * log(2))
    mutualInformation = try MutualInformation(model, on: data, inputs: inputs, seed: seed, device: backend)
  }

  /// Whether an evaluation will have `klPerDimension`; nothing is computed for the answer.
  ///
  /// - Throws: `RunError.noLabels`, and what reading the first datum throws.
  public static func hasDivergenceByDimension(
    _ model: any TrainableModel, on data: DataSet, pixels: Pixels = Pixels(), condition: Condition? = nil
  ) throws -> Bool {
    let inputs = try inputs(of: model, data, pixels, condition)
    let key = RandomKey(seed: 0, domain: .binarization, rows: Tensor([Int32(0)]))
    let seen = inputs(try inputs.fields(of: data, 0..<1), key)
    let one = seen.given(model)
    return PosteriorFigures.divergenceByDimension(of: one.posterior(given: seen.x), from: one.prior) != nil
  }

  private static func inputs(
    of model: any TrainableModel, _ data: DataSet, _ pixels: Pixels, _ condition: Condition?
  ) throws(RunError) -> Inputs {
    let condition = condition ?? Condition(conditionSize: model.conditionSize)
    try condition.validate(data)
    return Inputs(pixels: pixels, condition: condition, isIncomplete: data.isIncomplete)
  }

  /// The draws that figures are computed from, in pieces of a few megabytes.
  private static func draws(
    _ samples: Int, of count: Int, _ latent: Int, seed: UInt64, noise: DataArray?, device backend: any Backend,
    _ keep: (DataArray) -> Void
  ) throws {
    if let noise { return keep(noise) }
    let piece = max(1, (1 << 20) / (samples * latent))
    for start in stride(from: 0, to: count, by: piece) {
      let range = start..<min(start + piece, count)
      let key = RandomKey(seed: seed, domain: .evaluation, rows: Tensor(range.map(Int32.init)))
      let draws = try key.normal([range.count, samples, latent]).evaluated(on: backend)
      keep(DataArray(bytes: try draws.bytes(), type: .float32, shape: draws.shape.dimensions))
    }
  }
}

/// Why a model could not be evaluated.
public enum EvaluationError: Error, Hashable, Sendable {
  /// The given noise does not fit data and model.
  case noiseMismatch(found: String, expected: [Int])
  /// Draws in files are standard normal, and of the posteriors only the diagonal normal one is made from them here.
  case posteriorNotNormal
  /// A picture of the divergence by dimension was asked for, and it is no sum over dimensions.
  case divergenceNotByDimension
  /// Chains of latent values go anywhere, and the prior has a density here alone.
  case latentNotReal(Support)
  /// The numbers of all draws do not fit into 31 bits.
  case tooManyDraws(Int, limit: Int)
}

extension EvaluationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noiseMismatch(let found, let expected):
      "the noise is \(found); it must be float32 of shape \(expected): data, samples, latent"
    case .tooManyDraws(let count, let limit): "\(count) draws for each datum; of so many data, at most \(limit)"
    case .latentNotReal(let support):
      "chains of latent values move among all numbers, and this model's prior has a density on \(support) alone"
    case .divergenceNotByDimension: "the divergence of this posterior from its prior is no sum over dimensions"
    case .posteriorNotNormal: "noise in files is of a normal posterior with independent dimensions"
    }
  }
}
