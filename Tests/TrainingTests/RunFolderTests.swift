import Datasets
import Foundation
import Testing

@testable import Training

@Suite("Run folders")
struct RunFolderTests {
  let scratch: Scratch
  let folder: RunFolder

  init() throws {
    scratch = try Scratch()
    folder = try RunFolder.create(at: scratch.path("deep/run"))
  }

  private func checkpoint(step: Int, best: Int? = nil) -> Checkpoint {
    var progress = RunProgress()
    progress.step = step
    progress.best = best.map { RunProgress.Best(step: $0, objective: -1) }
    return Checkpoint(
      parameters: ["encoder.layers.0.weight": DataArray([1, 2, 3, 4, 5, Float(step)], shape: [2, 3])],
      optimizer: ["step": DataArray([Int32(step)])], progress: progress, configuration: configuration)
  }

  private var configuration: RunConfiguration {
    RunConfiguration(
      settings: Settings(), data: [], shape: [2, 3],
      machine: RunConfiguration.Machine(
        .init(
          id: "cpu", name: "a", vendor: "b", driver: "c", kind: .cpu, memoryByteCount: 1, computeUnits: 1,
          supportsFloat64: true)))
  }

  private func metrics(step: Int) -> Metrics {
    Metrics(
      step: step, epoch: 1, split: .train, elbo: -1, reconstruction: -0.75, kl: 0.25, objective: -1, beta: 1,
      seconds: 0.1)
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.checkpointsPath).sorted()
  }

  private func target(_ link: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: folder.checkpointsPath + "/" + link)
  }

  @Test("a run is not written over, and a folder without one is taken")
  func creation() throws {
    #expect(throws: Never.self) { try RunFolder.create(at: folder.path) }
    try folder.writeConfiguration(configuration)
    #expect(throws: RunError.exists(path: folder.path)) { try RunFolder.create(at: folder.path) }
    #expect(try RunFolder.open(folder.path).readConfiguration() == configuration)
  }

  @Test("a folder that cannot be made is said to be so")
  func unwritable() throws {
    try Data().write(to: scratch.url.appending(path: "file"))
    #expect(throws: DataError.self) { try RunFolder.create(at: scratch.path("file/run")) }
  }

  @Test("what lies above a link is above what it points at")
  func linksOnTheWay() throws {
    try FileManager.default.createDirectory(atPath: scratch.path("there/inner"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link"), withDestinationPath: scratch.path("there/inner"))
    try Data("x".utf8).write(to: URL(filePath: scratch.path("there/a.csv")))
    #expect(try Data(contentsOf: URL(filePath: Paths.absolute(scratch.path("link/../a.csv")))) == Data("x".utf8))
    // A link by itself keeps its name, and so does what is not there.
    #expect(Paths.absolute(scratch.path("./link//b.csv")) == scratch.path("link/b.csv"))
    #expect(Paths.absolute(scratch.path("none/../run")) == scratch.path("run"))
    #expect(Paths.absolute("/../a") == "/a")
  }

  @Test("the best line is the one with the largest objective, as the best checkpoint is")
  func best() throws {
    try folder.writeConfiguration(configuration)
    for (step, elbo, objective) in [(1, -3.0, -1.0), (2, -2, -1.5), (3, -1, -.infinity), (4, -4, -2)] {
      var line = metrics(step: step)
      (line.split, line.elbo, line.objective) = (.test, elbo, objective)
      try folder.append(line)
    }
    let summary = try RunSummary(folder, named: "run")
    #expect(summary.bestStep == 1 && summary.bestElbo == -3 && summary.lastElbo == -4)
    #expect(try Comparison([folder, folder]).html().contains("<td>-3</td><td>1</td><td>-4</td>"))
  }

  @Test("what is no run is told from one")
  func opening() throws {
    try Data().write(to: scratch.url.appending(path: "file"))
    for name in ["nothing", "file", "deep"] {
      let error = #expect(throws: RunError.self) { try RunFolder.open(scratch.path(name)) }
      #expect(error.map { "\($0)" }?.hasPrefix("\(scratch.path(name)) is no run folder") == true)
    }
    try Data(#"{"epochs": 0}"#.utf8).write(to: URL(filePath: folder.configurationPath))
    let error = #expect(throws: RunError.self) { try folder.readConfiguration() }
    #expect(error.map { "\($0)" }?.contains("epochs takes a positive integer, not '0'") == true)
  }

  @Test("a checkpoint is read back, and is safetensors with the counters as JSON")
  func roundTrip() throws {
    let checkpoint = checkpoint(step: 4690)
    let path = try folder.write(checkpoint)
    #expect(path == folder.checkpointsPath + "/step-00004690.safetensors")
    #expect(try Checkpoint(from: path) == checkpoint)
    let file = try Safetensors.read(path)
    #expect(file.tensors.keys.sorted() == ["encoder.layers.0.weight", "optimizer.step"])
    #expect(file.metadata["format"] == "pt")
    #expect(file.metadata["counters"]?.contains("\"step\":4690") == true)
    #expect(file.metadata["configuration"]?.contains("\"batchSize\":128") == true)
  }

  @Test("links follow the latest and the best; old checkpoints go, the best one stays")
  func links() throws {
    #expect(throws: RunError.noCheckpoint(path: folder.path)) { try folder.latestCheckpoint() }
    for step in 1...6 { try folder.write(checkpoint(step: step, best: min(step, 2))) }
    #expect(
      try names() == [
        "best", "latest", "step-00000002.safetensors", "step-00000004.safetensors", "step-00000005.safetensors",
        "step-00000006.safetensors",
      ])
    #expect(try target("latest") == "step-00000006.safetensors")
    #expect(try target("best") == "step-00000002.safetensors")
    #expect(try Checkpoint(from: folder.bestCheckpoint()).progress.step == 2)
  }

  @Test("safetensors of something else are no checkpoint")
  func foreign() throws {
    let path = scratch.path("other.safetensors")
    try Safetensors(tensors: ["a": DataArray([Float(1)])]).write(to: path)
    #expect(throws: DataError.self) { try Checkpoint(from: path) }
    try Safetensors(tensors: [:], metadata: ["counters": "{}", "configuration": "[]"]).write(to: path)
    #expect(throws: DataError.self) { try Checkpoint(from: path) }
  }

  @Test("metrics are lines; a torn one and those after a step are dropped")
  func metrics() throws {
    for step in 1...4 { try folder.append(metrics(step: step)) }
    let handle = try FileHandle(forWritingTo: URL(filePath: folder.metricsPath))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"beta":1,"el"#.utf8))
    try handle.close()
    #expect(try folder.readMetrics().map(\.step) == [1, 2, 3, 4])
    try folder.dropMetrics(after: 2)
    let text = try String(contentsOfFile: folder.metricsPath, encoding: .utf8)
    #expect(
      text
        == [1, 2].map {
          #"{"beta":1,"elbo":-1,"epoch":1,"kl":0.25,"objective":-1,"reconstruction":-0.75,"seconds":0.1,"#
            + "\"split\":\"train\",\"step\":\($0)}\n"
        }.joined())
  }

  @Test("a figure that is no number is still JSON")
  func notFinite() throws {
    var line = metrics(step: 1)
    line.elbo = -.infinity
    try folder.append(line)
    #expect(try folder.readMetrics() == [line])
  }
}
