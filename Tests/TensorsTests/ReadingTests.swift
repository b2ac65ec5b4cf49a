import Graphs
import Testing

@testable import Tensors

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
