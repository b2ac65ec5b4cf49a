import CPURuntime
import Datasets
import Foundation
import Models
import Runtime
import TestSupport
import Training

/// A folder of its own that goes with the value.
final class Scratch {
  let url: URL
  var path: String { url.path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "elbo-training-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}

/// Runs and data so small that training takes no time.
enum Small {
  /// The bits do not depend on how many threads there are.
  static func device() throws -> any Backend { try CPUBackend(threads: 1) }

  /// Pictures of 2 x 3 in which pixels go together.
  static func data(_ count: Int, seed: UInt64 = 1) -> DataSet {
    var generator = SplitMix(seed: seed)
    let bytes = (0..<count).flatMap { _ -> [UInt8] in
      let (left, right) = (generator.next() % 2 == 0, generator.next() % 2 == 0)
      return (0..<6).map { place in
        let level = (place % 3 == 0 ? left : right) ? 200 : 20
        return UInt8(level + Int(generator.next() % 40))
      }
    }
    return DataSet(name: "small", images: DataArray(bytes: bytes, type: .uint8, shape: [count, 2, 3]))
  }

  static var settings: Settings {
    var settings = Settings()
    settings.hidden = [5]
    settings.latent = 2
    settings.batchSize = 4
    settings.learningRate = 0.01
    settings.epochs = 3
    return settings
  }

  /// Ten data to learn from and seven to test with, in files: batches of four end with one of two, and with three.
  static func files(in scratch: Scratch, settings: Settings = Small.settings) throws -> Settings {
    var settings = settings
    settings.data = scratch.path("train.idx")
    settings.test = scratch.path("test.idx")
    try IDX.write(data(10).images, to: settings.data)
    try IDX.write(data(7, seed: 2).images, to: scratch.path("test.idx"))
    return settings
  }

  static func run(_ settings: Settings, at output: String) throws -> Run {
    try Run(settings, on: settings.openData(), device: device(), output: output)
  }

  static func resume(_ path: String) throws -> Run {
    let folder = try RunFolder.open(path)
    return try Run(
      resuming: folder, on: folder.readConfiguration().reopenData(), device: device())
  }
}

extension Metrics {
  /// Without what depends on the clock.
  var timeless: Metrics {
    var metrics = self
    metrics.seconds = 0
    metrics.imagesPerSecond = nil
    metrics.stepsPerSecond = nil
    return metrics
  }
}
