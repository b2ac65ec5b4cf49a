import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.IDX
import enum Elbo.NPY
import enum Elbo.NPZ
import struct Elbo.Picture

/// DATA of every kind as a user brings it along.
@Suite("Data of one's own, as processes")
struct DataCommandTests {
  let program: Executable

  init() throws {
    program = try Executable()
    try program.writeSmallFiles()
  }

  private static let small = [
    "--device", "cpu", "--hidden", "8", "--latent", "2", "--batch-size", "16", "--epochs", "2", "--output", "run",
  ]

  private func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    let url = URL(filePath: program.path(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  /// The small pictures as a folder for each class.
  private func writePictures(_ part: String) throws {
    let images = try IDX.read(program.path("\(part).idx"))
    let labels = try IDX.read(program.path("\(part)-labels.idx")).bytes
    for (index, label) in labels.enumerated() {
      let pixels = Array(images.bytes[index * 64..<(index + 1) * 64])
      let picture = Picture(height: 8, width: 8, channels: 1, pixels: pixels)
      try write("\(part)/shape-\(label)/\(index).png", picture.pngBytes)
    }
  }

  @Test("a folder of pictures trains, is evaluated, classified and gone on with")
  func folder() throws {
    try writePictures("train")
    try writePictures("test")
    let outcome = try program.run(["train", "train", "--test", "test", "--model", "cvae"] + Self.small)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.messages.contains("elbo: data: train, 60 of 8 x 8 to learn from, 20 to test with"))
    for words in [
      "evaluate run --device cpu --json", "classify run --device cpu", "reconstruct run --device cpu --output r.png",
    ] {
      let verb = try program.run(words.split(separator: " ").map(String.init))
      #expect(verb.status == 0, "\(words): \(verb.error)")
    }
    #expect(try program.run("train", "--resume", "run").status == 0)
    // Another picture, and the run no longer knows its data.
    try write(
      "train/shape-0/0.png", Picture(height: 8, width: 8, channels: 1, pixels: .init(repeating: 9, count: 64)).pngBytes)
    let changed = try program.run("evaluate", "run", "--split", "train")
    #expect(changed.status == 1 && changed.error.contains("/train is not what the run was made with"))
  }

  @Test("a table with missing numbers trains and is evaluated; so does an npz file as keras has it")
  func files() throws {
    var text = "length,width,kind\n"
    for row in 0..<40 {
      text +=
        "\(row % 7 == 0 ? "NA" : "\(Double(row) / 10)"),\(Double(row * 37 % 40) / 8),\(row % 2 == 0 ? "a" : "b")\n"
    }
    try write("t.csv", text.utf8)
    let table = try program.run(["train", "t.csv", "--label-column", "kind", "--model", "cvae"] + Self.small)
    #expect(table.status == 0, "\(table.error)")
    let evaluation = try program.run("evaluate", "run", "--device", "cpu", "--json")
    #expect(try Executable.objects(evaluation.output)[0]["count"] as? Int == 40, "\(evaluation.error)")
    let mixture = try program.run(
      "fit", "ppca", "t.csv", "--label-column", "kind", "--latent", "1", "--output", "fit", "--json")
    #expect(mixture.status == 0, "\(mixture.error)")

    let images = try IDX.read(program.path("train.idx"))
    try NPZ.write(["x_train": images, "x_test": images[0..<10]], to: program.path("k.npz"))
    let archive = try program.run(["train", "k.npz", "--output", "other"] + Self.small.dropLast(2))
    #expect(
      archive.messages.contains("elbo: data: k.npz, 60 of 8 x 8 to learn from, 10 to test with"), "\(archive.error)")
  }

