import Datasets
import Foundation
import Testing

@Suite("Data sets from IDX files")
struct IDXDataSetTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ name: String, _ array: DataArray) throws -> String {
    let path = try scratch.file(name)
    try IDX.write(array, to: path)
    return path
  }

  private var pictures: DataArray { DataArray([UInt8](0..<12), shape: [3, 2, 2]) }

  @Test("pictures with labels, and without")
  func reading() throws {
    let images = try write("images", pictures)
    let bare = try DataSet(name: "a", idxImages: images)
    #expect(bare.images == pictures && bare.labels == nil && bare.classCount == 0)
    #expect(bare.valueRange == 0...255)

    let small = try DataSet(name: "a", idxImages: images, labels: write("labels", DataArray([UInt8(0), 2, 1])))
    #expect(small.labels == [0, 2, 1] && small.classCount == 3)
    let wide = try DataSet(name: "a", idxImages: images, labels: write("wide", DataArray([Int32(0), 1000, 1])))
    #expect(wide.labels == [0, 1000, 1] && wide.classCount == 1001)
  }

  @Test("a label of -1 is missing, and every byte is a class")
  func missingLabels() throws {
    let images = try write("images", pictures)
    func read(_ array: DataArray) throws -> DataSet {
      try DataSet(name: "a", idxImages: images, labels: write("labels", array))
    }
    let set = try read(DataArray([Int32(2), -1, 0]))
    #expect(set.labels == [2, -1, 0] && set.classCount == 3 && set.unlabeledCount == 1)
    let known = try #require(try set.labeled())
    #expect(known.labels == [2, 0] && known.classCount == 3 && known.unlabeledCount == 0)
    #expect(known.images.bytes == set.images[0..<1].bytes + set.images[2..<3].bytes)
    let first = try #require(try set.labeled(first: 1))
    #expect(first.labels == [2] && first.images.bytes == set.images[0..<1].bytes)
    let bytes = try read(DataArray([UInt8(0), 255, 0]))
    #expect(bytes.labels == [0, 255, 0] && bytes.classCount == 256 && bytes.unlabeledCount == 0)
    let none = try read(DataArray([Int32(-1), -1, -1]))
    #expect(none.classCount == 0)
    #expect(try none.labeled() == nil)
  }

  @Test("files that do not belong together are refused in one line")
  func badFiles() throws {
    let images = try write("images", pictures)
    func labels(_ array: DataArray, classCount: Int? = nil) -> String {
      message(scratch) {
        let labels = try write("labels", array)
        _ = try DataSet(name: "a", idxImages: images, labels: labels, classCount: classCount)
      }
    }
    #expect(labels(DataArray([UInt8(0), 1])) == "labels: 2 labels; images has 3 data")
    #expect(labels(pictures) == "labels: shape [3, 2, 2]; expected labels: one dimension")
    #expect(
      labels(DataArray([Int32(0), -2, 0]))
        == "labels: label -2; expected labels from 0 to 65535, or -1 where one is missing")
    #expect(
      labels(DataArray([UInt8(0), 10, 0]), classCount: 10)
        == "labels: label 10; expected labels from 0 to 9, or -1 where one is missing")
    #expect(
      labels(DataArray([Float(0), 1, 2]))
        == "labels: float32 as labels is not supported; whole numbers are")

    func other(_ array: DataArray) -> String {
      message(scratch) { _ = try DataSet(name: "a", idxImages: write("other", array)) }
    }
    #expect(
      other(DataArray([Float(0), 1], shape: [1, 2]))
        == "other: an IDX file of float32 as pictures is not supported; uint8 (element type 08) is")
    #expect(other(DataArray([UInt8(0), 1])) == "other: 1 dimension; expected pictures: count, height, width")
    #expect(other(DataArray([UInt8](), shape: [0, 28, 28])) == "other: empty; expected at least one picture")
  }

  @Test("MNIST is found under any of its files' names", arguments: ["-idx", ".idx"], ["", ".gz"])
  func names(separator: String, ending: String) throws {
    for (part, count) in [("train", 3), ("t10k", 2)] {
      _ = try write("\(part)-images\(separator)3-ubyte\(ending)", pictures[0..<count])
      _ = try write("\(part)-labels\(separator)1-ubyte\(ending)", DataArray([UInt8](0..<UInt8(count))))
    }
    let mnist = try MNIST(in: scratch.path)
    #expect(mnist.train.images == pictures && mnist.train.labels == [0, 1, 2] && mnist.train.classCount == 10)
    #expect(mnist.test.images == pictures[0..<2] && mnist.test.labels == [0, 1])
    #expect(mnist.files.count == 4 && mnist.files[2].hasSuffix("t10k-images\(separator)3-ubyte\(ending)"))
  }

  @Test("what MNIST lacks is named")
  func missing() throws {
    #expect(
      message(scratch) { _ = try MNIST(in: scratch.file("none")) }
        == "none: not found; expected a folder with MNIST's four files")
    #expect(
      message(scratch) { _ = try MNIST(in: scratch.path) }
        == "train-images-idx3-ubyte: not found; expected it or one of "
        + "train-images-idx3-ubyte.gz, train-images.idx3-ubyte, train-images.idx3-ubyte.gz")
    _ = try write("train-images-idx3-ubyte", pictures)
    _ = try write("train-labels-idx1-ubyte", DataArray([UInt8(0), 1, 2]))
    _ = try write("t10k-images-idx3-ubyte", DataArray([UInt8](0..<12), shape: [2, 2, 3]))
    _ = try write("t10k-labels-idx1-ubyte", DataArray([UInt8(0), 1]))
    #expect(
      message(scratch) { _ = try MNIST(in: scratch.path) }
        == "t10k-images-idx3-ubyte: pictures of shape [2, 3]; train-images-idx3-ubyte has [2, 2]")
  }

  @Test("MNIST itself, where ELBO_DATA holds it")
  func published() throws {
    let root = ProcessInfo.processInfo.environment["ELBO_DATA"]
    guard let root, let folder = [root, root + "/mnist"].first(where: hasMNIST) else {
      print("the files of MNIST are not tested: ELBO_DATA names no folder that holds them")
      return
    }
    let mnist = try MNIST(in: folder)
    #expect(mnist.train.images.shape == [60_000, 28, 28] && mnist.test.images.shape == [10_000, 28, 28])
    let labels = try #require(mnist.train.labels)
    // Counted by Python's gzip and collections.Counter.
    let counts = (0..<10).map { digit in labels.count { $0 == digit } }
    #expect(counts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    #expect(mnist.train.images.bytes.reduce(0) { $0 + Int($1) } == 1_567_298_545)
    #expect(mnist.test.images.bytes.reduce(0) { $0 + Int($1) } == 264_923_200)
  }

  private func hasMNIST(_ folder: String) -> Bool {
    ["", ".gz"].contains { FileManager.default.fileExists(atPath: "\(folder)/train-images-idx3-ubyte\($0)") }
  }
}
