import Graphs
import Testing

@testable import Tensors

@Suite struct TensorShapeTests {
  private func tensor(_ extents: Int...) -> Tensor {
    Tensor([Float](repeating: 1, count: extents.reduce(1, *)), shape: Shape(extents))
  }

  @Test func operandsAreBroadcast() {
    #expect((tensor(4, 1, 3) + tensor(5, 1)).shape == [4, 5, 3])
    #expect((tensor(3) * 2).shape == [3])
    #expect((1 - tensor(2, 2)).shape == [2, 2])
    #expect(select(tensor(2, 1), tensor(3), 0).shape == [2, 3])
  }

  @Test func reductionsDropOrKeepTheirAxes() {
    let x = tensor(2, 3, 4)
    #expect(x.sum().shape == [])
    #expect(x.sum(axis: -1).shape == [2, 3])
    #expect(x.mean(axes: [0, 2]).shape == [3])
    #expect(x.max(axes: [-1, 0], keepingDimensions: true).shape == [1, 3, 1])
    #expect(x.variance(axis: 1).shape == [2, 4])
    #expect(x.logSumExp(axis: 1).shape == [2, 4])
    #expect(x.softmax().shape == [2, 3, 4])
    #expect(x.argmax(axis: 0).shape == [3, 4])
    #expect(x.argmax(axis: 0).type == .int32)
    #expect(x.sum(axes: []).shape == [2, 3, 4])
  }

  @Test func matricesAlignByNumPysRule() {
    #expect(tensor(2, 3).matmul(tensor(3, 4)).shape == [2, 4])
    #expect(tensor(5, 6, 2, 3).matmul(tensor(3, 4)).shape == [5, 6, 2, 4])
    #expect(tensor(6, 2, 3).matmul(tensor(5, 1, 3, 4)).shape == [5, 6, 2, 4])
    #expect(tensor(2, 3).matmul(tensor(5, 3, 4)).shape == [5, 2, 4])
    #expect(tensor(3).matmul(tensor(3, 4)).shape == [4])
    #expect(tensor(2, 3).matmul(tensor(3)).shape == [2])
    #expect(tensor(5, 2, 3).matmul(tensor(3)).shape == [5, 2])
    #expect(tensor(3).matmul(tensor(3)).shape == [])
    #expect(tensor(3).outer(tensor(4)).shape == [3, 4])
  }

  @Test func rowsOfALeadingBatchAreOneProduct() throws {
    let product = tensor(5, 6, 3).matmul(tensor(3, 4))
    let (trace, _) = try #require(traced(product))
    let shapes = trace.graph.nodes.filter { $0.op == .matmul }.map(\.shape)
    #expect(shapes == [[30, 4]])
  }

  @Test func subscriptsTakePlacesAndRanges() {
    let x = tensor(4, 5, 6)
    #expect(x[0].shape == [5, 6])
    #expect(x[-1, 1..<3].shape == [2, 6])
    #expect(x[0..., 2].shape == [4, 6])
    #expect(x[..., 0..<3].shape == [4, 5, 3])
    #expect(x[..., 1, 0].shape == [4])
    #expect(x[(-3)...].shape == [3, 5, 6])
    #expect(x[..<(-1)].shape == [3, 5, 6])
    #expect(x[...2, ...(-2)].shape == [3, 4, 6])
  }

  @Test func movementsGiveTheirShapes() {
    let x = tensor(2, 3, 4)
    #expect(x.reshaped(-1, 4).shape == [6, 4])
    #expect(x.reshaped([2, -1]).shape == [2, 12])
    #expect(x.flattened(from: 1).shape == [2, 12])
    #expect(x.transposed().shape == [2, 4, 3])
    #expect(x.transposed(axes: [2, 0, 1]).shape == [4, 2, 3])
    #expect(x.expandedDimensions(at: -1).shape == [2, 3, 4, 1])
    #expect(tensor(1, 3, 1).squeezed().shape == [3])
    #expect(tensor(1, 3, 1).squeezed(axis: 0).shape == [3, 1])
    #expect(concatenated([x, x], axis: -1).shape == [2, 3, 8])
    #expect(stacked([x, x], axis: -1).shape == [2, 3, 4, 2])
    #expect(x.split(2, axis: 2).map(\.shape) == [[2, 3, 2], [2, 3, 2]])
    #expect(x.repeated(2, axis: 1).shape == [2, 6, 4])
    #expect(x.gathered(rows: Tensor([0, 1, 1])).shape == [3, 3, 4])
    #expect(Tensor([0, 1]).oneHot(5).shape == [2, 5])
    let literal: Tensor = [[1, 2, 3], [4, 5, 6]]
    #expect(literal.shape == [2, 3] && literal.type == .float32)
  }

  @Test func convolutionsAreUndoneInShape() {
    let window = ConvolutionWindow(stride: [2, 2], padding: [1, 1])
    let y = tensor(2, 3, 8, 8).convolved(with: tensor(5, 3, 4, 4), window: window)
    #expect(y.shape == [2, 5, 4, 4])
    #expect(y.convolvedTransposed(with: tensor(5, 3, 4, 4), window: window).shape == [2, 3, 8, 8])
  }

  @Test func mistakesTrapWhereTheyAreWrittenAndSayWhichShapes() async throws {
    func expect(_ result: ExitTest.Result?, _ message: String) throws {
      let said = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(said.contains(message), "\(said)")
    }
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([128, 784]).matmul(Tensor.zeros([400, 20]))
      }, "[matmul] shapes (128, 784) and (400, 20) do not align")
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2]) + Tensor.zeros([3])
      }, "[add] shapes (2,) and (3,) do not broadcast")
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2]) * Tensor.zeros([2], type: .float64)
      }, "[multiply] types float32 and float64 are not the same; see cast(to:)")
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Tensor([1, 2]) * 0.5 },
      "[multiply] 0.5 is not an int32")
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Tensor.zeros([2, 3])[2] },
      "[slice] 2 is not inside axis 0 of shape (2, 3)")
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2, 3]).sum(axis: 2)
      }, "[sum] no axis 2 in shape (2, 3)")
  }
}
