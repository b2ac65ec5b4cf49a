import Graphs

/// Data that a step takes its batches from, resident on the device: tensors with one row for each datum.
public struct BatchSource: Sendable {
  /// The order in which an epoch visits the data.
  public enum Order: Hashable, Sendable {
    case sequential
    /// A keyed permutation, another one each epoch, computed from the step's seed and never stored.
    case shuffled
  }

  /// Tensors of shape (n, …): images, labels.
  public let fields: [Tensor]
  public let order: Order

  /// - Parameter fields: realized tensors that agree in their first extent.
  public init(_ fields: [Tensor], order: Order = .shuffled) {
    guard let first = fields.first, first.rank > 0, fields.allSatisfy({ $0.rank > 0 && $0.shape[0] == first.shape[0] })
    else { trap("BatchSource", "shapes \(fields.map(\.shape)) do not agree in their first extent") }
    guard fields.allSatisfy({ $0.storage != nil }) else { trap("BatchSource", "the data must be evaluated") }
    self.fields = fields
    self.order = order
  }

  /// Data in one epoch.
  public var count: Int { fields[0].shape[0] }
}

/// The data of one run of a step, as tensors of the step that is being captured.
public struct Batch: Sendable {
  /// The source's fields, each with this batch's rows: (b, …).
  public let fields: [Tensor]
  /// Where these data stand in the source: int32, (b,).
  public let rows: Tensor
  /// Noise for models, by datum.
  public let noise: RandomKey
  /// Noise for binarizing pixels, by datum.
  public let binarization: RandomKey

  /// Data in this batch; the last of an epoch may have fewer than the others.
  public var count: Int { rows.count }
}
