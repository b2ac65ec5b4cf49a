import Datasets
import Distributions
import Inference
import Models
import Runtime
import Tensors

/// What many draws of the latent variables say of each datum, in nats.
///
/// One prepared step takes some data and some of their draws at a time, and keeps four numbers for each datum on the
/// device: memory does not grow with the number of draws. A draw's noise belongs to datum and draw, so that how they
/// are cut into pieces changes no more than the last bits.
struct DrawnFigures {
  /// The mean of log p(x|z).
  let reconstruction: [Double]
  /// The mean of log q(z|x) - log p(z).
  let divergence: [Double]
  /// log p(x) by importance sampling; see `RunningEvidence`.
  let logLikelihood: [Double]

  /// Draws that a step takes at a time, over all its data: enough work for each launch, and little memory.
  private static func width(on device: DeviceDescription) -> Int { device.kind == .cpu ? 1 << 10 : 1 << 15 }
  /// Draws of one datum at a time: the encoder runs once for so many.
  private static let draws = 256

  /// Draws and computes.
  ///
  /// - Parameters:
  ///   - noise: the standard-normal draws to use, float32 (data, samples, latent); drawn from the seed where nil.
  ///   - width: draws that a step takes at a time; by the device where nil.
  ///   - progress: told the share of the work that is done.
  /// - Throws: `EvaluationError`, and what the device throws.
  init(
    _ model: any TrainableModel, on data: DataSet, inputs: Inputs, samples: Int, seed: UInt64,
    noise: DataArray? = nil, device backend: any Backend, width: Int? = nil, progress: (Double) -> Void = { _ in }
  ) throws {
    guard data.count.multipliedReportingOverflow(by: samples).partialValue <= Int(Int32.max) else {
      throw EvaluationError.tooManyDraws(samples, limit: Int(Int32.max) / data.count)
    }
    let width = width ?? Self.width(on: backend.device)
    let rounds = noise == nil ? (samples + Self.draws - 1) / Self.draws : 1
    let draws = (samples + rounds - 1) / rounds
    let start = RunningEvidence.lowest
    let kept = [start, 0, 0, 0].map { Variable(.full($0, [data.count])) }

    let step = try Step(
      on: backend, over: inputs.source(of: data, extra: noise, order: .sequential, on: backend),
      batchSize: max(1, min(width / draws, data.count)), seed: seed, drawing: .fixed, metrics: [], ringLength: 1
    ) { batch in
      let seen = inputs(noise == nil ? batch.fields : batch.fields.dropLast(), batch.binarization)
      let one = seen.given(model)
      let posterior = one.posterior(given: seen.x).repeated(draws)
      // By number, from the first draw on: (1, draws).
      let numbers = batch.epoch.cast(to: .int32) * Double(draws) + Tensor.iota([1, draws], axis: 1)
      let draw: Draw
      if noise != nil {
        guard let normal = posterior as? Normal else { throw EvaluationError.posteriorNotNormal }
        draw = normal.draw(from: batch.fields[batch.fields.count - 1].reshaped(normal.mean.shape))
      } else {
        let rows = batch.rows.expandedDimensions(at: 1) * Double(samples) + numbers
        draw = posterior.draw(RandomKey(state: batch.noise.state, domain: .evaluation, rows: rows))
      }
      let terms = WeightTerms(one, seen.x, draw, samples: draws)
      let isCounted = draws * rounds > samples ? (numbers .< Double(samples)).cast(to: .float32) : nil
      func sum(_ terms: Tensor) -> Tensor { (isCounted.map { terms * $0 } ?? terms).sum(axis: 1) }

      let before = kept.map { $0.tensor.gathered(rows: batch.rows) }
      let evidence = RunningEvidence(largest: before[0], sum: before[1])
        .adding(terms.logWeights, where: isCounted)
      let after = [
        evidence.largest, evidence.sum, before[2] + sum(terms.logLikelihood),
        before[3] + sum(terms.logPosterior - terms.logPrior),
      ]
      // The batch's data are neighbours: a place of the whole is in it, or keeps what it has.
      let place = Tensor.iota([data.count]) - batch.rows.sliced(0..<1)
      let isOwn = (place .>= 0) * (place .< Double(batch.count))
      for (variable, values) in zip(kept, after) {
        variable.assign(select(isOwn.cast(to: .float32), values.gathered(rows: place), variable.tensor))
      }
      return []
    }
    for round in 0..<rounds {
      // In parts, so that long work can be told about.
      let part = max(1, step.runsPerEpoch / 16)
      for first in stride(from: 0, to: step.runsPerEpoch, by: part) {
        try step.replay(times: min(part, step.runsPerEpoch - first))
        try step.synchronize()
        progress((Double(round) + Double(first + part) / Double(step.runsPerEpoch)) / Double(rounds))
      }
    }
    let evidence = RunningEvidence(largest: try kept[0].value(), sum: try kept[1].value())
    logLikelihood = try evidence.logMean(of: samples).scalars(on: backend)
    reconstruction = try kept[2].value().scalars().map { $0 / Double(samples) }
    divergence = try kept[3].value().scalars().map { $0 / Double(samples) }
  }
}
