import Tensors

/// Gradients of several batches that make one update, each by the number of its data.
struct Accumulation: Sendable {
  private let batchesPerUpdate: Int
  /// Σ n g over the batches so far: (count,).
  let sum: Variable
  /// Σ n, (1,).
  private let dataCount: Variable
  /// Batches so far: uint32, (1,).
  private let batches: Variable

  /// The sums with one more batch.
  struct Sums {
    let sum, dataCount, batches: Tensor
    /// The mean over all data so far.
    var gradient: Tensor { sum / dataCount }
    /// Whether these are all batches of an update: (1,).
    let isDue: Tensor
  }

  init(_ batchesPerUpdate: Int, for arena: ParameterArena) {
    self.batchesPerUpdate = batchesPerUpdate
    sum = Variable(.zeros([arena.count], type: arena.type))
    dataCount = Variable(.zeros([1], type: arena.type))
    batches = Variable(.zeros([1], type: .uint32))
  }

  var counters: [(name: String, variable: Variable)] {
    [("gradientDataCount", dataCount), ("gradientBatches", batches)]
  }

  func adding(_ gradient: Tensor, _ count: Int) -> Sums {
    let batches = batches.tensor + 1
    return Sums(
      sum: sum.tensor + gradient * Double(count), dataCount: dataCount.tensor + Double(count), batches: batches,
      isDue: batches .>= Double(batchesPerUpdate))
  }

  /// Keeps the sums, or begins anew where they made an update.
  func finish(_ sums: Sums) {
    sum.assign(select(sums.isDue, 0, sums.sum))
    dataCount.assign(select(sums.isDue, 0, sums.dataCount))
    batches.assign(select(sums.isDue, 0, sums.batches))
  }
}
