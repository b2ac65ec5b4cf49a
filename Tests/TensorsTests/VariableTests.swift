import Graphs
import Testing

@testable import Tensors

@Suite struct VariableTests {
  @Test func aVariableHasMemoryOfItsOwn() throws {
    let initial = Tensor([1, 2] as [Float])
    let variable = Variable(initial)
    try variable.write(Tensor([3, 4] as [Float]))
    #expect(try variable.value().values() == [3, 4] as [Float])
    #expect(try initial.values() == [1, 2] as [Float])
  }

  @Test func whatWasReadStays() throws {
    let variable = Variable(.zeros([2]))
    try variable.write([5, 6])
    let value = try variable.value()
    try variable.write([7, 8])
    #expect(try value.values() == [5, 6] as [Float])
  }

  @Test func assignmentsAreRecordedInOrderAndReadBack() throws {
    let (a, b) = (Variable([1, 2]), Variable([3, 4]))
    let recorder = StepRecorder()
    let sum = recorder.capture {
      b.assign(b.tensor + a.tensor)
      a.assign(a.tensor * 2)
      return a.tensor
    }
    #expect(recorder.assignments.map { $0.variable === b } == [true, false])
    let (trace, node) = try #require(traced(sum))
    #expect(trace === recorder.trace)
    #expect(trace.graph[node].op == .binary(.multiply))
    #expect(a.tensor.storage === a.storage)
  }

  @Test func assigningTwiceOrOutsideOfAStepTraps() async {
    await #expect(processExitsWith: .failure) {
      let variable = Variable(.zeros([2]))
      StepRecorder().capture {
        variable.assign(.ones([2]))
        variable.assign(.ones([2]))
      }
    }
    await #expect(processExitsWith: .failure) { Variable(.zeros([2])).assign(.ones([2])) }
    await #expect(processExitsWith: .failure) { StepRecorder().capture { Variable(.zeros([2])).assign(.ones([3])) } }
  }
}

@Suite struct GradientTests {
  @Test func aViewIsAVariable() throws {
    let x = Tensor([1, 2, 3, 4] as [Float])
    let view = x.exp().reshaped(2, 2)
    let slope = gradient(of: view.reshaped(4).sum(), withRespectTo: view)
    #expect(try slope.values(as: Float.self) == [1, 1, 1, 1])
    let piece = x.exp()[1..<4]
    #expect(try gradient(of: piece[0..<3].sum(), withRespectTo: piece).values(as: Float.self) == [1, 1, 1])
    let negative = -x
    #expect(try gradient(of: (-negative).sum(), withRespectTo: negative).values(as: Float.self) == [-1, -1, -1, -1])
    let wide = Tensor([2] as [Float]).broadcast(to: [3])
    #expect(traced(gradient(of: wide.exp().sum(), withRespectTo: wide)) != nil)
  }

  @Test func aConstantIsNoVariable() async {
    await #expect(processExitsWith: .failure) {
      let x = Tensor.ones([2])
      _ = gradient(of: x.exp().sum(), withRespectTo: x)
    }
  }

  @Test func thirdDerivativesOfAPolynomialAreConstant() throws {
    let x = Tensor([1, 2, 3] as [Float])
    var y = x * x * x
    for _ in 0..<3 { y = gradient(of: y, withRespectTo: x) }
    #expect(y.shape == [3])
  }
}

@Suite struct RandomKeyTests {
  private func stream(_ tensor: Tensor) -> UInt32? {
    guard let (trace, node) = traced(tensor), case .random(_, _, let stream, _) = trace.graph[node].op else {
      return nil
    }
    return stream
  }

  @Test func drawsAreNumberedWithinTheirDomain() {
    let key = RandomKey(seed: 7, domain: .training)
    #expect((0..<3).map { _ in stream(key.normal([2])) } == [1 << 24, 1 << 24 + 1, 1 << 24 + 2])
    #expect(stream(RandomKey(seed: 7).uniform([2])) == 0)
    #expect(stream(RandomKey(seed: 7, domain: .dataOrder).bits([2])) == 4 << 24)
  }

  @Test func theSeedIsTheKey() throws {
    let key = RandomKey(seed: 0x1234_5678_9abc_def0)
    #expect(try key.state.values(as: UInt32.self) == [0x9abc_def0, 0x1234_5678, 0])
  }

  @Test func drawsOfABatchBelongToItsData() throws {
    let key = RandomKey(state: RandomKey(seed: 1).state, domain: .training, rows: Tensor([5, 9, 2]))
    let (trace, byDatum) = try #require(traced(key.normal([3, 4])))
    #expect(trace.graph[byDatum].inputs.count == 2)
    let (other, free) = try #require(traced(key.normal([4, 3])))
    #expect(other.graph[free].inputs.count == 1)
  }
}

@Suite struct ReadingTests {
  @Test func realizedTensorsAreReadWithoutADevice() throws {
    #expect(try Tensor([1, 2, 3]).values(as: Int32.self) == [1, 2, 3])
    #expect(try Tensor.full(3, [2], type: .uint8).scalars() == [3, 3])
    #expect(try Tensor(2.5).scalar() == 2.5)
    #expect(throws: TensorError.notEvaluated([1], .float32)) { try Tensor([1] as [Float]).exp().scalars() }
  }

  @Test func smallTensorsPrintTheirNumbers() {
    let x: Tensor = [[1, -2], [30.5, 4]]
    #expect(x.description == "float32 (2, 2)\n[[ 1.0, -2.0],\n [30.5,  4.0]]")
    #expect(Tensor(2, type: .int32).description == "2 (int32)")
    #expect(x.exp().description == "float32 (2, 2)")
  }
}
