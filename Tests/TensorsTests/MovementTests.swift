import Graphs
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct MovementTests {
  /// 0, 1, 2, … so that an element says where it came from.
  private func places(_ extents: Int...) -> Tensor {
    let shape = Shape(extents)
    return Tensor((0..<shape.elementCount).map { $0 }, shape: shape)
  }

  @Test func subscriptsTakeTheirPlaces() throws {
    let x = places(3, 4)
    #expect(try interpreted(x[1]) == [4, 5, 6, 7])
    #expect(try interpreted(x[-1, -1]) == [11])
    #expect(try interpreted(x[1..<3, 2]) == [6, 10])
    #expect(try interpreted(x[..., 1...2]) == [1, 2, 5, 6, 9, 10])
    #expect(try interpreted(x[(-1)..., ..<(-2)]) == [8, 9])
    #expect(try interpreted(x[0..., ...0]) == [0, 4, 8])
    #expect(try interpreted(x[1..<1]).isEmpty)
    #expect(try interpreted(x.sliced(1..<2, axis: -1)) == [1, 5, 9])
  }

  @Test func axesChangePlaces() throws {
    let x = places(2, 3)
    #expect(try interpreted(x.transposed()) == [0, 3, 1, 4, 2, 5])
    let y = places(2, 3, 2)
    #expect(try interpreted(y.transposed(axes: [2, 0, 1])) == [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11])
    #expect(try interpreted(y.swappedAxes(0, -1)) == interpreted(y.transposed(axes: [2, 1, 0])))
  }

  @Test func repeatedIsEachPlaceAndTiledTheWhole() throws {
    #expect(try interpreted(places(3).repeated(2, axis: 0)) == [0, 0, 1, 1, 2, 2])
    #expect(try interpreted(places(3).tiled(2, axis: 0)) == [0, 1, 2, 0, 1, 2])
    #expect(try interpreted(places(2, 2).repeated(2, axis: 1)) == [0, 0, 1, 1, 2, 2, 3, 3])
  }

  @Test func joiningIsUndoneBySplitting() throws {
    let (a, b) = (places(2, 3), places(2, 1) + 10)
    let joined = concatenated([a, b], axis: 1)
    #expect(try interpreted(joined) == [0, 1, 2, 10, 3, 4, 5, 11])
    #expect(try interpreted(joined.split(sizes: [3, 1], axis: -1)) == interpreted([a, b]))
    #expect(try interpreted(joined.split(2, axis: 1)) == [[0, 1, 3, 4], [2, 10, 5, 11]])
    #expect(try interpreted(stacked([a, a + 6])) == (0..<12).map { Double($0) })
    #expect(try interpreted(stacked([places(2), places(2) + 5], axis: -1)) == [0, 5, 1, 6])
  }

  @Test func paddingAddsZeros() throws {
    #expect(try interpreted((places(2) + 1).padded(before: 1, after: 2, axis: 0)) == [0, 1, 2, 0, 0])
  }

  @Test func rowsAreGathered() throws {
    let x = places(3, 2)
    #expect(try interpreted(x.gathered(rows: Tensor([2, 0, 2]))) == [4, 5, 0, 1, 4, 5])
    #expect(try interpreted(x.gathered(rows: Tensor([-5, 9]))) == [0, 1, 4, 5])
    #expect(x.gathered(rows: Tensor([[2, 0]].flatMap { $0 }, shape: [1, 2])).shape == [1, 2, 2])
    #expect(try interpreted(x.gathered(alongLastAxis: Tensor([1, 0, 1]))) == [1, 2, 5])
    #expect(try interpreted(Tensor([2, 0]).oneHot(3)) == [0, 0, 1, 1, 0, 0])
  }

  @Test func trianglesAndDiagonals() throws {
    #expect(try interpreted(Tensor.lowerTriangle(2, 3)) == [1, 0, 0, 1, 1, 0])
    #expect(try interpreted(Tensor.lowerTriangle(2, 3, diagonal: 1)) == [1, 1, 0, 1, 1, 1])
    let x = places(3, 3) + 1
    #expect(try interpreted(x.lowerTriangular()) == [1, 0, 0, 4, 5, 0, 7, 8, 9])
    #expect(try interpreted(x.lowerTriangular(diagonal: -1)) == [0, 0, 0, 4, 0, 0, 7, 8, 0])
    #expect(try interpreted(x.upperTriangular()) == [1, 2, 3, 0, 5, 6, 0, 0, 9])
    #expect(try interpreted(x.diagonal()) == [1, 5, 9])
    #expect(try interpreted(Tensor([1, 2]).diagonalMatrix()) == [1, 0, 0, 2])
    #expect(try interpreted(Tensor.eye(2, 3)) == [1, 0, 0, 0, 1, 0])
  }

  @Test func rangesOfNumbers() throws {
    #expect(try interpreted(Tensor.arange(3)) == [0, 1, 2])
    #expect(try interpreted(Tensor.arange(1, 2, step: 0.25)) == [1, 1.25, 1.5, 1.75])
    #expect(try interpreted(Tensor.arange(3, 0, step: -1, type: .int32)) == [3, 2, 1])
    #expect(try interpreted(Tensor.linspace(-1, 1, count: 5)) == [-1, -0.5, 0, 0.5, 1])
    #expect(try interpreted(Tensor.iota([2, 2], axis: -1)) == [0, 1, 0, 1])
  }
}
