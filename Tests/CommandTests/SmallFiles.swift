import struct Elbo.DataArray
import enum Elbo.IDX
import enum Elbo.Sprites

extension Executable {
  /// Pictures of 8 x 8 and their labels: `train.idx` (60) and `test.idx` (20), each with `-labels.idx`.
  func writeSmallFiles() throws {
    for (name, count) in [("train", 60), ("test", 20)] {
      let sprites = Sprites.draw(count: count, split: name == "train" ? .train : .test)
      // Every fourth pixel of every fourth row.
      var pixels: [UInt8] = []
      for row in stride(from: 0, to: count * 1024, by: 128) {
        for column in stride(from: 0, to: 32, by: 4) { pixels.append(sprites.images.bytes[row + column]) }
      }
      try IDX.write(DataArray(pixels, shape: [count, 8, 8]), to: path("\(name).idx"))
      let labels = (sprites.labels ?? []).map { UInt8($0) }
      try IDX.write(DataArray(labels), to: path("\(name)-labels.idx"))
    }
  }

  /// Words that train a small model on those files, in well under a second.
  static let training = [
    "train", "train.idx", "--test", "test.idx", "--device", "cpu", "--hidden", "16", "--latent", "3", "--batch-size",
    "16", "--epochs", "2", "--output", "run",
  ]

  /// A folder with the files and a finished run.
  static func withRun() throws -> Executable {
    let program = try Executable()
    try program.writeSmallFiles()
    _ = try program.run(training + ["--quiet"])
    return program
  }
}
