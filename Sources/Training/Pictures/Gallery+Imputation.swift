import Datasets
import Models
import Tensors

/// Pictures with hidden pixels filled in.
public struct Imputation: Sendable {
  /// Originals, above what is left of them, above what was made of that.
  public let picture: Picture
  /// Pixels that were hidden.
  public let hidden: Int
  /// The root of their mean squared error, where 1 is from black to white.
  public let error: Double
}

extension Gallery {
  /// Hides pixels of the first pictures of a data set and fills them in.
  ///
  /// - Throws: `RunError.noLabels` where the model is told classes and there are none; what the device throws.
  public func imputations(
    of data: DataSet, pixels: Pixels, hiding: Hiding, samples: Int, count: Int
  ) throws -> Imputation {
    let count = min(count, data.count)
    guard !condition.needsLabels || data.labels != nil else { throw RunError.noLabels(data.name) }
    let rows = Tensor((0..<count).map(Int32.init))
    let inputs = Inputs(pixels: pixels, condition: condition)
    let seen = try inputs(data, 0..<count, seed: seed)
    let x = seen.x
    let key = RandomKey(seed: seed, domain: .evaluation, rows: rows)
    let observed = hiding.observed(count, shape: datumShape, key)
    let filled = model.given(seen.condition).imputed(x, observed: observed, samples: samples, noise: key)
    // What is hidden is shown half grey.
    let shown = x * observed + (1 - observed) * 0.5
    let values = try Tensors.evaluate(
      [x, shown, filled, ((x - filled).squared() * (1 - observed)).sum(), (1 - observed).sum()], on: backend)
    let hidden = try values[4].scalar()
    return Imputation(
      picture: PictureGrid(columns: count).picture(
        of: try values[..<3].flatMap(pictures), rowLabels: ["data", "shown", "filled in"]), hidden: Int(hidden),
      error: hidden > 0 ? (try values[3].scalar() / hidden).squareRoot() : 0)
  }
}
