import Datasets
import Foundation
import Testing

@Suite("PNG files")
struct PNGTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let start = "89504e470d0a1a0a 0000000d 49484452"
  private static let end = "00000000 49454e44 ae426082"
  /// 2 x 3 in grey, written by Pillow 12, as are the others.
  private static let grey = """
    \(start) 00000003000000020800000000b81f39c6
    00000010 49444154 789c636460ac6738f1ef3f0007e4034761e9533d \(end)
    """

  @Test(
    "what another writer left is read: grey, colour, a palette, transparency on white, sixteen bits, one bit",
    arguments: [
      (grey, Picture(height: 2, width: 3, channels: 1, pixels: [0, 1, 128, 200, 254, 255])),
      (
        "\(start) 00000002000000020802000000fdd49a73"
          + "00000016 49444154 789c63f8cfc0c0f09f818181e13f2313330019fe0304c54875bc \(end)",
        Picture(height: 2, width: 2, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3])
      ),
      (
        "\(start) 00000002000000010103000000ceecedc9 00000006 504c5445 0a141ec86432 77a0b39c"
          + "0000000a 49444154 789c636800000082008177cd72b6 \(end)",
        Picture(height: 1, width: 2, channels: 3, pixels: [200, 100, 50, 10, 20, 30])
      ),
      (
        "\(start) 00000002000000010806000000f4227f8a"
          + "00000011 49444154 789c63f8cfc0c0c0f09fe13f000bfd02fe66480ed8 \(end)",
        Picture(height: 1, width: 2, channels: 3, pixels: [255, 255, 255, 0, 255, 0])
      ),
      (
        "\(start) 0000000200000001100000000081d9fc15 0000000d 49444154 789c636060f8ff1f00030201ffe6770bae \(end)",
        Picture(height: 1, width: 2, channels: 1, pixels: [0, 255])
      ),
      (
        "\(start) 0000000200000001100000000081d9fc15 0000000d 49444154 789c63686070600000028500c11ac22524 \(end)",
        Picture(height: 1, width: 2, channels: 1, pixels: [128, 64])
      ),
      (
        "\(start) 00000003000000010100000000339b2919 0000000a 49444154 789c6358000000a200a1dc8db1cc \(end)",
        Picture(height: 1, width: 3, channels: 1, pixels: [255, 0, 255])
      ),
    ])
  func foreign(content: String, expected: Picture) throws {
    #expect(try Picture(png: scratch.file("a.png", bytes(content))) == expected)
  }

  @Test("every byte survives, in grey and in colour")
  func roundTrip() throws {
    let path = try scratch.file("a.png")
    let grey = Picture(height: 16, width: 16, channels: 1, pixels: [UInt8](0...255))
    try grey.writePNG(to: path)
    #expect(try Picture(png: path) == grey)

    // Pixels without a pattern do not compress: the file is longer than they are.
    var state: UInt32 = 1
    let noise = (0..<97 * 61 * 3).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let colour = Picture(height: 97, width: 61, channels: 3, pixels: noise)
    try colour.writePNG(to: path)
    #expect(try Picture(png: path) == colour)
    #expect(colour.pngBytes.count > noise.count)
    #expect(try scratch.names == ["a.png"], "no temporary file stays")
  }

  @Test("the header of a file says its size, eight bits, and its kind of colour")
  func header() {
    let grey = Picture(height: 3, width: 258, channels: 1, pixels: [UInt8](repeating: 7, count: 774))
    #expect(grey.pngBytes.starts(with: bytes("\(Self.start) 00000102 00000003 08 00 00 00 00")))
    #expect(grey.inColor.pngBytes.starts(with: bytes("\(Self.start) 00000102 00000003 08 02 00 00 00")))
  }

  @Test("a bad file is refused in one line")
  func badFiles() throws {
    func reading(_ content: [UInt8]) -> String {
      message(scratch) { _ = try Picture(png: scratch.file("a.png", content)) }
    }
    let whole = bytes(Self.grey)
    #expect(reading([]) == "a.png: empty; expected a PNG file")
    #expect(reading(Array("GIF89a".utf8)) == "a.png: no PNG signature; expected a PNG file")
    for length in [8, 20, 33, 40, 50] {
      #expect(reading(Array(whole[..<length])).hasPrefix("a.png: damaged PNG data ("))
    }
    var huge = bytes("\(Self.start) 000f0000 000f0000 08 00 00 00 00 b554ae13")
    huge += whole[33...]
    #expect(
      reading(huge) == "a.png: a picture of 983040 x 983040 is not supported; up to 67108864 pixels are")
  }
}
