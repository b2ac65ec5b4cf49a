import Datasets
import Testing

@Suite("npy files")
struct NPYTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A header of version 1 as NumPy 2.4 writes it: 118 bytes of dictionary, spaces and a line's end.
  private static func header(_ dictionary: String) -> [UInt8] {
    let text = Array(dictionary.utf8)
    return bytes("934e554d5059 0100 7600") + text + [UInt8](repeating: 0x20, count: 117 - text.count) + [0x0A]
  }

  /// What `numpy.save` makes of these arrays.
  private static let saved: [(array: DataArray, bytes: [UInt8])] = [
    (
      DataArray((0..<6).map { Float($0) }, shape: [2, 3]),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
        + bytes("000000000000803f0000004000004040000080400000a040")
    ),
    (
      DataArray([2.5], shape: []),
      header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }") + bytes("0000000000000440")
    ),
    (
      DataArray([UInt8(7), 8, 9]),
      header("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }") + bytes("070809")
    ),
    (
      DataArray([Int32(-1)]), header("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }") + bytes("ffffffff")
    ),
    (
      DataArray([Int64](), shape: [0, 3]), header("{'descr': '<i8', 'fortran_order': False, 'shape': (0, 3), }")
    ),
  ]

  @Test("files are byte for byte those of NumPy", arguments: saved.indices)
  func golden(index: Int) throws {
    let (array, expected) = Self.saved[index]
    let path = try scratch.file("a.npy")
    try NPY.write(array, to: path)
    #expect(try contents(path) == expected)
    #expect(try NPY.read(path) == array)
  }

  @Test("a long shape moves the elements on by 64 bytes")
  func longHeader() throws {
    let array = DataArray([UInt32](repeating: 5, count: 64), shape: [Int](repeating: 1, count: 31) + [64])
    let path = try scratch.file("a.npy")
    try NPY.write(array, to: path)
    #expect(try contents(path).count == 192 + 256)
    #expect(try NPY.read(path) == array)
  }

  /// What NumPy writes that we read and do not write; by Tests/Goldens/arrays.py.
  private static let foreign: [(dictionary: String, elements: String, array: DataArray)] = [
    (
      "{'descr': '>f4', 'fortran_order': False, 'shape': (3,), }", "bf800000000000003f800000",
      DataArray([Float(-1), 0, 1])
    ),
    (
      "{'descr': '>f8', 'fortran_order': False, 'shape': (3,), }", "bff000000000000000000000000000003ff0000000000000",
      DataArray([-1.0, 0, 1])
    ),
    (
      "{'descr': '>i4', 'fortran_order': False, 'shape': (3,), }", "ffffffff0000000000000001",
      DataArray([Int32(-1), 0, 1])
    ),
    (
      "{'descr': '>i8', 'fortran_order': False, 'shape': (3,), }", "ffffffffffffffff00000000000000000000000000000001",
      DataArray([Int64(-1), 0, 1])
    ),
    (
      "{'descr': '>u4', 'fortran_order': False, 'shape': (3,), }", "ffffffff0000000000000001",
      DataArray([UInt32.max, 0, 1])
    ),
    ("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", "010001", DataArray([UInt8(1), 0, 1])),
    (
      "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", "00000000000040400000803f00008040000000400000a040",
      DataArray((0..<6).map { Float($0) }, shape: [2, 3])
    ),
    (
      "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }", "00060208040a01070309050b",
      DataArray((0..<12).map { UInt8($0) }, shape: [2, 3, 2])
    ),
    (
      "{'descr': '>i4', 'fortran_order': True, 'shape': (2, 3), }", "000000000000000300000001000000040000000200000005",
      DataArray((0..<6).map { Int32($0) }, shape: [2, 3])
    ),
    ("{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }", "ff0001", DataArray([Int32(-1), 0, 1])),
    ("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }", "ffff00000100", DataArray([Int32(-1), 0, 1])),
    ("{'descr': '>u2', 'fortran_order': False, 'shape': (3,), }", "ffff00000001", DataArray([Int32(65535), 0, 1])),
    ("{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }", "00bc0000003c", DataArray([Float(-1), 0, 1])),
    ("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 3), }", "", DataArray([Float](), shape: [0, 3])),
  ]

  @Test("NumPy's other byte order, its truth values and Fortran's order are read", arguments: foreign.indices)
  func foreignForms(index: Int) throws {
    let (dictionary, elements, array) = Self.foreign[index]
    #expect(try NPY.read(scratch.file("a.npy", Self.header(dictionary) + bytes(elements))) == array)
  }

  @Test("versions 2 and 3, and other ways to write the same dictionary, are read", arguments: ["02", "03"])
  func otherForms(version: String) throws {
    let content =
      bytes("934e554d5059 \(version)00 3c000000")
      + Array("{\"shape\":(1,),'fortran_order' : False,'descr':'<f8'}".utf8) + Array("       \n".utf8)
      + bytes("000000000000f83f")
    #expect(content.count == 12 + 60 + 8)
    #expect(try NPY.read(scratch.file("a.npy", content)) == DataArray([1.5]))
  }

  @Test(
    "a bad header is refused in one line",
    arguments: [
      (
        "{'descr': '>c8', 'fortran_order': False, 'shape': (1,), }",
        "element type >c8 is not supported; b1, u1, i1, u2, i2, i4, u4, i8, f2, f4, f8 are, in both byte orders"
      ),
      (
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
        "a structured type is not supported; b1, u1, i1, u2, i2, i4, u4, i8, f2, f4, f8 are, in both byte orders"
      ),
      (
        "{'descr': '|f4', 'fortran_order': False, 'shape': (1,), }",
        "element type |f4 is not supported; b1, u1, i1, u2, i2, i4, u4, i8, f2, f4, f8 are, in both byte orders"
      ),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }", nil),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", nil),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,) ", nil),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } 1", nil),
      ("{'descr': '<f4', 'fortran_order': False}", nil),
      ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", nil),
      ("", nil),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
        "ends too early; expected float32 of shape [2], found 4 bytes of it"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }",
        "4 bytes of elements; expected 0 for float32 of shape [0]"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
        "ends too early; expected float32 of shape [4294967296, 4294967296], found 4 bytes of it"
      ),
      (
        "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 4611686018427387904, 4611686018427387904)}",
        "ends too early; expected float32 of shape [0, 4611686018427387904, 4611686018427387904], found 4 bytes of it"
      ),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': {}}", nil),
    ])
  func badHeaders(dictionary: String, expected: String?) throws {
    let path = try scratch.file("a.npy", Self.header(dictionary) + [0, 0, 0, 0])
    let line = expected ?? "an npy header that is not understood; expected descr, fortran_order and shape"
    #expect(message(scratch) { _ = try NPY.read(path) } == "a.npy: " + line)
  }

  @Test("a header that is nested, or longer than any, is refused")
  func deepHeaders() throws {
    let nested = [UInt8](repeating: UInt8(ascii: "{"), count: 60_000)
    #expect(
      message(scratch) { _ = try NPY.read(scratch.file("a", bytes("934e554d5059 0100 60ea") + nested)) }
        == "a: an npy header that is not understood; expected descr, fortran_order and shape")
    let long = bytes("934e554d5059 0200 01000100") + [UInt8](repeating: 0x20, count: 65_537)
    #expect(
      message(scratch) { _ = try NPY.read(scratch.file("a", long)) }
        == "a: a header of 65537 bytes; expected at most 65536")
  }

  @Test("every length short of the whole file is refused")
  func truncatedAnywhere() throws {
    let whole = Self.saved[0].bytes
    for length in 1..<whole.count {
      let torn = try scratch.file("a.npy", Array(whole[..<length]))
      #expect(message(scratch) { _ = try NPY.read(torn) }.hasPrefix("a.npy: ends too early; expected "))
    }
    #expect(message(scratch) { _ = try NPY.read(scratch.file("b", [])) } == "b: empty; expected an npy file")
    #expect(
      message(scratch) { _ = try NPY.read(scratch.file("b", [UInt8](repeating: 1, count: 99))) }
        == "b: no npy signature; expected an npy file")
    #expect(
      message(scratch) { _ = try NPY.read(scratch.file("b", bytes("934e554d5059 0400 0000 0000"))) }
        == "b: npy version 4.0 is not supported; 1.0 to 3.0 are")
  }
}
