import TestSupport
import Testing

@testable import Tensors

@Suite struct NonFiniteTests {
  private let device = ReferenceBackend()

  @Test func theOpIsNamedWithWhatItWasComputedFrom() throws {
    let weights = Variable(Tensor([1, 2, 3, 100] as [Float]))
    let x = weights.tensor.sliced(2..<4)
    let y = (x.exp() * 2).sum()
    let found = try #require(try firstNonFinite(onTheWayTo: [x.sum(), y], on: device))
    #expect(found.op == "exp" && found.shape == [2] && found.count == 1 && found.source == nil)
    #expect(found.origins == [NonFinite.Origin(source: weights.storage.id, elements: 2..<4)])
    #expect(try firstNonFinite(onTheWayTo: [x.sum()], on: device) == nil)
  }

  @Test func memoryThatIsNotFiniteIsItself() throws {
    let data = Tensor([1, .nan, .infinity] as [Float])
    let found = try #require(try firstNonFinite(onTheWayTo: [(data + 1).sum()], on: device))
    #expect(found.source == data.storage?.id && found.count == 2)
  }

  /// An infinity that a choice leaves out is none of the computation's faults.
  @Test func whatIsLeftOutIsNoFault() throws {
    let x = Tensor([0, 1, 300] as [Float])
    let safe = select(x .> 0, x.log(), 0)
    let found = try #require(try firstNonFinite(onTheWayTo: [(safe * 100).exp().sum()], on: device))
    #expect(found.op == "exp")
  }

  @Test func theNextBatchIsTheStepsOwn() throws {
    let seen = Variable(Tensor.zeros([4]))
    let source = BatchSource([Tensor((0..<10).map(Float.init))])
    let step = try Step(on: device, over: source, batchSize: 4, seed: 3, metrics: []) { batch in
      seen.assign(
        concatenated([(batch.fields[0] + batch.noise.normal([batch.count])), Tensor.zeros([4 - batch.count])]))
      return []
    }
    for count in [4, 4, 2] {
      let batch = try step.nextBatch()
      let expected = try (batch.fields[0] + batch.noise.normal([count])).values(as: Float.self, on: device)
      _ = try step.run(times: 1)
      #expect(try seen.value().values(as: Float.self).prefix(count) == expected[...])
    }
  }
}
