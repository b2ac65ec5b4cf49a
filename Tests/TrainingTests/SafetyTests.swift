import Datasets
import Foundation
import Testing

@testable import Training

@Suite("What a run survives")
struct SafetyTests {
  let scratch: Scratch
  let settings: Settings

  init() throws {
    scratch = try Scratch()
    settings = try Small.files(in: scratch)
  }

  private func finished(_ change: (inout Settings) -> Void = { _ in }) throws -> RunFolder {
    var settings = settings
    change(&settings)
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    return run.folder
  }

  private func resume(_ folder: RunFolder, from step: Int? = nil) throws -> Run {
    try Run(
      resuming: folder, fromStep: step, on: folder.readConfiguration().reopenData(), device: Small.device())
  }

  /// What a disk or a copy may make of a file.
  enum Damage: CaseIterable {
    case truncated, changedNumber, changedCounters, foreign, empty

    func apply(to path: String) throws {
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      switch self {
      case .truncated: bytes.removeLast(9)
      case .changedNumber: bytes[bytes.count - 5] ^= 1
      case .changedCounters:
        let text = Array("judgedSinceBest".utf8)
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: text) })
        bytes[place] = UInt8(ascii: "k")
      case .foreign:
        try Safetensors(tensors: ["a": DataArray([Float(1)])]).write(to: path)
        return
      case .empty: bytes = []
      }
      try Data(bytes).write(to: URL(filePath: path))
    }
  }

  @Test(
    "a damaged checkpoint is refused, the last whole one is named, and going on from it is exact",
    arguments: Damage.allCases)
  func damage(_ damage: Damage) throws {
    let folder = try finished()
    let whole = try Checkpoint(from: folder.latestCheckpoint())
    try damage.apply(to: folder.checkpointPath(step: 9))
    let error = #expect(throws: RunError.self) { try resume(folder) }
    guard case .damagedCheckpoint(let reason, let step) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.hasPrefix(folder.checkpointsPath + "/latest: "))
    #expect(step == 6)
    #expect(error.map { "\($0)" }?.contains("--from 6 goes on from there") == true)

    let run = try resume(folder, from: 6)
    #expect(try folder.readMetrics().map(\.step) == [3, 3, 6, 6])
    #expect(try run.train() == .finished)
    let again = try Checkpoint(from: folder.latestCheckpoint())
    #expect(again.parameters == whole.parameters && again.optimizer == whole.optimizer)
    #expect(throws: RunError.noSuchCheckpoint(path: folder.path, step: 5, steps: [3, 6, 9])) {
      try resume(folder, from: 5)
    }
  }

  @Test("going on from an earlier checkpoint does not lose it to later ones")
  func pruning() throws {
    let folder = try finished()
    let run = try resume(folder, from: 3)
    run.loop.largestChunk = 1
    _ = try run.train(shouldStop: { run.loop.progress.step >= 4 })
    #expect(try folder.checkpointSteps() == [3, 4, 6, 9])
    #expect(try Checkpoint(from: folder.latestCheckpoint()).progress.step == 4)
  }

  @Test("as many checkpoints are kept as asked, and the best")
  func keeping() throws {
    let folder = try finished { $0.keep = 1 }
    let best = try #require(try Checkpoint(from: folder.latestCheckpoint()).progress.best?.step)
    #expect(try folder.checkpointSteps() == Set([best, 9]).sorted())
  }

  @Test("a run without a checkpoint begins anew")
  func noCheckpoint() throws {
    let folder = try finished()
    let whole = try Checkpoint(from: folder.latestCheckpoint()).parameters
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.checkpointsPath) {
      try FileManager.default.removeItem(atPath: folder.checkpointsPath + "/" + name)
    }
    try Data().write(to: URL(filePath: folder.checkpointsPath + "/.step-00000003.safetensors.7.8.partial"))
    let run = try resume(folder)
    #expect(run.loop.progress.step == 0)
    #expect(try folder.readMetrics().isEmpty)
    _ = try run.train()
    #expect(try Checkpoint(from: folder.latestCheckpoint()).parameters == whole)
    #expect(
      try !FileManager.default.contentsOfDirectory(atPath: folder.checkpointsPath).contains { $0.hasSuffix(".partial") }
    )
  }

  @Test("pictures and the report that are missing are made on the next start")
  func missingPictures() throws {
    let folder = try finished()
    let picture = try Data(contentsOf: URL(filePath: folder.imagesPath + "/samples.png"))
    try FileManager.default.removeItem(atPath: folder.imagesPath + "/samples.png")
    try FileManager.default.removeItem(atPath: folder.reportPath)
    try resume(folder).writeMissing()
    #expect(try Data(contentsOf: URL(filePath: folder.imagesPath + "/samples.png")) == picture)
    #expect(FileManager.default.fileExists(atPath: folder.reportPath))
  }

  @Test("two do not train in one folder, and the second changes nothing")
  func lock() throws {
    let folder = try finished()
    func contents() throws -> [Data] {
      try [folder.configurationPath, folder.metricsPath].map { try Data(contentsOf: URL(filePath: $0)) }
    }
    let before = try contents()
    let lock = try folder.lock()
    #expect(throws: RunError.busy(path: folder.path)) {
      try Run(
        resuming: folder, fromStep: 3, onNaN: .rollback, on: folder.readConfiguration().reopenData(),
        device: Small.device())
    }
    #expect(try contents() == before)
    withExtendedLifetime(lock) {}
  }

  @Test("a run that was opened to go on keeps others out until it has trained")
  func held() throws {
    let folder = try finished()
    let run = try resume(folder, from: 6)
    #expect(throws: RunError.busy(path: folder.path)) { try resume(folder) }
    #expect(try run.train() == .finished)
    #expect(try resume(folder).isFinished)
  }
}
