import Datasets
import Foundation
import Testing

@Suite("IDX files")
struct IDXTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("bytes of a file are those of the format's description")
  func golden() throws {
    let path = try scratch.file("a.idx")
    try IDX.write(DataArray([UInt8(1), 2, 3, 4, 5, 6], shape: [1, 2, 3]), to: path)
    #expect(try contents(path) == bytes("00000803 00000001 00000002 00000003 010203040506"))
    try IDX.write(DataArray([Int32(1), -2]), to: path)
    #expect(try contents(path) == bytes("00000c01 00000002 00000001 fffffffe"))
    try IDX.write(DataArray([Float(1)]), to: path)
    #expect(try contents(path) == bytes("00000d01 00000001 3f800000"))
    try IDX.write(DataArray([-2.0]), to: path)
    #expect(try contents(path) == bytes("00000e01 00000001 c000000000000000"))
    #expect(try scratch.names == ["a.idx"], "no temporary file stays")
  }

  @Test("raw and gz files read back alike", arguments: ["a.idx", "a.idx.gz"])
  func roundTrip(name: String) throws {
    let path = try scratch.file(name)
    let arrays = [
      DataArray((0..<60_000).map { UInt8(truncatingIfNeeded: $0 * $0) }, shape: [100, 20, 30]),
      DataArray([Int32.min, 0, Int32.max]), DataArray([Float.pi, -0]),
      DataArray([Double.pi, .infinity], shape: [2, 1]),
    ]
    for array in arrays {
      try IDX.write(array, to: path)
      #expect(try IDX.read(path) == array)
      #expect(try contents(path).starts(with: name.hasSuffix("gz") ? [0x1F, 0x8B] : [0, 0]))
    }
  }

  @Test("a gz file of several members, as several writers leave it, is read as one")
  func severalMembers() throws {
    let whole = try scratch.file("whole.gz")
    try IDX.write(DataArray([UInt8](repeating: 9, count: 400_000)), to: whole)
    let empty = bytes("1f8b0800000000000003 0300 00000000 00000000")
    let path = try scratch.file("two.gz", empty + contents(whole))
    #expect(try IDX.read(path).count == 400_000)
  }

  @Test(
    "a bad file is refused in one line",
    arguments: [
      ("", "a.idx: empty; expected an IDX file, raw or gz"),
      ("0000", "a.idx: ends too early; expected an IDX header of at least 4 bytes"),
      ("89504e47", "a.idx: begins with 89 50 4e 47; expected IDX: 00 00, element type, dimensions"),
      ("00000703", "a.idx: begins with 00 00 07 03; expected IDX: 00 00, element type, dimensions"),
      (
        "00000b01 00000001 0001",
        "a.idx: IDX element type 0x0b is not supported; "
          + "08 (uint8), 0c (int32), 0d (float32) and 0e (float64) are"
      ),
      ("00000803 00000001", "a.idx: ends too early; expected an IDX header of 16 bytes for 3 dimensions"),
      (
        "00000802 00000002 00000002 010203",
        "a.idx: ends too early; expected uint8 of shape [2, 2] after the header, found 3 bytes"
      ),
      (
        "00000802 00000001 00000002 010203",
        "a.idx: 3 bytes after the header; expected 2 for uint8 of shape [1, 2]"
      ),
      (
        "00000804 ffffffff ffffffff ffffffff ffffffff 01",
        "a.idx: ends too early; expected uint8 of shape [4294967295, 4294967295, 4294967295, 4294967295] "
          + "after the header, found 1 bytes"
      ),
      ("1f8b0800000000000003 03", "a.idx: ends too early; expected the rest of the gzip data"),
      (
        "1f8b0800000000000003 0300 00000001 00000000",
        "a.idx: damaged gzip data (incorrect data check); expected an intact gzip file"
      ),
      (
        "1f8b0800000000000003 0300 00000000 00000000 41",
        "a.idx: ends too early; expected the rest of the gzip data"
      ),
    ])
  func badFiles(content: String, expected: String) throws {
    let path = try scratch.file("a.idx", bytes(content))
    #expect(message(scratch) { _ = try IDX.read(path) } == expected)
  }

  @Test("every length short of the whole gz file is refused")
  func truncatedAnywhere() throws {
    let path = try scratch.file("a.gz")
    try IDX.write(DataArray([UInt8](0..<100), shape: [10, 10]), to: path)
    let whole = try contents(path)
    for length in 2..<whole.count {
      let torn = try scratch.file("torn.gz", Array(whole[..<length]))
      #expect(
        message(scratch) { _ = try IDX.read(torn) } == "torn.gz: ends too early; expected the rest of the gzip data")
    }
  }

  @Test("what is no regular file is refused, and so is what is not there")
  func noFile() throws {
    #expect(message(scratch) { _ = try IDX.read(scratch.file("b")) } == "b: not found; expected an IDX file, raw or gz")
    #expect(
      message(scratch) { _ = try IDX.read(scratch.path) }
        == "\(scratch.path): cannot be read: it is a folder; expected an IDX file, raw or gz")
    let pipe = try scratch.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(
      message(scratch) { _ = try IDX.read(pipe) }
        == "pipe: cannot be read: it is not a regular file; expected an IDX file, raw or gz")
    let array = DataArray([UInt8(1)])
    #expect(
      message(scratch) { try IDX.write(array, to: scratch.file("no/such/folder")) }
        == "no/such/folder: cannot be written: No such file or directory")
    #expect(
      message(scratch) { try IDX.write(array, to: scratch.path + "/") } == ": cannot be written: it names a folder")
  }

  @Test("a file that cannot be replaced leaves nothing behind")
  func atomicFailure() throws {
    let folder = try scratch.file("taken")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    _ = try scratch.file("taken/inside", [1])
    #expect(
      message(scratch) { try IDX.write(DataArray([UInt8(1)]), to: folder) }
        == "taken: cannot be written: Is a directory")
    #expect(try scratch.names == ["taken"])
  }
}
