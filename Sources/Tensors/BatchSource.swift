import Graphs

/// Data that a step takes its batches from: resident on the device, or staged for data that are larger than its memory.
public struct BatchSource: Sendable {
  /// The order in which an epoch visits the data.
  public enum Order: Hashable, Sendable {
    case sequential
    /// A keyed permutation, another one each epoch, computed from the step's seed and never stored.
    case shuffled
  }

  /// A field of data that stay outside of the device.
  public struct StagedField: Sendable {
    /// The shape of one datum.
    public let shape: Shape
    public let type: ElementType
    /// The data of some rows, one after the other, as they lie in memory.
    public let read: @Sendable (_ rows: [Int]) throws -> [UInt8]

    public init(shape: Shape, type: ElementType, read: @escaping @Sendable (_ rows: [Int]) throws -> [UInt8]) {
      self.shape = shape
      self.type = type
      self.read = read
    }
  }

  enum Content: Sendable {
    case resident([Tensor])
    case staged([StagedField])
  }

  let content: Content
  /// Data in one epoch.
  public let count: Int
  public let order: Order

  /// Data that fit into the device's memory: batches are gathered there, and nothing crosses to the device.
  ///
  /// - Parameter fields: realized tensors (n, …) that agree in their first extent: images, labels.
  public init(_ fields: [Tensor], order: Order = .shuffled) {
    guard let first = fields.first, first.rank > 0, fields.allSatisfy({ $0.rank > 0 && $0.shape[0] == first.shape[0] })
    else { trap("BatchSource", "shapes \(fields.map(\.shape)) do not agree in their first extent") }
    guard fields.allSatisfy({ $0.storage != nil }) else { trap("BatchSource", "the data must be evaluated") }
    content = .resident(fields)
    count = first.shape[0]
    self.order = order
  }

  /// Data that are read batch by batch, while the device is at work on the batch before.
  public init(staging fields: [StagedField], count: Int, order: Order = .shuffled) {
    content = .staged(fields)
    self.count = count
    self.order = order
  }
}

/// The data of one run of a step, as tensors of the step that is being captured.
public struct Batch: Sendable {
  /// The source's fields, each with this batch's rows: (b, …).
  public let fields: [Tensor]
  /// Where these data stand in the source: int32, (b,).
  public let rows: Tensor
  /// Whole passes over the data before this one: uint32, (1,).
  public let epoch: Tensor
  /// Noise for models, by datum.
  public let noise: RandomKey
  /// Noise for binarizing pixels, by datum.
  public let binarization: RandomKey

  /// Data in this batch; the last of an epoch may have fewer than the others.
  public var count: Int { rows.count }
}

extension Batch {
  /// The next rows of a source's order from where a step's counters stand, and the data there.
  ///
  /// - Parameter staged: the fields of a staged source, which hold those rows.
  init(_ count: Int, of source: BatchSource, at counters: Tensor, drawing: Step.Drawing, staged: [Tensor]?) {
    let position = Tensor.iota([count], type: .uint32) + counters.sliced(3..<4)
    let rows =
      source.order == .sequential ? position.cast(to: .int32) : position.rows(count: source.count, counters: counters)
    let state = counters.sliced(0..<3)
    switch source.content {
    case .resident(let data): fields = data.map { $0.gathered(rows: rows) }
    case .staged: fields = staged!
    }
    self.rows = rows
    epoch = counters.sliced(4..<5)
    noise = RandomKey(state: state, domain: drawing == .anew ? .training : .evaluation, rows: rows)
    binarization = RandomKey(state: state, domain: .binarization, rows: rows)
  }
}
