import Graphs
import Runtime

/// Brings a staged source's batches to the device, each just before the run that uses it.
///
/// One place on the device serves all runs of a batch size: a run is enqueued and returns, the next batch is read while
/// the device works, and writing it waits until the place is free.
struct Staging: Sendable {
  let fields: [BatchSource.StagedField]
  let order: BatchSource.Order
  let count: Int
  /// By batch size, one variable for each field.
  let places: [Int: [Variable]]

  /// Positions whose rows are computed at once.
  private static let chunk = 1 << 16

  init?(_ source: BatchSource, batchSizes: some Sequence<Int>) {
    guard case .staged(let fields) = source.content else { return nil }
    self.fields = fields
    order = source.order
    count = source.count
    places = Dictionary(
      uniqueKeysWithValues: batchSizes.map { size in
        let places = fields.map { field in
          Variable(Tensor.zeros(Shape([size] + field.shape.dimensions), type: field.type))
        }
        return (size, places)
      })
  }

  /// Rows that are known, from a position of an epoch on.
  struct Rows: Sendable {
    var epoch: UInt32 = 0
    var positions = 0..<0
    var rows: [Int] = []
  }

  /// Puts the batch of the next run in its place.
  func bring(_ size: Int, at counters: StepCounters, _ known: inout Rows, on backend: any Backend) throws {
    let start = Int(counters.position)
    if known.epoch != counters.epoch || start < known.positions.lowerBound || start + size > known.positions.upperBound
    {
      let end = min(count, start + max(size, Staging.chunk))
      known = Rows(epoch: counters.epoch, positions: start..<end, rows: try rows(start..<end, counters, on: backend))
    }
    let first = start - known.positions.lowerBound
    let rows = Array(known.rows[first..<first + size])
    // All is read before anything is written, which waits for the device.
    let bytes = try fields.map { try $0.read(rows) }
    for (bytes, place) in zip(bytes, places[size]!) { try place.storage.write(bytes) }
  }

  /// The batch of the next run as tensors of their own.
  func batch(_ size: Int, at counters: StepCounters, on backend: any Backend) throws -> [Tensor] {
    let start = Int(counters.position)
    let rows = try rows(start..<start + size, counters, on: backend)
    return try fields.map { field in
      Tensor(bytes: try field.read(rows), shape: Shape([size] + field.shape.dimensions), type: field.type)
    }
  }

  /// The rows at positions of the epoch, by the same op that a resident source's step computes them with.
  private func rows(_ positions: Range<Int>, _ counters: StepCounters, on backend: any Backend) throws -> [Int] {
    guard order == .shuffled else { return Array(positions) }
    // The first position is data, so that the pieces of an epoch are one computation.
    let position = Tensor.iota([positions.count], type: .uint32) + Tensor([UInt32(positions.lowerBound)])
    return try position.rows(count: count, counters: Tensor(counters.words)).values(as: Int32.self, on: backend)
      .map(Int.init)
  }
}

extension Tensor {
  /// The rows at these positions (uint32) of the epoch that a step's counters stand in: int32.
  func rows(count: Int, counters: Tensor) -> Tensor {
    let keys = [4, 0, 1].map { counters.sliced($0..<$0 + 1).broadcast(to: shape) }
    return Tensor.apply(.shuffle(count: count), [self] + keys).cast(to: .int32)
  }
}
