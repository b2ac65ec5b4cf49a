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
