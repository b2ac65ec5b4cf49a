import Graphs
import TestSupport
import Testing

/// The oracle itself, by hand.
@Suite struct InterpreterTests {
  private func apply(_ op: Op, _ inputs: Reference...) throws -> [Double] {
    try ReferenceInterpreter.apply(op, inputs).values
  }

  private func counting(_ shape: Shape, _ type: ElementType = .float64) -> Reference {
    Reference(shape, type, (0..<shape.elementCount).map(Double.init))
  }

  @Test func movements() throws {
    let x = counting([2, 3])
    #expect(try apply(.permute([1, 0]), x) == [0, 3, 1, 4, 2, 5])
    #expect(try apply(.slice(start: [1, 0], end: [2, 2]), x) == [3, 4])
    #expect(try apply(.pad(before: [0, 1], after: [1, 0]), x) == [0, 0, 1, 2, 0, 3, 4, 5, 0, 0, 0, 0])
    #expect(try apply(.broadcast([2, 2]), counting([2, 1])) == [0, 0, 1, 1])
    #expect(try apply(.concatenate(axis: 1), x, counting([2, 1])) == [0, 1, 2, 0, 3, 4, 5, 1])
    #expect(try apply(.gather, x, Reference([3], .int32, [1, 0, 1])) == [3, 4, 5, 0, 1, 2, 3, 4, 5])
    #expect(try apply(.iota(shape: [2, 3], axis: 1, type: .int32)) == [0, 1, 2, 0, 1, 2])
  }

  @Test func contractions() throws {
    #expect(try apply(.reduce(.sum, axes: [0]), counting([2, 3])) == [3, 5, 7])
    #expect(try apply(.reduce(.maximum, axes: [1]), counting([2, 3])) == [2, 5])
    #expect(try apply(.reduce(.sum, axes: [0]), Reference([0, 2], .float32, [])) == [0, 0])
    #expect(try apply(.matmul, counting([2, 2]), counting([2, 2])) == [2, 3, 6, 11])
    // A 2 x 2 filter over 3 x 3, padded by 1, two apart: its corners, by hand.
    let window = ConvolutionWindow(stride: [2, 2], padding: [1, 1])
    let filter = Reference([1, 1, 2, 2], .float64, [1, 10, 100, 1000])
    #expect(try apply(.convolution(window), counting([1, 1, 3, 3]), filter) == [0, 2100, 6030, 8754])
  }

  @Test func integersWrapTruncateAndClamp() throws {
    func of(_ type: ElementType, _ values: Double...) -> Reference { Reference([values.count], type, values) }
    #expect(try apply(.binary(.add), of(.uint32, 4_294_967_295), of(.uint32, 2)) == [1])
    #expect(try apply(.binary(.multiply), of(.uint32, 4_294_967_295), of(.uint32, 4_294_967_295)) == [1])
    #expect(try apply(.binary(.subtract), of(.uint8, 1), of(.uint8, 2)) == [255])
    #expect(try apply(.binary(.divide), of(.int32, -7, 7), of(.int32, 2, 0)) == [-3, 0])
    #expect(try apply(.binary(.remainder), of(.int32, -7), of(.int32, 2)) == [-1])
    #expect(try apply(.cast(.uint8), of(.float32, -3, 2.9, 300)) == [0, 2, 255])
    #expect(try apply(.cast(.int32), of(.float64, -2.9, 1e20)) == [-2, 2_147_483_647])
  }

  @Test func normalsAreNormal() throws {
    let state = Reference([3], .uint32, [1, 2, 3])
    let count = 40_000.0
    let x = try apply(.random(.normal, shape: [40_000], stream: 5, type: .float64), state)
    let mean = x.reduce(0, +) / count
    let variance = x.reduce(0) { $0 + $1 * $1 } / count - mean * mean
    let neighbours = zip(x, x.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / count
    #expect(abs(mean) < 4 / count.squareRoot())
    #expect(abs(variance - 1) < 4 * (2 / count).squareRoot())
    #expect(abs(neighbours) < 4 / count.squareRoot())
  }

  /// Rows take the elements that they would have in the whole.
  @Test func rowsAreGlobal() throws {
    let state = Reference([3], .uint32, [1, 2, 3])
    let whole = try apply(.random(.bits, shape: [7, 5], stream: 0, type: .uint32), state)
    let part = try apply(
      .random(.bits, shape: [2, 5], stream: 0, type: .uint32), state, Reference([2], .int32, [6, 2]))
    #expect(part == Array(whole[30..<35] + whole[10..<15]))
  }
}
