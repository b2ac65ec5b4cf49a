import Graphs
import Runtime
import TestSupport
import Testing

@testable import Tensors

/// What may surprise in a computation that is captured once and replayed.
@Suite struct StepTests {
  private let device = ReferenceBackend()

  private func source(_ count: Int, order: BatchSource.Order = .shuffled) -> BatchSource {
    BatchSource([Tensor((0..<count).map { Float($0) })], order: order)
  }

  /// The data that each run of a step sees, as sums of one-hot rows.
  private func visits(_ step: Step, _ seen: Variable, runs: Int) throws -> [Double] {
    _ = try step.run(times: runs)
    return try seen.value().scalars()
  }

  @Test func anEpochVisitsEveryDatumOnceAndTheLastPartialBatchToo() throws {
    let seen = Variable(Tensor.zeros([10]))
    let step = try Step(on: device, over: source(10), batchSize: 4, seed: 3, metrics: []) { batch in
      seen.assign(seen.tensor + batch.rows.oneHot(10).sum(axis: 0))
      return []
    }
    #expect(step.runsPerEpoch == 3)
    #expect(try visits(step, seen, runs: 3) == [Double](repeating: 1, count: 10))
    #expect(step.counters == StepCounters(seed: 3, noise: 3, position: 0, epoch: 1, run: 3))
    #expect(try visits(step, seen, runs: 2).reduce(0, +) == 18)
    #expect(try visits(step, seen, runs: 1) == [Double](repeating: 2, count: 10))
  }

  @Test func epochsDifferInOrderAndSeedsToo() throws {
    func order(seed: UInt64, epochs: Int) throws -> [[Float]] {
      let step = try Step(on: device, over: source(12), batchSize: 1, seed: seed, metrics: ["datum"]) {
        [$0.fields[0]]
      }
      return try (0..<epochs).map { _ in try step.runEpoch().map { $0.values[0] } }
    }
    let first = try order(seed: 1, epochs: 2)
    #expect(first[0].sorted() == (0..<12).map { Float($0) })
    #expect(first[0] != first[1])
    #expect(try order(seed: 1, epochs: 1)[0] == first[0])
    #expect(try order(seed: 2, epochs: 1)[0] != first[0])
  }

  @Test func sequentialDataComeInTheirOrder() throws {
    let step = try Step(on: device, over: source(5, order: .sequential), batchSize: 2, seed: 0, metrics: ["sum"]) {
      [$0.fields[0].sum()]
    }
    let records = try step.runEpoch()
    #expect(records.map { $0.values[0] } == [1, 5, 4])
    #expect(records.map(\.count) == [2, 2, 1])
    #expect(records.map(\.run) == [0, 1, 2])
  }

  @Test func aBatchLargerThanTheDataIsTheData() throws {
    let step = try Step(on: device, over: source(3), batchSize: 100, seed: 0, metrics: ["sum"]) {
      [$0.fields[0].sum()]
    }
    #expect(try step.run(times: 2).map { $0.values[0] } == [3, 3])
  }

  @Test func everyRunDrawsAnew() throws {
    func draws(_ drawing: Step.Drawing, seed: UInt64) throws -> [Float] {
      let step = try Step(
        on: device, over: source(1), batchSize: 1, seed: seed, drawing: drawing, metrics: ["noise"]
      ) { [$0.noise.normal([1])] }
      return try step.run(times: 3).map { $0.values[0] }
    }
    let anew = try draws(.anew, seed: 5)
    #expect(Set(anew).count == 3)
    #expect(try draws(.anew, seed: 5) == anew)
    #expect(try draws(.anew, seed: 6) != anew)
    #expect(Set(try draws(.fixed, seed: 5)).count == 1)
  }

  @Test func twoDrawsInOneRunDiffer() throws {
    let step = try Step(on: device, over: source(4), batchSize: 4, seed: 0, metrics: ["difference"]) { batch in
      [(batch.noise.normal([4, 3]) - batch.noise.normal([4, 3])).abs().max()]
    }
    #expect(try step.run(times: 1)[0].values[0] > 0)
  }

