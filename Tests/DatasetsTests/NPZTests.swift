import Foundation
import Testing

@testable import Datasets

@Suite("npz files")
struct NPZTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// The arrays of Tests/Goldens/arrays.py, which made the files below.
  private static let arrays = ["a": DataArray([UInt8(0), 1, 2]), "b": DataArray([Float(1.5), -2], shape: [2, 1])]

  /// `numpy.savez`.
  private static let stored = decoded(
    "UEsDBC0AAAAAAAAAIQBI6mbs//////////8FABQAYS5ucHkBABAAgwAAAAAAAACDAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScs"
      + "ICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
      + "ICAgICAgICAgICAgICAgICAgICAKAAECUEsDBC0AAAAAAAAAIQDmc1v+//////////8FABQAYi5ucHkBABAAiAAAAAAAAACIAAAAAAAAAJNO"
      + "VU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAxKSwgfSAgICAgICAgICAgICAg"
      + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAADAPwAAAMBQSwECLQMtAAAAAAAAACEASOpm7IMAAACDAAAA"
      + "BQAAAAAAAAAAAAAAgAEAAAAAYS5ucHlQSwECLQMtAAAAAAAAACEA5nNb/ogAAACIAAAABQAAAAAAAAAAAAAAgAG6AAAAYi5ucHlQSwUGAAAA"
      + "AAIAAgBmAAAAeQEAAAAA")

  /// `numpy.savez_compressed`.
  private static let deflated = decoded(
    "UEsDBC0AAAAIAAAAIQBI6mbs//////////8FABQAYS5ucHkBABAAgwAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiu"
      + "o6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GRiYAUEsDBC0AAAAIAAAAIQDmc1v+//////////8FABQAYi5ucHkB"
      + "ABAAiAAAAAAAAABNAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6Coaa"
      + "Ogq1CmQDLgaGA/YMQAIAUEsBAi0DLQAAAAgAAAAhAEjqZuxHAAAAgwAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAi0DLQAAAAgAAAAh"
      + "AOZzW/5NAAAAiAAAAAUAAAAAAAAAAAAAAIABfgAAAGIubnB5UEsFBgAAAAACAAIAZgAAAAIBAAAAAA==")

  /// Written to a stream: sizes after the members, no 64-bit fields, a member that is no array, a comment at the end.
  private static let streamed = decoded(
    "UEsDBBQACAAIAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS5ucHmb7BfqGxDJyFDGUK2eklqcXKRupaBeU2qorqOgnpZfVFKUmBefX5SSChJ3S8wp"
      + "TgWKF2ckFqQC+RrGOpo6CrUKFAAuBkYmAFBLBwhI6mbsRwAAAIMAAABQSwMEFAAIAAgAAAAhAAAAAAAAAAAAAAAAAAUAAABiLm5weZvsF+ob"
      + "EMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CoaaOgq1CmQDLgaGA/YMQAIAUEsHCOZzW/5N"
      + "AAAAiAAAAFBLAwQUAAgAAAAAACEAAAAAAAAAAAAAAAAACAAAAG5vdGUudHh0bm8gYXJyYXlQSwcIcE0/vQgAAAAIAAAAUEsBAhQDFAAIAAgA"
      + "AAAhAEjqZuxHAAAAgwAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAhQDFAAIAAgAAAAhAOZzW/5NAAAAiAAAAAUAAAAAAAAAAAAAAIAB"
      + "egAAAGIubnB5UEsBAhQDFAAIAAAAAAAhAHBNP70IAAAACAAAAAgAAAAAAAAAAAAAAIAB+gAAAG5vdGUudHh0UEsFBgAAAAADAAMAnAAAADgB"
      + "AAAJAGEgY29tbWVudA==")

  private static func decoded(_ base64: String) -> [UInt8] { [UInt8](Data(base64Encoded: base64)!) }

  @Test("files are byte for byte those of numpy.savez")
  func golden() throws {
    let path = try scratch.file("a.npz")
    try NPZ.write(Self.arrays, to: path)
    #expect(try contents(path) == Self.stored)
    #expect(try scratch.names == ["a.npz"])
  }

  @Test("stored, deflated and streamed members are read", arguments: [stored, deflated, streamed])
  func reading(file: [UInt8]) throws {
    #expect(try NPZ.read(scratch.file("a.npz", file)) == Self.arrays)
  }

  @Test("a file without arrays, and a name that is not ASCII")
  func unusual() throws {
    let path = try scratch.file("a.npz")
    try NPZ.write([:], to: path)
    #expect(try contents(path).count == 22)
    #expect(try NPZ.read(path).isEmpty)
    let named = ["größe": DataArray([1.0])]
    try NPZ.write(named, to: path)
    #expect(try NPZ.read(path) == named)
  }

  @Test("sizes and places in 64 bits are written and read")
  func wide() throws {
    let members = [
      ZipWriter.Member(name: "a.npy", content: [[1, 2], [3]]), ZipWriter.Member(name: "b", content: [[4]]),
    ]
    // Nothing fits 32 bits: all sizes and places lie in the 64-bit fields.
    let writer = ZipWriter(narrowLimit: 0)
    let path = try scratch.file("a.zip", writer.encoded(members).flatMap { $0 })
    let archive = try ZipArchive(path, expected: "a zip file")
    #expect(archive.entries.map(\.name) == ["a.npy", "b"])
    #expect(try archive.read(archive.entries[0]) == [1, 2, 3])
    #expect(try archive.read(archive.entries[1]) == [4])
  }

  @Test("a size that the file cannot hold asks for no memory")
  func hugeMember() throws {
    var file = ZipWriter(narrowLimit: 0).encoded([ZipWriter.Member(name: "a.npy", content: [[1, 2, 3]])]).flatMap { $0 }
    // In the directory's entry: size, packed size and place in 64 bits, after 46 bytes, the name and 4 of the field.
    let entry = try #require(file.indices.first { file[$0...].starts(with: ZipArchive.Signature.entry) })
    file[entry + 46 + 5 + 4 + 8 + 5] = 1
    let archive = try ZipArchive(scratch.file("a.zip", file), expected: "a zip file")
    #expect(
      message(scratch) { _ = try archive.read(archive.entries[0]) }
        .hasPrefix("a.zip: ends too early; expected \(1 << 40 + 3) bytes from byte "))
  }

  @Test("every length short of the whole file is refused")
  func truncatedAnywhere() throws {
    for length in 4..<Self.stored.count {
      let torn = try scratch.file("a.npz", Array(Self.stored[..<length]))
      #expect(
        message(scratch) { _ = try NPZ.read(torn) } == "a.npz: ends too early; expected a zip directory at its end")
    }
    #expect(message(scratch) { _ = try NPZ.read(scratch.file("b", [])) } == "b: empty; expected an npz file")
    #expect(
      message(scratch) { _ = try NPZ.read(scratch.file("b", [1, 2, 3, 4])) }
        == "b: no zip signature; expected an npz file")
  }

  @Test("whichever byte of the file is changed, no other numbers come out", arguments: [stored, deflated])
  func damagedAnywhere(file: [UInt8]) throws {
    for index in file.indices {
      var damaged = file
      damaged[index] ^= 0x40
      do {
        let read = try NPZ.read(scratch.file("a.npz", damaged))
        // A name is not summed, and neither are dates and attributes.
        #expect(read.values.allSatisfy { Self.arrays.values.contains($0) }, "byte \(index)")
      } catch let error as DataError {
        #expect(error.description.contains("a.npz: "), "byte \(index)")
      }
    }
  }

  @Test("a member that is not read here is refused in one line")
  func refusals() throws {
    func refusal(_ change: (inout [UInt8]) -> Void) throws -> String {
      var file = Self.stored
      change(&file)
      return message(scratch) { _ = try NPZ.read(scratch.file("a.npz", file)) }
    }
    let directory = Self.stored.count - 22 - 2 * 51
    #expect(
      try refusal { $0[directory + 10] = 9 }
        == "a.npz: a.npy: compression method 9 is not supported; 0 (stored) and 8 (deflated) are")
    #expect(
      try refusal { $0[directory + 8] = 1 } == "a.npz: a.npy: an encrypted member is not supported; plain ones are")
    #expect(
      try refusal { $0[directory + 51 + 46] = UInt8(ascii: "a") } == "a.npz: a.npy twice; expected each member once")
    #expect(
      try refusal { $0[directory - 1] ^= 1 }
        == "a.npz: b.npy: damaged data (the check sum is another); expected the member as it was written")
  }
}
