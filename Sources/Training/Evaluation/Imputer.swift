import Datasets
import Models
import Runtime
import Tensors

/// Fills in what is missing in data by what a model expects there: the importance-weighted mean.
struct Imputer {
  let model: any TrainableModel
  /// What the model is told of a datum.
  let condition: Condition
  /// How stored data become those of the model.
  let pixels: Pixels
  /// What is hidden besides what is missing.
  let hiding: Hiding?
  /// Draws of the latent variable for each datum.
  let samples: Int
  let seed: UInt64
  let backend: any Backend

  /// Rounds in which what the posterior reads in place of the missing elements is refined.
  private static let rounds = 8

  /// Data with what was made of them, on the device: (batch, data) each.
  struct Filled {
    let x: Tensor
    /// 1 where an element is known, else 0.
    let known: Tensor
    /// 1 where it is known and not hidden, else 0.
    let observed: Tensor
    /// x where it is observed, and what is expected elsewhere.
    let filled: Tensor

    /// 1 where an element is known and hidden, else 0.
    var hidden: Tensor { known - observed }
  }

  /// Holds data, and what is hidden of them, against the model.
  ///
  /// - Throws: what `Condition.validate` throws; `DataError.unsupported` where all that would be hidden is shown to the
  ///   model; what the device throws.
  func validate(_ data: DataSet) throws {
    try condition.validate(data)
    guard let hiding, let shown = condition.observed else { return }
    // Of shares, each datum's is drawn.
    if case .fraction = hiding { return }
    let key = RandomKey(seed: seed, domain: .evaluation, rows: Tensor([0 as Int32]))
    let hidden = (1 - hiding.observed(1, shape: data.datumShape, key)) * (1 - shown)
    guard try hidden.sum().evaluated(on: backend).scalar() == 0 else { return }
    throw DataError.unsupported(
      path: data.name, found: "hiding no pixel but those that the model is shown", supported: "others can be hidden")
  }

  /// Fills in some data, which `validate` has held against the model. What it is shown as its condition is not hidden from
  /// it.
  ///
  /// Each round is computed by itself: together they would be one graph, of a posterior that is refined by gradients of
  /// more than a hundred.
  ///
  /// - Throws: what the device throws.
  func callAsFunction(_ data: DataSet, _ range: Range<Int>) throws -> Filled {
    let inputs = Inputs(pixels: pixels, condition: condition, isIncomplete: data.isIncomplete)
    let seen = try inputs(data, range, seed: seed)
    let key = RandomKey(seed: seed, domain: .evaluation, rows: Tensor(range.map(Int32.init)))
    let known = seen.observed ?? .ones(seen.x.shape)
    var left = hiding?.observed(range.count, shape: data.datumShape, key) ?? .ones(seen.x.shape)
    if let shown = condition.observed { left = left + (1 - left) * shown }
    let sources = try evaluate(
      [seen.x, known, known * left, seen.x * known * left] + [seen.condition].compactMap { $0 }, on: backend)
    let autoencoder = model.given(sources.count > 4 ? sources[4] : nil)
    var guess = sources[3]
    for _ in 0..<Self.rounds {
      guess = try autoencoder.refilled(guess, observed: sources[2]).evaluated(on: backend)
    }
    let filled = try autoencoder.imputed(guess, observed: sources[2], samples: samples, noise: key)
      .evaluated(on: backend)
    return Filled(x: sources[0], known: sources[1], observed: sources[2], filled: filled)
  }
}
