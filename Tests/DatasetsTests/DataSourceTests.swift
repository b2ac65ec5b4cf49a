import Datasets
import Foundation
import Testing

@Suite("What a name or a path of data stands for")
struct DataSourceTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ name: String, _ array: DataArray) throws -> String {
    let path = try scratch.file(name)
    try FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try IDX.write(array, to: path)
    return path
  }

  private func pictures(_ count: Int) -> DataArray {
    DataArray((0..<count * 4).map { UInt8($0) }, shape: [count, 2, 2])
  }

  /// Puts a small set in MNIST's form into a folder.
  private func writeMNIST(_ folder: String, count: Int) throws {
    for part in ["train", "t10k"] {
      _ = try write("\(folder)/\(part)-images-idx3-ubyte", pictures(count))
      _ = try write("\(folder)/\(part)-labels-idx1-ubyte.gz", DataArray([UInt8](repeating: 1, count: count)))
    }
  }

  @Test("drawn data have train and test parts of their own, and always the same hashes")
  func sprites() throws {
    let source = try DataSource.resolve("sprites", environment: [:])
    #expect(source.train.count == Sprites.trainCount && source.test?.count == Sprites.testCount && source.files.isEmpty)
    let prints = try source.fingerprints()
    #expect(prints.map(\.name) == ["sprites train", "sprites test"])
    #expect(prints.map(\.byteCount) == [Sprites.trainCount * 1028, Sprites.testCount * 1028])
    #expect(try DataSource.resolve("sprites", environment: [:]).fingerprints() == prints)
    #expect(!prints[0].matches(prints[1]))
  }

  @Test("MNIST is looked for in the data folder alone where one is given, else where the environment says")
  func mnist() throws {
    try writeMNIST("variable", count: 2)
    try writeMNIST("folder/mnist", count: 3)
    try writeMNIST("cache/elbo/MNIST/raw", count: 4)
    let environment = ["ELBO_DATA": scratch.path + "/variable", "XDG_CACHE_HOME": scratch.path + "/cache"]
    func count(_ folder: String?, _ environment: [String: String]) throws -> Int {
      let dataFolder = folder.map { scratch.path + "/" + $0 }
      return try DataSource.resolve("mnist", dataFolder: dataFolder, environment: environment).train.count
    }
    #expect(try count(nil, environment) == 2)
    #expect(try count("folder", environment) == 3)
    #expect(try count(nil, ["XDG_CACHE_HOME": scratch.path + "/cache", "ELBO_DATA": ""]) == 4)
    let missing = message(scratch) { _ = try count("cache", environment) }
    #expect(
      missing
        == "mnist: not found; expected train-images-idx3-ubyte, raw or gz, in cache, or below; 'elbo fetch mnist' brings it"
    )
    #expect(DataSource.cacheFolder(environment: ["HOME": "/home/a"]) == "/home/a/.cache/elbo")
    #expect(DataSource.cacheFolder(environment: ["HOME": "", "XDG_CACHE_HOME": "cache"]) == nil)
    #expect(DataSource.cacheFolder(environment: [:]) == nil)
  }

  @Test("IDX files are read with their companions, and known again by their content")
  func files() throws {
    let images = try write("images", pictures(3))
    let labels = try write("labels.gz", DataArray([UInt8(0), 1, 2]))
    let test = try write("test", pictures(2))
    let testLabels = try write("test-labels", DataArray([UInt8(0), 1]))

    let bare = try DataSource.resolve(images, environment: [:])
    #expect(bare.train.images == pictures(3) && bare.train.labels == nil && bare.test == nil)

    let source = try DataSource.resolve(
      images, labels: labels, test: test, testLabels: testLabels, environment: [:])
    #expect(source.train.labels == [0, 1, 2] && source.test?.labels == [0, 1] && source.test?.classCount == 3)
    let real = URL(filePath: scratch.path).resolvingSymlinksInPath().path
    #expect(source.files == ["images", "labels.gz", "test", "test-labels"].map { real + "/" + $0 })
    let prints = try source.fingerprints()
    #expect(prints.map(\.name) == source.files)
    #expect(prints[2].sha256 == SHA256.digits(of: try contents(test)) && prints[2].modified == nil)

    let moved = try Fingerprint(file: scratch.file("copy", contents(images)))
    #expect(moved != prints[0] && moved.matches(prints[0]))
    let stored = try JSONDecoder().decode([Fingerprint].self, from: JSONEncoder().encode(prints))
    #expect(stored == prints)
  }

  @Test("a file over 1 GiB is known by its size, its date and both its ends")
  func largeFile() throws {
    let path = try scratch.file("large", [1, 2, 3])
    let size = (1 << 30) + 1
    #expect(truncate(path, size) == 0)
    let print = try Fingerprint(file: path)
    var ends = [UInt8](repeating: 0, count: 2 << 20)
    ends.replaceSubrange(0..<3, with: [1, 2, 3])
    #expect(print.byteCount == size && print.modified != nil)
    let later = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 77)]
    try FileManager.default.setAttributes(later, ofItemAtPath: path)
    #expect(try Fingerprint(file: path).summary.hasSuffix("…, written 77 s after 1970"))
    #expect(print.sha256 == SHA256.digits(of: ends))
  }

  @Test("what is not read here is refused in one line that names what is")
  func refusals() throws {
    try FileManager.default.createDirectory(atPath: scratch.path + "/empty", withIntermediateDirectories: true)
    func refusal(_ name: String, _ content: [UInt8]?) -> String {
      message(scratch) { _ = try DataSource.resolve(scratch.file(name, content), environment: [:]) }
    }
    let supported =
      "as data is not supported; IDX (raw or gz), npy, npz, safetensors, CSV and folders of PNG, PGM or PPM pictures are"
    #expect(refusal("a", bytes("89504e470d0a1a0a")) == "a: a PNG file \(supported)")
    #expect(refusal("a", bytes("ffd8ffe0")) == "a: a JPEG file \(supported)")
    #expect(refusal("a", Array("GIF89a".utf8)) == "a: a GIF file \(supported)")
    #expect(refusal("a", Array("P5\n2 2 255\n".utf8)) == "a: a netpbm file \(supported)")
    #expect(refusal("a", Array("%PDF-1.7".utf8)) == "a: a PDF file \(supported)")
    #expect(refusal("a", bytes("89484446 0d0a1a0a")) == "a: an HDF5 file \(supported)")
    #expect(refusal("a", Array("PAR1".utf8) + [0]) == "a: a Parquet file \(supported)")
    #expect(refusal("a", bytes("8004951d")) == "a: a Python pickle \(supported)")
    #expect(refusal("a", Array("{\"x\": 1}\n".utf8)) == "a: a text file that is no table \(supported)")
    #expect(refusal("a", bytes("0001ff")) == "a: an unknown format \(supported)")
    #expect(
      refusal("a", bytes("934e554d5059 0100")) == "a: ends too early; expected an npy header of at least 10 bytes")
    #expect(refusal("a", bytes("504b0304")) == "a: ends too early; expected a zip directory at its end")
    #expect(refusal("a", bytes("0200000000000000 7b7d")).hasPrefix("a: no arrays; expected one named images"))
    #expect(refusal("empty/", nil) == "empty/: a folder with no pictures is not supported; PNG, PGM and PPM are")
    let expected =
      "expected a file of IDX, npy, npz, safetensors or CSV, a folder of pictures, or one of the names sprites, rooms, "
      + "geyser, iris, mnist"
    #expect(refusal("a", []) == "a: empty; \(expected)")
    #expect(refusal("sprite", nil) == "sprite: not found; \(expected)")
  }

  @Test("companions that do not fit are refused in one line")
  func companions() throws {
    let images = try write("images", pictures(3))
    let labels = try write("labels", DataArray([UInt8(0), 1, 0]))
    let other = try write("other", DataArray([UInt8](0..<6), shape: [2, 3]))
    #expect(
      message(scratch) { _ = try DataSource.resolve("sprites", labels: "labels", environment: [:]) }
        == "labels: a companion of sprites is not supported; "
        + "sprites has its own labels and test data; companions belong to files")
    #expect(
      message(scratch) { _ = try DataSource.resolve(images, testLabels: labels, environment: [:]) }
        == "data to test with: not found; expected them beside the labels labels")
    #expect(
      message(scratch) { _ = try DataSource.resolve(images, test: other, environment: [:]) }
        == "other: data of shape [3]; images has [2, 2]")
    let wide = try write("wide", DataArray([UInt8(0), 1, 2]))
    #expect(
      message(scratch) {
        _ = try DataSource.resolve(images, labels: labels, test: images, testLabels: wide, environment: [:])
      } == "wide: label 2; expected labels from 0 to 1, or -1 where one is missing")
  }
}
