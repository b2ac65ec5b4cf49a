import Datasets
import Testing

@Suite("Arrays of data and sets of them")
struct DataArrayTests {
  @Test("elements come back as they went in, and lie little-endian")
  func elements() {
    #expect(DataArray([Int32(1), -2]).bytes == [1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF])
    #expect(DataArray([Float(1), -0.5]).elements() == [Float(1), -0.5])
    #expect(DataArray([1.0, .infinity]).elements() == [1.0, .infinity])
    #expect(DataArray([Int64.min]).elements() == [Int64.min])
    #expect(DataArray([UInt32.max]).type == .uint32)
    #expect(DataArray([UInt8(7)], shape: []).rowCount == 1)
  }

  @Test("rows are taken from the outermost dimension")
  func rows() {
    let array = DataArray((0..<12).map { Int32($0) }, shape: [3, 2, 2])
    #expect(array[1..<3] == DataArray((4..<12).map { Int32($0) }, shape: [2, 2, 2]))
    #expect(array[2..<2].shape == [0, 2, 2])
    #expect(array.rowByteCount == 16)
    #expect(array.reshaped(to: [4, 3])[0..<1].elements() == [Int32(0), 1, 2])
  }

  @Test("dimensions change places as in NumPy's transpose")
  func permutation() {
    let array = DataArray((0..<24).map { Int32($0) }, shape: [2, 3, 4])
    let moved = array.permuted([2, 0, 1])
    #expect(moved.shape == [4, 2, 3])
    // Element (c, a, b) of the result is element (a, b, c).
    var expected: [Int32] = []
    for c in 0..<4 { for a in 0..<2 { for b in 0..<3 { expected.append(Int32(12 * a + 4 * b + c)) } } }
    #expect(moved.elements() == expected)
    #expect(moved.permuted([1, 2, 0]) == array)
    #expect(DataArray([UInt8(7)], shape: []).permuted([]) == DataArray([UInt8(7)], shape: []))
    #expect(DataArray([1.0, 2, 3, 4], shape: [2, 2]).permuted([1, 0]).elements() == [1.0, 3, 2, 4])
  }

  @Test("a part of a data set takes labels and factors along")
  func parts() {
    let table = FactorTable(names: ["shape", "scale"], classCounts: [3, 6], values: [0, 5, 1, 4, 2, 3])
    let set = DataSet(
      name: "three", images: DataArray([UInt8](0..<12), shape: [3, 2, 2]), labels: [0, 1, 2], factors: table)
    #expect(set.count == 3 && set.datumShape == [2, 2] && set.datumSize == 4 && set.classCount == 3)

    let part = set[0..<2]
    #expect(part.images.bytes == [UInt8](0..<8))
    #expect(part.labels == [0, 1])
    #expect(part.classCount == 3, "a part knows as many classes as the whole")
    #expect(part.factors?[1] == [1, 4])
    #expect(part.factors?.column("scale") == [5, 4])
    #expect(part.factors?.column("hue") == nil)
  }

  @Test("a message is one line, whatever a path holds")
  func oneLine() {
    let error = DataError.missing(path: "a\nb\u{7}", expected: "a file")
    #expect(error.description == "a?b?: not found; expected a file")
  }
}
