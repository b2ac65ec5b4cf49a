import Datasets
import Distributions
import Models
import Runtime
import Tensors

/// What the approximate posteriors of all data have in common, computed without a draw.
struct PosteriorFigures {
  private(set) var latentSize = 0
  /// Whether it is normal with independent dimensions.
  private(set) var isNormal = false
  /// Whether the divergence is known dimension by dimension, not just as a whole.
  private(set) var isByDimension = false
  /// KL(q(z|x) ‖ p(z)) by dimension or as one number, nats per datum; nil where it has no closed form.
  private(set) var divergence: [Double]?
  /// Of the posterior's mean over the data, by dimension.
  private(set) var variances: [Double] = []

  /// Data that are computed at once.
  private static let chunk = 1000

  /// (batch, latent), nats; nil where the divergence is no sum over dimensions, or has no closed form.
  static func divergenceByDimension(of posterior: any Distribution, from prior: any Distribution) -> Tensor? {
    (posterior as? any FactorizedDistribution)?.elementKLDivergence(from: prior)
  }

  init(
    _ model: any TrainableModel, on data: DataSet, inputs: Inputs, seed: UInt64, device backend: any Backend
  ) throws {
    var divergences: [Double]?
    /// All posterior means so far, dimension by dimension.
    var means: [[Double]] = []
    for start in stride(from: 0, to: data.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, data.count)
      let seen = try inputs(data, range, seed: seed)
      let one = seen.given(model)
      let posterior = one.posterior(given: seen.x)
      isNormal = posterior is Normal
      let byDimension = Self.divergenceByDimension(of: posterior, from: one.prior)
      isByDimension = byDimension != nil
      let closed = byDimension ?? posterior.klDivergence(from: one.prior)?.expandedDimensions(at: 1)
      let values = try Tensors.evaluate([posterior.mean] + (closed.map { [$0] } ?? []), on: backend)
      latentSize = values[0].shape[1]
      if means.isEmpty { means = Array(repeating: [], count: latentSize) }
      for (index, value) in try values[0].scalars().enumerated() { means[index % latentSize].append(value) }
      guard values.count > 1 else { continue }
      let width = values[1].shape[1]
      var sums = divergences ?? Array(repeating: 0, count: width)
      for (index, value) in try values[1].scalars().enumerated() { sums[index % width] += value }
      divergences = sums
    }
    divergence = divergences?.map { $0 / Double(data.count) }
    variances = means.map { values in
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    }
  }
}
