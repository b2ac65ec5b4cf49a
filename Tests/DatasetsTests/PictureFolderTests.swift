import Datasets
import Foundation
import Testing

@Suite("Folders of pictures")
struct PictureFolderTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(filePath: scratch.path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  private func png(_ value: UInt8, _ height: Int = 2, _ width: Int = 2, channels: Int = 1) -> [UInt8] {
    let pixels = (0..<height * width * channels).map { value &+ UInt8($0) }
    return Picture(height: height, width: width, channels: channels, pixels: pixels).pngBytes
  }

  private func resolve(_ name: String, test: String? = nil) throws -> DataSource {
    try DataSource.resolve(
      scratch.path + "/" + name, test: test.map { scratch.path + "/" + $0 }, environment: [:])
  }

  private func refusal(_ name: String, test: String? = nil) -> String {
    message(scratch) { _ = try resolve(name, test: test) }
  }

  @Test("folders within name the classes, as numbers where they are, and classes come mixed")
  func classes() throws {
    for (name, value) in [
      ("a/10/x.png", 1), ("a/9/b.png", 2), ("a/9/a.PNG", 3), ("a/9/note.txt", 0), ("a/.git/c.png", 9),
    ] {
      try write(name, png(UInt8(value)))
    }
    try write("b/10/y.png", png(7))
    let source = try resolve("a", test: "b")
    let set = source.train
    #expect(set.classNames == ["9", "10"] && set.labels == [0, 1, 0] && set.datumShape == [2, 2])
    #expect(set.images.bytes == [3, 4, 5, 6, 1, 2, 3, 4, 2, 3, 4, 5])
    #expect(source.test?.labels == [1] && source.test?.classCount == 2)

    let prints = try source.fingerprints()
    #expect(prints.count == 2 && prints[0].name == source.files[0])
    try write("a/9/note.txt", [1])
    #expect(try source.fingerprints() == prints, "what is no picture does not count")
    try write("a/9/b.png", png(5))
    #expect(try source.fingerprints()[0] != prints[0])
    try write("b/11/y.png", png(7))
    #expect(refusal("a", test: "b") == "b/11: a class that the data to learn from lack; expected one of 9, 10")
  }

  @Test("a folder of conditions has the names of the pictures, but for their endings")
  func conditions() throws {
    for name in ["a/1.png", "a/2.png", "b/1.png", "b/2.PNG", "c/1.png", "c/3.png"] { try write(name, png(7)) }
    func told(_ conditions: String) throws -> [Int]? {
      try DataSource.resolve(
        scratch.path + "/a", conditions: scratch.path + "/" + conditions, environment: [:]
      ).train.conditions?.shape
    }
    #expect(try told("b") == [2, 4])
    #expect(message(scratch) { _ = try told("c") } == "c: the picture 3.png; a has 2.png in its place")
  }

  @Test("pictures in the folder unlabeled have no class")
  func unlabeled() throws {
    for (name, value) in [("a/b/x.png", 1), ("a/unlabeled/y.png", 2), ("a/c/z.png", 3)] {
      try write(name, png(UInt8(value)))
    }
    let set = try resolve("a", test: "a").train
    #expect(set.classNames == ["b", "c"] && set.labels == [-1, 0, 1] && set.classCount == 2)
  }

  @Test("a flat folder has no classes; PGM and PPM are pictures too, in colour channels first")
  func flat() throws {
    try write("a/1.png", png(0, channels: 3))
    try write("a/2.ppm", Array("P3\n# made by hand\n2 2 3\n3 0 0  0 3 0  0 0 3\n1 2 3".utf8))
    try write("a/3.ppm", Array("P6 2 2 255\n".utf8) + [UInt8](0..<12))
    let set = try resolve("a").train
    #expect(set.labels == nil && set.images.shape == [3, 3, 2, 2] && set.valueRange == 0...255)
    #expect(
      set.images.bytes == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11] + [255, 0, 0, 85, 0, 255, 0, 170, 0, 0, 255, 255]
        + [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])

    try write("g/1.pgm", Array("P2 2 2 255 1 2 3 4".utf8))
    try write("g/2.pgm", Array("P5\n2 2\n255\n".utf8) + [5, 6, 7, 8])
    #expect(try resolve("g").train.images == DataArray([UInt8](1...8), shape: [2, 2, 2]))
  }

  @Test("pictures that do not go together are refused by name")
  func refusals() throws {
    try write("size/1.png", png(0))
    try write("size/2.png", png(0, 2, 3))
    #expect(refusal("size") == "size/2.png: a picture of 2 x 3 in grey; size/1.png has 2 x 2 in grey")
    try write("depth/a/1.png", png(0))
    try write("depth/b/2.png", png(0, channels: 3))
    #expect(refusal("depth") == "depth/b/2.png: a picture of 2 x 2 in colour; depth/a/1.png has 2 x 2 in grey")
    try write("both/1.png", png(0))
    try write("both/a/2.png", png(0))
    #expect(
      refusal("both")
        == "both: 1.png beside the folder a; expected pictures in a folder for each class, or pictures alone")
    try write("photos/1.jpg", [0xFF, 0xD8, 0xFF])
    #expect(
      refusal("photos")
        == "photos: a folder with no pictures of a kind that is read, but 1.jpg is not supported; PNG, PGM and PPM are")
    try write("hollow/a/1.txt", [])
    #expect(refusal("hollow") == "hollow/a: a class without pictures is not supported; PNG, PGM and PPM are")
    try write("parts/train/a/1.png", png(0))
    #expect(
      refusal("parts")
        == "parts/train: folders in a folder of a class; expected pictures there, or this folder itself as DATA or for "
        + "--test")
    try write("torn/1.png", png(0).dropLast(20))
    #expect(refusal("torn").hasPrefix("torn/1.png: damaged PNG data"))
  }

  @Test(
    "damaged PGM and PPM files are refused",
    arguments: [
      ("P5 2 2 255\n\u{1}\u{2}", "ends too early; expected 4 bytes of pixels, found 2"),
      ("P2 2 2 255 1 2 3", "ends too early; expected the rest of a PGM or PPM file"),
      ("P2 2 2 3 1 2 3 4", "a value of 4; expected at most 3 as in its header"),
      ("P2 2 2 255 1 2 3 300", "a value of 300; expected at most 255 as in its header"),
      ("P2 2 x", "no number at byte 5; expected a PGM or PPM file"),
      ("P5 2 2 65535\n12345678", "values up to 65535 is not supported; at most 255 are"),
      ("P4 8 8 1", "P4 is not supported; P2 and P5 (PGM), P3 and P6 (PPM) are"),
      ("P5 99999999 99999999 255\n", "a picture of 99999999 x 99999999 is not supported; 1 to 67108864 pixels are"),
      ("hello", "no PGM or PPM signature; expected a PGM or PPM file"),
    ])
  func netpbm(text: String, expected: String) throws {
    let path = try scratch.file("a.pgm", Array(text.utf8))
    #expect(message(scratch) { _ = try Picture(pnm: path) } == "a.pgm: " + expected)
  }
}
