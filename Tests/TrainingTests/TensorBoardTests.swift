import Datasets
import Foundation
import Testing

@testable import Training

@Suite("TensorBoard's event files")
struct TensorBoardTests {
  /// `Tests/Goldens/events.py` prints them.
  @Test("records are those of pip's tensorboard, byte for byte")
  func goldens() {
    let time = 1_700_000_000.5
    #expect(
      hexadecimal(TensorBoardEvent(.beginning, at: time).record)
        == "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110")
    #expect(
      hexadecimal(TensorBoardEvent(.restart, step: 301, at: time).record)
        == "100000000000000095fbfe180900002040fc54d94110ad023a020801596f3f79")
    let scalars = TensorBoardEvent(
      .scalars([("train/elbo", -104.25), ("train/kl", 25.1)]), step: 300, at: time + 0.75)
    #expect(
      hexadecimal(scalars.record)
        == "3200000000000000241956ec0900005040fc54d94110ac022a240a110a0a747261696e2f656c626f"
        + "150080d0c20a0f0a08747261696e2f6b6c15cdccc841a3ac4bc9")
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined()
  }

  @Test("a run's lines and pictures are in its file, at their steps")
  func run() throws {
    let scratch = try Scratch()
    let run = try Small.run(Small.files(in: scratch), at: scratch.path("run"))
    // A name after which there is no second.
    try Data().write(to: URL(filePath: run.folder.path + "/events.out.tfevents.\(Int.max).host"))
    _ = try run.train()
    let events = try #require(try EventFiles(in: run.folder).files.first)
    #expect(events[0].version == "brain.Event:2")
    for line in try run.folder.readMetrics() {
      for (tag, value) in [("elbo", line.elbo), ("kl", line.kl), ("imagesPerSecond", line.imagesPerSecond)] {
        let found = events.flatMap { event in
          event.step == line.step ? event.scalars.filter { $0.tag == "\(line.split.rawValue)/\(tag)" } : []
        }
        #expect(found.map(\.value) == (value.map { [Float($0)] } ?? []))
      }
    }
    let last = events.filter { $0.step == run.loop.progress.step }.flatMap(\.pictures)
    #expect(last.map(\.tag) == ["reconstructions", "samples"])
    let path = run.folder.imagesPath + "/reconstructions.png"
    #expect(last[0].png == [UInt8](try Data(contentsOf: URL(filePath: path))))
    let picture = try Picture(png: path)
    #expect(last[0].size == [picture.height, picture.width, picture.channels])
  }

  @Test("a start that goes on voids later steps of earlier files, and what was half written there")
  func goingOn() throws {
    let scratch = try Scratch()
    let settings = try Small.files(in: scratch)
    _ = try Small.run(settings, at: scratch.path("whole")).train()
    let path = scratch.path("run")
    let run = try Small.run(settings, at: path)
    _ = try run.train(shouldStop: { run.loop.progress.epoch == 2 })
    // As a process leaves it that was killed while it wrote, having come beyond its checkpoint.
    let first = try #require(try EventFiles(in: run.folder).paths.first)
    var late = TensorBoardEvent(.scalars([("train/elbo", 0)]), step: run.loop.progress.step + 1).record
    late += late.prefix(20)
    let file = try FileHandle(forWritingTo: URL(filePath: first))
    try file.seekToEnd()
    try file.write(contentsOf: late)
    try file.close()

    _ = try Small.resume(path).train()
    let files = try EventFiles(in: run.folder)
    #expect(files.paths.count == 2)
    #expect(files.files[1].first?.version == "brain.Event:2")
    #expect(files.files[1].first { $0.isRestart }?.step == run.loop.progress.step + 1)
    let whole = try EventFiles(in: RunFolder.open(scratch.path("whole")))
    for tag in ["train/elbo", "test/kl", "samples"] { #expect(files.steps(of: tag) == whole.steps(of: tag)) }
  }
}

/// The event files of a run as TensorBoard reads them.
private struct EventFiles {
  struct Event {
    let step: Int
    let version: String?
    let isRestart: Bool
    var scalars: [(tag: String, value: Float)] = []
    var pictures: [(tag: String, size: [Int], png: [UInt8])] = []

    init?(_ record: [UInt8]) {
      guard let message = ProtobufReader(record) else { return nil }
      step = message.integer(2) ?? 0
      version = message.text(3)
      isRestart = message.message(7)?.integer(1) == 1
      for value in message.message(5)?.messages(1) ?? [] {
        let tag = value.text(1) ?? ""
        if let number = value.float(2) { scalars.append((tag, number)) }
        if let image = value.message(4) {
          pictures.append((tag, [1, 2, 3].compactMap(image.integer), image.bytes(4) ?? []))
        }
      }
    }
  }

  /// In the order of their names.
  let paths: [String]
  /// Each up to a record that is not whole.
  let files: [[Event]]

  init(in folder: RunFolder) throws {
    paths = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("events.out.tfevents.") }.sorted().map { folder.path + "/" + $0 }
    files = try paths.map { path in
      var rest = [UInt8](try Data(contentsOf: URL(filePath: path)))[...]
      var events: [Event] = []
      while rest.count >= 16 {
        let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let record = Array(rest.dropFirst(12).prefix(length))
        guard rest.count >= length + 16, TFRecord.framed(record)[...] == rest.prefix(length + 16) else { break }
        events.append(try #require(Event(record)))
        rest = rest.dropFirst(length + 16)
      }
      return events
    }
  }

  /// The steps at which a tag has something, without what a later start voids.
  func steps(of tag: String) -> [Int] {
    var steps: [Int] = []
    for event in files.joined() {
      if event.isRestart { steps.removeAll { $0 >= event.step } }
      if event.scalars.contains(where: { $0.tag == tag }) || event.pictures.contains(where: { $0.tag == tag }) {
        steps.append(event.step)
      }
    }
    return steps
  }
}
