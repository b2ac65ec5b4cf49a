import Datasets
import Models
import Tensors

/// Pictures with hidden pixels filled in.
public struct Imputation: Sendable {
  /// Originals, above what is left of them, above what was made of that.
  public let picture: Picture
  /// Pixels that are known and were hidden.
  public let hidden: Int
  /// The root of their mean squared error, where 1 is from black to white.
  public let error: Double
}

extension Gallery {
  /// Hides pixels of the first pictures of a data set and fills them in, and with them those that are missing.
  ///
  /// What a model is shown as its condition is not hidden from it.
  ///
  /// - Throws: `RunError` where the data lack what the model is told; `DataError.unsupported` where all that would be hidden
  ///   is shown to it; what the device throws.
  public func imputations(
    of data: DataSet, pixels: Pixels, hiding: Hiding, samples: Int, count: Int
  ) throws -> Imputation {
    let imputer = Imputer(
      model: model, condition: condition, pixels: pixels, hiding: hiding, samples: samples, seed: seed,
      backend: backend)
    try imputer.validate(data)
    let count = min(count, data.count)
    let found = try imputer(data, 0..<count)
    let (x, hidden) = (found.x, found.hidden)
    let hiddenCount = Int(try hidden.sum().evaluated(on: backend).scalar())
    // What is hidden, or missing, is shown half grey.
    func grey(_ present: Tensor) -> Tensor { x * present + (1 - present) * 0.5 }
    let values = try Tensors.evaluate(
      [grey(found.known), grey(found.observed), found.filled, ((x - found.filled).squared() * hidden).sum()],
      on: backend)
    return Imputation(
      picture: PictureGrid(columns: count).picture(
        of: try values[..<3].flatMap(pictures), rowLabels: ["data", "shown", "filled in"]), hidden: hiddenCount,
      error: hiddenCount > 0 ? (try values[3].scalar() / Double(hiddenCount)).squareRoot() : 0)
  }
}
