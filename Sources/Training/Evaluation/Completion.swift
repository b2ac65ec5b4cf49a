import Datasets
import Models
import Runtime
import Tensors

/// Data whose missing numbers a model has filled in.
public struct Completion: Sendable {
  /// In the units of the file: what is known is what it was, and what was missing or hidden is what is expected there
  /// given the rest.
  public let data: DataSet
  /// Numbers that were missing.
  public let missing: Int
  /// Numbers that are known and were hidden.
  public let hidden: Int
  /// The root of their mean squared error, where 1 is from the smallest to the largest number; 0 where none was hidden.
  public let error: Double

  /// Fills in data.
  ///
  /// - Parameters:
  ///   - pixels: how stored data become those of the model.
  ///   - condition: what the model is told of a datum.
  ///   - hiding: what is hidden besides what is missing; nothing where nil.
  ///   - samples: draws of the latent variable for each datum.
  ///   - count: how many data, from the first on; all where nil.
  /// - Throws: `RunError` where the data lack what the model is told; `DataError.unsupported` where all that would be hidden
  ///   is shown to it; what reading and the device throw.
  public init(
    _ model: any TrainableModel, of data: DataSet, pixels: Pixels, condition: Condition, hiding: Hiding? = nil,
    samples: Int, first count: Int? = nil, seed: UInt64 = 0, device backend: any Backend
  ) throws {
    let imputer = Imputer(
      model: model, condition: condition, pixels: pixels, hiding: hiding, samples: samples, seed: seed,
      backend: backend)
    try imputer.validate(data)
    let count = min(count ?? data.count, data.count)
    let (low, high) = (pixels.range.lowerBound, pixels.range.upperBound)
    // About as much memory whatever the number of draws.
    let chunk = max(1, min(1000, 20_000 / samples))
    var values: [Double] = []
    var (known, hidden, squares) = (0, 0, 0.0)
    for start in stride(from: 0, to: count, by: chunk) {
      let range = start..<min(start + chunk, count)
      let found = try imputer(data, range)
      let difference = (found.x - found.filled).squared() * found.hidden
      let sums = try evaluate([found.known.sum(), found.hidden.sum(), difference.sum()], on: backend)
      known += Int(try sums[0].scalar())
      hidden += Int(try sums[1].scalar())
      squares += try sums[2].scalar()
      let stored = try data.rows.read(range).numbers()
      let (observed, filled) = (try found.observed.values(as: Float.self), try found.filled.values(as: Float.self))
      for place in stored.indices {
        values.append(observed[place] == 1 ? stored[place] : low + (high - low) * Double(filled[place]))
      }
    }
    let shape = [count] + data.datumShape
    let array =
      data.rows.type == .float64 ? DataArray(values, shape: shape) : DataArray(values.map(Float.init), shape: shape)
    self.data = DataSet(
      name: data.name, rows: DataRows(array), labels: data.labels.map { Array($0.prefix(count)) },
      classCount: data.classCount, columns: data.columns, classNames: data.classNames, valueRange: data.valueRange)
    missing = values.count - known
    self.hidden = hidden
    error = hidden > 0 ? (squares / Double(hidden)).squareRoot() : 0
  }
}