  @Test(arguments: [1, 3, 7]) func evaluationDoesNotDependOnTheBatchSize(batchSize: Int) throws {
    func noise(batchSize: Int) throws -> [Double] {
      let drawn = Variable(Tensor.zeros([10, 2]))
      let step = try Step(
        on: device, over: source(10, order: .sequential), batchSize: batchSize, seed: 9, drawing: .fixed, metrics: []
      ) { batch in
        let places = batch.rows.oneHot(10).transposed()
        drawn.assign(drawn.tensor + places.matmul(batch.noise.normal([batch.count, 2])))
        return []
      }
      _ = try step.runEpoch()
      return try drawn.value().scalars()
    }
    let whole = try noise(batchSize: 10)
    #expect(Set(whole).count == 20)
    #expect(try noise(batchSize: batchSize) == whole)
  }

  @Test func hostStateThatChangesIsAnError() throws {
    var calls = 0
    #expect(throws: StepError.self) {
      try Step(on: device, over: source(2), batchSize: 2, seed: 0, metrics: ["x"]) { batch in
        calls += 1
        return [batch.fields[0].sum() * Double(calls)]
      }
    }
    #expect(throws: StepError.self) {
      try Step(on: device, over: source(2), batchSize: 2, seed: 0, metrics: ["x"]) { batch in
        calls += 1
        return [(batch.fields[0] * Tensor([Float(calls), 2])).sum()]
      }
    }
  }

  @Test func constantsMadeInTheBodyAreNoState() throws {
    let step = try Step(on: device, over: source(2), batchSize: 2, seed: 0, metrics: ["x"]) { batch in
      [(batch.fields[0] * Tensor([3, 2] as [Float]) * 0).sum() + 7]
    }
    #expect(try step.run(times: 1)[0].values[0] == 7)
  }

  @Test func aVariableIsReadBeforeItIsAssignedAndThenAsAssigned() throws {
    let x = Variable(Tensor([1] as [Float]))
    let step = try Step(on: device, over: source(1), batchSize: 1, seed: 0, metrics: ["before", "after"]) { _ in
      let before = x.tensor
      x.assign(before * 2)
      return [before, x.tensor]
    }
    #expect(try step.run(times: 3).map(\.values) == [[1, 2], [2, 4], [4, 8]])
    #expect(try x.value().scalars() == [8])
  }

  @Test func variablesCanBeSwapped() throws {
    let a = Variable(Tensor([1, 2] as [Float]))
    let b = Variable(Tensor([3, 4] as [Float]))
    let step = try Step(on: device, over: source(1), batchSize: 1, seed: 0, metrics: []) { _ in
      let (old, other) = (a.tensor, b.tensor)
      a.assign(other)
      b.assign(old)
      return []
    }
    _ = try step.run(times: 1)
    #expect(try a.value().scalars() == [3, 4])
    #expect(try b.value().scalars() == [1, 2])
  }

  @Test func variablesThatLookAtEachOtherSeeOldValues() throws {
    let a = Variable(Tensor([1, 2, 3] as [Float]))
    let b = Variable(Tensor([10, 20, 30] as [Float]))
    let step = try Step(on: device, over: source(1), batchSize: 1, seed: 0, metrics: []) { _ in
      let (x, y) = (a.tensor, b.tensor)
      a.assign(x + y.sum())
      b.assign(y + x.max())
      return []
    }
    _ = try step.run(times: 1)
    #expect(try a.value().scalars() == [61, 62, 63])
    #expect(try b.value().scalars() == [13, 23, 33])
  }

  @Test func whatIsWrittenBetweenRunsIsSeen() throws {
    let rate = Variable(Tensor([1] as [Float]))
    let step = try Step(on: device, over: source(1), batchSize: 1, seed: 0, metrics: ["rate"]) { _ in [rate.tensor] }
    #expect(try step.run(times: 1)[0].values == [1])
    try rate.write(Tensor([0.5] as [Float]))
    #expect(try step.run(times: 1)[0].values == [0.5])
  }

  @Test func stepsShareVariables() throws {
    let x = Variable(Tensor([0] as [Float]))
    let workspace = Workspace()
    let train = try Step(on: device, over: source(5), batchSize: 2, seed: 0, metrics: [], workspace: workspace) {
      x.assign(x.tensor + Double($0.count))
      return []
    }
    let look = try Step(on: device, over: source(1), batchSize: 1, seed: 0, metrics: ["x"], workspace: workspace) { _ in
      [x.tensor]
    }
    _ = try train.runEpoch()
    #expect(try look.run(times: 1)[0].values == [5])
  }

  @Test(arguments: [BatchSource.Order.sequential, .shuffled]) func stagedDataGiveWhatResidentDataGive(
    order: BatchSource.Order
  ) throws {
    let images = (0..<11).map { datum in (0..<3).map { UInt8(datum * 3 + $0) } }
    let resident = BatchSource([Tensor(images.flatMap { $0 }, shape: [11, 3])], order: order)
    let staged = BatchSource(
      staging: [.init(shape: [3], type: .uint8) { rows in rows.flatMap { images[$0] } }], count: 11, order: order)
    func records(_ source: BatchSource) throws -> [Step.Record] {
      let step = try Step(on: device, over: source, batchSize: 4, seed: 2, metrics: ["sum"]) { batch in
        let x = batch.fields[0].cast(to: .float32)
        return [(x * batch.noise.normal([batch.count, 3])).sum()]
      }
      return try step.run(times: 8)
    }
    #expect(try records(staged) == records(resident))
  }

  @Test func aSourceThatCannotBeReadStopsTheRun() throws {
    struct Unreadable: Error {}
    let source = BatchSource(staging: [.init(shape: [1], type: .float32) { _ in throw Unreadable() }], count: 3)
    let step = try Step(on: device, over: source, batchSize: 1, seed: 0, metrics: ["x"]) { [$0.fields[0]] }
    #expect(throws: Unreadable.self) { try step.run(times: 1) }
    #expect(step.counters.run == 0)
  }

  @Test func moreRunsThanTheRingHolds() throws {
    let step = try Step(on: device, over: source(3), batchSize: 1, seed: 0, metrics: ["noise"], ringLength: 8) {
      [$0.noise.uniform([1])]
    }
    let records = try step.run(times: 21)
    #expect(records.map(\.run) == Array(0..<21))
    #expect(Set(records.map { $0.values[0] }).count == 21)
    try step.replay(times: 12)
    #expect(try step.readRecords().map(\.run) == Array(25..<33))
  }

  @Test func resumingGoesOnBitByBit() throws {
    let x = Variable(Tensor([0] as [Float]))
    func make() throws -> Step {
      try Step(on: device, over: source(7), batchSize: 3, seed: 11, metrics: ["x"]) { batch in
        x.assign(x.tensor * 0.9 + (batch.noise.normal([batch.count]) * batch.fields[0]).mean())
        return [x.tensor]
      }
    }
    let whole = try make().run(times: 10)
    try x.write(Tensor([0] as [Float]))
    let first = try make()
    let before = try first.run(times: 4)
    let second = try make()
    try second.resume(at: first.counters)
    let after = try second.run(times: 6)
    #expect(before + after == whole)
  }

  @Test func aVariableThatMovedAwayIsAnError() throws {
    let x = Variable(Tensor([0] as [Float]))
    let step = try Step(on: device, over: source(1), batchSize: 1, seed: 0, metrics: []) { _ in
      x.assign(x.tensor + 1)
      return []
    }
    _ = try step.run(times: 1)
    _ = try x.storage.buffer(on: ReferenceBackend())
    #expect(throws: StepError.memoryMoved) { try step.run(times: 1) }
  }

  @Test func assigningTwiceTraps() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable(Tensor([0] as [Float]))
      let data = BatchSource([Tensor([1] as [Float])])
      _ = try Step(on: ReferenceBackend(), over: data, batchSize: 1, seed: 0, metrics: []) { _ in
        x.assign(x.tensor + 1)
        x.assign(x.tensor + 1)
        return []
      }
    }
  }
}