  @Test("two gigabytes train in little memory, as they stay in their file")
  func large() throws {
    let count = 699_040
    let shape = "(\(count), 32, 32, 3)"
    var header = Array("{'descr': '|u1', 'fortran_order': False, 'shape': \(shape), }".utf8)
    header += [UInt8](repeating: 0x20, count: 117 - header.count) + [0x0A]
    try write("large.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + header)
    // A file of zeros that takes no place on the disk.
    #expect(truncate(program.path("large.npy"), 128 + count * 3072) == 0)
    var peak = 0
    let words = ["--device", "cpu", "--hidden", "8", "--latent", "2", "--steps", "30", "--batch-size", "64"]
    let outcome = try program.run(["train", "large.npy", "--resident", "never", "--json"] + words) { process, _ in
      let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      peak = line.flatMap { Int($0.split(separator: " ")[1]) } ?? peak
    }
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.messages.contains { $0.contains("699040 of 3 x 32 x 32 to learn from") })
    print("peak of resident memory: \(peak / 1024) MiB")
    #expect(peak > 0 && peak < 500 * 1024)
  }

  @Test(
    "what is wrong with data is said in one line",
    arguments: [
      ("train t.csv --label-column z", "t.csv: no column z for labels; expected one of x, y"),
      ("train ragged.csv", "ragged.csv: 1 cells on line 3; expected 2 as in its first row"),
      ("train train.idx --label-column x", "train.idx: a label column of what is no CSV file is not supported"),
      ("train train.idx --resident never", "train.idx: reading an IDX file by batches is not supported"),
      ("train bad.npz", "bad.npz: the arrays a, b; expected one named images or x"),
      (
        "train wide.npy --likelihood bernoulli --device cpu",
        "element 1 of the data is 7.0, but a Bernoulli likelihood takes [0, 1]"
      ),
      ("train pictures", "pictures/2.png: a picture of 8 x 4 in grey; pictures/1.png has 8 x 8 in grey"),
      (
        "train one.png",
        "one.png: a PNG file as data is not supported; IDX (raw or gz), npy, npz, safetensors, CSV and folders"
      ),
      ("train t.csv --test train.idx", "train.idx: data of shape [8, 8]; t.csv has [2]"),
      ("fit gmm gaps.csv", "datum 1 lacks a number, which only ppca and ppca-mixture fit without"),
      ("train gaps.csv --amortization table --device cpu", "--amortization table takes complete data"),
    ])
  func refusals(words: String, message: String) throws {
    try write("t.csv", "x,y\n1,2\n3,4\n".utf8)
    try write("ragged.csv", "x,y\n1,2\n3\n".utf8)
    try write("gaps.csv", "x,y\n1,2\n3,\n5,6\n7,8\n".utf8)
    let rows = DataArray([Float(0), 7, 1, 1], shape: [2, 2])
    try NPZ.write(["a": rows, "b": rows], to: program.path("bad.npz"))
    try NPY.write(rows, to: program.path("wide.npy"))
    for (name, width) in [("pictures/1.png", 8), ("pictures/2.png", 4), ("one.png", 8)] {
      try write(
        name, Picture(height: 8, width: width, channels: 1, pixels: .init(repeating: 1, count: 8 * width)).pngBytes)
    }
    let outcome = try program.run(words.split(separator: " ").map(String.init))
    #expect([1, 2].contains(outcome.status) && outcome.output.isEmpty, "\(outcome.error)")
    let errors = outcome.messages.filter { $0.hasPrefix("elbo: error: ") }
    #expect(errors.count == 1 && errors[0].contains(message), "\(outcome.error)")
  }

  @Test("fetch says what is there, and what it cannot bring")
  func fetch() throws {
    let refused = try program.run("fetch", "mnist", "--mirror", "http://127.0.0.1:9/", "--data-folder", "d")
    #expect(refused.status == 1 && refused.messages.count == 2, "\(refused.error)")
    #expect(
      refused.messages[1].hasPrefix("elbo: error: train-images-idx3-ubyte.gz: cannot be read: http://127.0.0.1:9/"))
    #expect(try program.run("fetch", "mnst").status == 2)
  }
}
