import Datasets
import Distributions
import Models
import Runtime
import Tensors

extension Inputs {
  /// The batches of a data set: resident on the device, or staged where the data stay in their file or would take more
  /// than half of the device's memory.
  ///
  /// - Parameters:
  ///   - labeling: which data keep their labels, and how often those come; all once where nil.
  ///   - extra: a further field, float32 (n, …).
  ///   - head: what holds numbers that are read batch by batch against its support.
  func source(
    of data: DataSet, labeling: Labeling? = nil, extra: DataArray? = nil, for head: (any LikelihoodHead)? = nil,
    order: BatchSource.Order, on backend: any Backend
  ) throws -> BatchSource {
    let isStaged = data.rows.inMemory == nil || data.rows.byteCount > backend.device.memoryByteCount / 2
    let (fields, count) = rowFields(of: data, labeling: labeling, extra: extra, for: isStaged ? head : nil)
    guard !isStaged else { return BatchSource(staging: fields, count: count, order: order) }
    let tensors = try fields.map { field in
      Tensor(
        bytes: try field.read(Array(0..<count)), shape: Shape([count] + field.shape.dimensions), type: field.type)
    }
    for tensor in tensors { _ = try tensor.storage?.buffer(on: backend) }
    return BatchSource(tensors, order: order)
  }

  /// The fields of a data set by its rows, and how many rows there are: those that come again stand behind the others.
  func rowFields(
    of data: DataSet, labeling: Labeling? = nil, extra: DataArray? = nil, for head: (any LikelihoodHead)? = nil
  ) -> (fields: [BatchSource.StagedField], count: Int) {
    var labels = condition.needsLabels ? data.labels : nil
    var repeated: [Int] = []
    if let labeling, labels != nil {
      let kept = labeling.labels(of: data)
      let known = kept.indices.filter { kept[$0] >= 0 }
      repeated = (1..<labeling.repeats).flatMap { _ in known }
      labels = kept
    }
    let (count, again) = (data.count, repeated)
    func field(
      _ shape: Shape, _ type: ElementType, read: @escaping @Sendable ([Int]) throws -> [UInt8]
    ) -> BatchSource.StagedField {
      BatchSource.StagedField(shape: shape, type: type) { places in
        try read(again.isEmpty ? places : places.map { $0 < count ? $0 : again[$0 - count] })
      }
    }

    let (rows, pixels, size) = (data.rows, pixels, data.datumSize)
    var fields = [
      field([size], rows.type == .uint8 ? .uint8 : .float32) { places in
        let array = try rows.read(places)
        if let head { try pixels.validate(array, for: head) }
        return array.fieldBytes
      }
    ]
    if let labels { fields.append(field([], .int32) { places in DataArray(places.map { labels[$0] }).bytes }) }
    if case .vector = condition, let told = data.conditions {
      let told = DataRows(told)
      fields.append(field([data.conditionSize], .float32) { try told.read($0).bytes })
    }
    if isIncomplete { fields.append(field([size], .uint8) { try rows.read($0).known }) }
    if let extra {
      let extras = DataRows(extra)
      fields.append(field([extra.count / count], .float32) { try extras.read($0).bytes })
    }

    return (fields, count + repeated.count)
  }
}
