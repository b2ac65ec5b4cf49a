import Datasets
import FoundationEssentials
import Glibc

/// The events of one start of a run, `events.out.tfevents.*`, which TensorBoard reads while it grows.
///
/// Each start has a file of its own, so that what a process that was killed left half written ends an earlier file and
/// nothing else. A start that goes on from a checkpoint begins with an event by which readers drop what earlier files say
/// of later steps: steps that are trained again are shown once.
struct TensorBoardFile {
  private let folder: RunFolder
  /// Made with the first event.
  private(set) var path: String?
  /// Events that go before the next one.
  private var opening: [TensorBoardEvent]

  /// - Parameter step: the step after which a run goes on; nil of one that begins.
  init(in folder: RunFolder, goingOnAfter step: Int? = nil) {
    self.folder = folder
    opening = [TensorBoardEvent(.beginning)]
    if let step { restart(after: step) }
  }

  /// Voids what was written of steps after this one.
  mutating func restart(after step: Int) { opening.append(TensorBoardEvent(.restart, step: step + 1)) }

  /// Appends an event, after which the file holds all of it.
  mutating func append(_ event: TensorBoardEvent) throws(DataError) {
    let path = path ?? newPath()
    let records = (opening + [event]).flatMap(\.record)
    try AppendedFile.append(records, to: path)
    self.path = path
    opening = []
  }

  private static let prefix = "events.out.tfevents."

  /// Readers take files in the order of their names, which begin with the second: two starts within one are apart.
  private func newPath() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let seconds = names.filter { $0.hasPrefix(Self.prefix) }.compactMap {
      Int($0.dropFirst(Self.prefix.count).prefix { $0 != "." })
    }.filter { $0 < .max }
    let second = max(Int(TensorBoardEvent.now), (seconds.max() ?? 0) + 1)
    return "\(folder.path)/\(Self.prefix)\(second).\(Self.host).\(getpid())"
  }

  /// The machine's name without what a file's name cannot have.
  private static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "host" }
    let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.isEmpty ? "host" : text.replacing("/", with: "-")
  }
}
