import Datasets
import Foundation
import Testing

@Suite("safetensors files")
struct SafetensorsTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let state = Safetensors(
    tensors: ["w": DataArray([Float(1), 2, 3, 4], shape: [2, 2]), "b": DataArray([Float(-1)])],
    metadata: ["step": "7"])

  /// What the package's own `safetensors.numpy.save` (0.8.0) makes of the same.
  private static let saved =
    bytes("9000000000000000")
    + Array(#"{"__metadata__":{"step":"7"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#.utf8)
    + Array(#""w":{"dtype":"F32","shape":[2,2],"data_offsets":[4,20]}}      "#.utf8)
    + bytes("000080bf 0000803f 00000040 00004040 00008040")

  @Test("a file is byte for byte that of the format's own package")
  func golden() throws {
    let path = try scratch.file("a.safetensors")
    try Self.state.write(to: path)
    #expect(try contents(path) == Self.saved)
    #expect(try Safetensors.read(path) == Self.state)
    #expect(try Safetensors.readMetadata(path) == ["step": "7"])
    #expect(try scratch.names == ["a.safetensors"], "no temporary file stays")
  }

  @Test("arrays of every type, in another writer's order, and an empty one")
  func everyType() throws {
    // `safetensors.numpy.save` puts wide types first.
    let foreign =
      bytes("7000000000000000")
      + Array(#"{"k":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"#.utf8)
      + Array(#""a":{"dtype":"F64","shape":[1],"data_offsets":[16,24]}}  "#.utf8)
      + bytes("0100000000000000 feffffffffffffff 000000000000f83f")
    let read = try Safetensors.read(scratch.file("foreign", foreign))
    #expect(read == Safetensors(tensors: ["k": DataArray([Int64(1), -2]), "a": DataArray([1.5])]))

    let all = Safetensors(
      tensors: [
        "bytes": DataArray([UInt8(1), 2, 3]), "wide": DataArray([Int64.min, .max]), "float": DataArray([Float.pi]),
        "double": DataArray([Double.pi, .nan]), "signed": DataArray([Int32.min]), "none": DataArray([Float]()),
        "unsigned": DataArray([UInt32.max], shape: []),
        "encoder.layers.0.weight": DataArray([Float(1)], shape: [1, 1]),
      ], metadata: ["text": "a \"quoted\" \\ line\nand \u{1} a tab\t, ü, 🎲", "": ""])
    let path = try scratch.file("all")
    try all.write(to: path)
    #expect(try Safetensors.read(path) == all)
    #expect(try contents(path)[0] % 8 == 0, "the data section is aligned")

    try Safetensors(tensors: [:]).write(to: path)
    #expect(try contents(path) == bytes("0800000000000000") + Array("{}      ".utf8))
    #expect(try Safetensors.read(path) == Safetensors(tensors: [:]))
  }

  @Test("types that arrays do not have become wider ones")
  func widening() throws {
    let json =
      #"{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[6,10]},"#
      + #""c":{"dtype":"I16","shape":[1],"data_offsets":[10,12]},"d":{"dtype":"U16","shape":[1],"data_offsets":[12,14]},"#
      + #""e":{"dtype":"I8","shape":[2],"data_offsets":[14,16]},"f":{"dtype":"BOOL","shape":[2],"data_offsets":[16,18]}}"#
    // As torch has them: 1, -2 and 65504; 1 and -3; -2; 65535; -1 and 5; true and false.
    let data = bytes("003c 00c0 ff7b  803f 40c0  feff  ffff  ff05  0100")
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.utf8.count >> (8 * $0)) }
    #expect(
      try Safetensors.read(scratch.file("a", length + Array(json.utf8) + data)).tensors == [
        "a": DataArray([Float(1), -2, 65504]), "b": DataArray([Float(1), -3]), "c": DataArray([Int32(-2)]),
        "d": DataArray([Int32(65535)]), "e": DataArray([Int32(-1), 5]), "f": DataArray([UInt8(1), 0]),
      ])
  }

  @Test("equal arrays give equal data sections, whatever the text beside them")
  func order() throws {
    var other = Self.state
    other.metadata["step"] = "1000000"
    let path = try scratch.file("a")
    try other.write(to: path)
    #expect(try contents(path).suffix(20) == Self.saved.suffix(20))
  }

  @Test(
    "a header that contradicts itself or the file is refused in one line",
    arguments: [
      (
        #"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,8]}}"#,
        "a of type F8_E4M3 is not supported; BOOL, U8, I8, U16, I16, I32, U32, I64, F16, BF16, F32, F64 are"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
        "a at [0, 8]; expected the bytes of F32 of shape [3]"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[8,0]}}"#,
        "a at [8, 0]; expected the bytes of F32 of shape [-2]"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
        "a at [-8, 0]; expected the bytes of F32 of shape [2]"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
        "a at [0, 0]; expected the bytes of F32 of shape [4294967296, 4294967296]"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "a at byte 4; expected it at byte 0, after the array before it"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
        "b at byte 4; expected it at byte 5, after the array before it"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        "8 bytes of data; expected 4 as its header says"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
        "ends too early; expected 12 bytes of data, found 8"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
        "a at [0]; expected the bytes of F32 of shape [2]"
      ),
      (#"{"a":{"dtype":"F32","shape":[2]}}"#, nil),
      (#"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#, nil),
      (#"{"__metadata__":{"a":1}}"#, nil),
      (#"[1]"#, nil),
      (#" {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, nil),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, nil),
      ("", nil),
    ])
  func badHeaders(header: String, expected: String?) throws {
    let text = Array(header.utf8)
    let path = try scratch.file("a", [UInt8(text.count)] + bytes("00000000000000") + text + bytes("0011223344556677"))
    let line = expected ?? "a header that is not understood; expected a safetensors file"
    #expect(message(scratch) { _ = try Safetensors.read(path) } == "a: " + line)
    #expect(message(scratch) { _ = try Safetensors.readMetadata(path) } == "a: " + line)
  }

  @Test("every length short of the whole file is refused")
  func truncatedAnywhere() throws {
    #expect(
      message(scratch) { _ = try Safetensors.read(scratch.file("a", [])) } == "a: empty; expected a safetensors file")
    for length in 1..<Self.saved.count {
      let torn = try scratch.file("a", Array(Self.saved[..<length]))
      #expect(message(scratch) { _ = try Safetensors.read(torn) }.hasPrefix("a: ends too early; expected "))
    }
    #expect(
      message(scratch) { _ = try Safetensors.read(scratch.file("a", bytes("00ffffffffffffff 7b7d"))) }
        == "a: a header of 18446744073709551360 bytes; expected at most 100000000 as in safetensors")
  }

  @Test("a file that is replaced is the old one or the new one at every moment, for a reader beside the writer")
  func atomic() async throws {
    let path = try scratch.file("a")
    let states = (0..<2).map { state in
      Safetensors(tensors: ["a": DataArray([Int32](repeating: Int32(state), count: 50_000 + state))])
    }
    try states[0].write(to: path)
    let reader = Task { [states] in
      while !Task.isCancelled {
        let read = try Safetensors.read(path)
        #expect(states.contains(read))
        await Task.yield()
      }
    }
    for turn in 1...20 { try states[turn % 2].write(to: path) }
    reader.cancel()
    try await reader.value
    #expect(try scratch.names == ["a"])
  }
}
