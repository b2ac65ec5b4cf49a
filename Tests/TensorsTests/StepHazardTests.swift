import Graphs
import TestSupport
import Testing

@testable import Tensors

/// Variables that are overwritten in place while others still need what they held. The reference device refuses two
/// kernels of one launch of which one writes what the other reads.
extension StepTests {
  private static let orders = [ReferenceBackend.Order.forward, .backward]

  private func step(
    _ order: ReferenceBackend.Order, _ metrics: [String] = ["x"], _ body: (Batch) throws -> [Tensor]
  ) throws -> [Float] {
    let data = BatchSource([Tensor([0] as [Float])])
    let step = try Step(
      on: ReferenceBackend(order: order), over: data, batchSize: 1, seed: 0, metrics: metrics, body)
    return try step.run(times: 1)[0].values
  }

  @Test(arguments: orders) func aSumIsAssignedToWhatAnotherStillReads(order: ReferenceBackend.Order) throws {
    let x = Variable(Tensor([1, 2, 3] as [Float]))
    let y = Tensor([4, 5, 6, 7, 8, 9] as [Float], shape: [3, 2])
    let old = try step(order) { _ in
      let old = x.tensor.squared().sum()
      x.assign(y.sum(axis: 1))
      return [old]
    }
    #expect(old == [14])
    #expect(try x.value().scalars() == [9, 13, 17])
  }

  @Test(arguments: orders) func aProductIsAssignedToWhatAnotherStillReads(order: ReferenceBackend.Order) throws {
    let x = Variable(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
    let y = Tensor([1, 1, 0, 1] as [Float], shape: [2, 2])
    let z = Tensor([5, 6, 7, 8] as [Float], shape: [2, 2])
    let old = try step(order) { _ in
      let old = x.tensor.squared().sum()
      x.assign(y.matmul(z))
      return [old]
    }
    #expect(old == [30])
    #expect(try x.value().scalars() == [12, 14, 7, 8])
  }

  @Test(arguments: orders) func joinedPiecesAreAssignedToWhatAnotherStillReads(order: ReferenceBackend.Order) throws {
    let x = Variable(Tensor([1, 2, 3] as [Float]))
    let y = Tensor([4, 5, 6, 7] as [Float], shape: [2, 2])
    let old = try step(order) { _ in
      let old = x.tensor.squared().sum()
      x.assign(concatenated([y.sum(axis: 0), Tensor([1] as [Float]) * x.tensor.max()]))
      return [old]
    }
    #expect(old == [14])
    #expect(try x.value().scalars() == [10, 12, 3])
  }

  @Test(arguments: orders) func aLongSumMeetsTheOldValueOfWhatItChanges(order: ReferenceBackend.Order) throws {
    let count = 5000
    let x = Variable(Tensor.full(2, [count]))
    let found = try step(order) { _ in
      let old = x.tensor
      let new = old - 1
      x.assign(new)
      return [new.squared().sum() + old.sliced(0..<1).sum()]
    }
    #expect(found == [Float(count) + 2])
    #expect(try x.value().scalars() == [Double](repeating: 1, count: count))
  }
}
