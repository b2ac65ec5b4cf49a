import Datasets
import Distributions
import Inference
import Models
import Runtime
import Tensors

/// How a data set becomes what a model sees: pixels as numbers, the condition, and which numbers are missing.
struct Inputs: Sendable {
  let pixels: Pixels
  let condition: Condition
  /// Whether numbers may be missing.
  var isIncomplete = false

  /// What a model sees of some data.
  struct Seen {
    /// (batch, data).
    let x: Tensor
    /// (batch, size).
    let condition: Tensor?
    /// 1 where an element is known, else 0, (batch, data); nil where all are.
    let observed: Tensor?

    /// A model for these data: one that leaves out what is missing.
    func given(_ model: any TrainableModel) -> any Autoencoder {
      let autoencoder = model.given(condition)
      guard let observed else { return autoencoder }
      return MaskedAutoencoder(autoencoder, observed: observed)
    }

    /// An objective at these data.
    func estimate(
      _ objective: Objective, of model: any TrainableModel, noise: RandomKey, finishedSteps: Tensor?
    ) -> Estimate {
      guard observed != nil else {
        return model.estimate(objective, x, given: condition, noise: noise, finishedSteps: finishedSteps)
      }
      return given(model).estimate(objective, x, noise: noise, finishedSteps: finishedSteps)
    }
  }

  /// The fields of some data, pictures as rows; what a model is told of them, labels, -1 where they are not known, or
  /// given numbers; and where numbers may be missing, bytes that say which are not.
  func fields(of data: DataSet, _ range: Range<Int>? = nil) throws(DataError) -> [Tensor] {
    let data = range.map { data[$0] } ?? data
    var fields = [try data.tensor()]
    if let told = condition.told(of: data) {
      let type: ElementType = told.type == .int32 ? .int32 : .float32
      fields.append(Tensor(bytes: told.bytes, shape: Shape(told.shape), type: type))
    }
    if isIncomplete {
      fields.append(Tensor(bytes: data.images.known, shape: [data.count, data.datumSize], type: .uint8))
    }
    return fields
  }

  /// What the model sees of fields.
  func callAsFunction(_ fields: [Tensor], _ binarization: RandomKey) -> Seen {
    let x = pixels(fields[0], binarization)
    let told = fields.count > (isIncomplete ? 2 : 1) ? fields[1] : nil
    return Seen(
      x: x, condition: condition(x, told: told),
      observed: isIncomplete ? fields[fields.count - 1].cast(to: .float32) : nil)
  }

  /// What the model sees of some data, of which bits are drawn from a seed.
  func callAsFunction(_ data: DataSet, _ range: Range<Int>, seed: UInt64) throws(DataError) -> Seen {
    self(try fields(of: data, range), .binarization(range, seed: seed))
  }

  /// Labels of which the first so many are kept, as many of each class; -1 instead of the others.
  static func hiding(_ labels: [Int32], but count: Int, classes: Int) -> [Int32] {
    var left = (0..<classes).map { (count + classes - 1 - $0) / classes }
    return labels.map { label in
      guard label >= 0, left[Int(label)] > 0 else { return -1 }
      left[Int(label)] -= 1
      return label
    }
  }
}

extension RandomKey {
  /// What the bits of some data are drawn from where they are measured or shown: the same whatever else is.
  static func binarization(_ range: Range<Int>, seed: UInt64) -> RandomKey {
    RandomKey(seed: seed, domain: .binarization, rows: Tensor(range.map(Int32.init)))
  }
}
