import Datasets
import Distributions
import Models
import Runtime
import Tensors

/// Pictures of what a model has learned.
public struct Gallery: Sendable {
  public let model: any TrainableModel
  /// (height, width) or (3, height, width).
  public let datumShape: [Int]
  /// What the model is told.
  public let condition: Condition
  public let seed: UInt64
  public let backend: any Backend

  /// - Parameter shape: of one datum; nil where that is no picture's.
  public init?(
    _ model: any TrainableModel, shape: [Int], condition: Condition = .none, seed: UInt64, on backend: any Backend
  ) {
    guard shape.count == 2 || (shape.count == 3 && [1, 3].contains(shape[0])) else { return nil }
    self.model = model
    datumShape = shape
    self.condition = condition
    self.seed = seed
    self.backend = backend
  }

  /// The first pictures of a data set as the model sees them, above what it makes of them by the posterior's mean:
  /// `columns` a row.
  ///
  /// - Parameter pixels: how stored pictures become data.
  public func reconstructions(
    of data: DataSet, pixels: Pixels, count: Int = 24, columns: Int = 12
  ) throws -> Picture {
    let count = min(count, data.count)
    let inputs = Inputs(pixels: pixels, condition: condition, isIncomplete: data.isIncomplete)
    let seen = try inputs(data, 0..<count, seed: seed)
    let x = seen.x
    var reconstruction = seen.given(model).reconstruct(x)
    // What is shown is not made by the model.
    if let observed = condition.observed { reconstruction = x * observed + reconstruction * (1 - observed) }
    let values = try Tensors.evaluate([x, reconstruction], on: backend)
    let (originals, made) = (try pictures(values[0]), try pictures(values[1]))
    let columns = min(columns, count)
    var ordered: [Picture] = []
    for start in stride(from: 0, to: count, by: columns) {
      let range = start..<min(start + columns, count)
      let blank = Array(repeating: blank, count: columns - range.count)
      ordered += originals[range] + blank + made[range] + blank
    }
    return PictureGrid(columns: columns).picture(of: ordered)
  }

  /// Whether the model draws pictures without being shown any.
  public var canSample: Bool { condition.observed == nil }

  /// Draws from the model: (count, data). Of a model of classes, or of given numbers, one after the other and again from
  /// the first on.
  ///
  /// - Parameters:
  ///   - mean: whether pixels are the likelihood's mean, or drawn from it.
  ///   - label: the class of all draws.
  ///   - temperature: what the deviations of a normal prior are multiplied by; below 1 draws are more ordinary.
  ///   - latent: (count, latent), in place of draws from the prior.
  ///   - conditions: float32, (n, size), of a model that is told given numbers.
  /// - Throws: `SamplingError.priorNotNormal` for a temperature of such a prior; what the device throws.
  public func samples(
    _ count: Int, mean: Bool = true, label: Int? = nil, temperature: Double = 1, latent: Tensor? = nil,
    given conditions: DataArray? = nil
  ) throws -> Tensor {
    let key = RandomKey(seed: seed, domain: .evaluation)
    let told = try conditions.map { conditions in
      try DataRows(conditions).read((0..<count).map { $0 % conditions.rowCount }).tensor
    }
    let one = model.given(told ?? classes(count) { label ?? $0 })
    var z = latent ?? one.sampleLatent(count, key)
    if latent == nil, temperature != 1 {
      guard let prior = one.prior as? Normal else { throw SamplingError.priorNotNormal }
      z = prior.mean + (z - prior.mean) * temperature
    }
    let drawn = mean ? one.decode(z) : one.likelihood(given: z).sample(key)
    return try drawn.evaluated(on: backend)
  }

  /// Each of `count` latent values drawn from the prior under every class, a row for each: what of a picture is not its
  /// class. nil of a model without classes.
  ///
  /// The latent values, `z` of (count, latent), are those of a standard normal prior, or of the prior of the first class.
  public func analogies(_ count: Int) throws -> Exploration? {
    guard case .label(let classCount) = condition else { return nil }
    let key = RandomKey(seed: seed, domain: .evaluation)
    let z = model.given(classes(count) { _ in 0 }).sampleLatent(count, key)
    let means = model.given(classes(count * classCount) { $0 % classCount }).decode(z.repeated(classCount, axis: 0))
    let values = try Tensors.evaluate([means, z], on: backend)
    let picture = PictureGrid(columns: classCount).picture(
      of: try pictures(values[0]), columnLabels: (0..<classCount).map(String.init),
      caption: "one latent value a row, one class a column")
    let latents = DataArray(try values[1].values(as: Float.self), shape: values[1].shape.dimensions)
    return Exploration(picture: picture, arrays: ["z": latents])
  }

  /// One-hot rows of classes by their number; nil of a model without classes.
  private func classes(_ count: Int, _ label: (Int) -> Int) -> Tensor? {
    guard case .label(let classCount) = condition else { return nil }
    return Tensor((0..<count).map { Int32(label($0) % classCount) }).oneHot(classCount)
  }

  /// Draws laid out in about a square.
  public func grid(of samples: Tensor) throws -> Picture { PictureGrid().picture(of: try pictures(samples)) }

  /// Rows of pixels from 0 to 1 as pictures.
  func pictures(_ rows: Tensor) throws -> [Picture] {
    let values = try rows.values(as: Float.self)
    let size = datumShape.reduce(1, *)
    return stride(from: 0, to: values.count, by: size).map {
      Picture(planar: Array(values[$0..<$0 + size]), shape: datumShape)
    }
  }

  private var blank: Picture {
    Picture(planar: [Float](repeating: 0, count: datumShape.reduce(1, *)), shape: datumShape)
  }
}

/// Why a model could not be drawn from.
public enum SamplingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A temperature multiplies deviations, which normal priors alone have.
  case priorNotNormal

  public var description: String { "a temperature multiplies the deviations of a normal prior, and this prior is none" }
}
