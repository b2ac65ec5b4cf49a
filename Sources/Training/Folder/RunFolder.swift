import Datasets
import FoundationEssentials
import Glibc

/// The folder that a run leaves.
///
///     config.json      everything needed to repeat the run
///     metrics.jsonl    one object a line
///     events.out.tfevents.*   the same for TensorBoard, and pictures; a file for each start
///     checkpoints/     step-00004690.safetensors; `latest` and `best` are links
///     images/          pictures
///     results.json     the last evaluation
///     report.html      all of it as one page
public struct RunFolder: Hashable, Sendable {
  /// Absolute.
  public let path: String

  public var configurationPath: String { path + "/config.json" }
  public var resultsPath: String { path + "/results.json" }
  public var reportPath: String { path + "/report.html" }
  public var metricsPath: String { path + "/metrics.jsonl" }
  public var checkpointsPath: String { path + "/checkpoints" }
  public var imagesPath: String { path + "/images" }

  private init(_ path: String) { self.path = Paths.absolute(path) }

  /// Makes a folder for a new run; it may be there already where no run is in it.
  ///
  /// - Throws: `RunError.exists`, and `DataError.unwritable` where the system does not let it be made.
  public static func create(at path: String) throws -> RunFolder {
    let folder = RunFolder(path)
    guard !Paths.exists(folder.configurationPath) else { throw RunError.exists(path: path) }
    for part in [folder.path, folder.checkpointsPath, folder.imagesPath] { try Folder.make(part) }
    // Asked now, not when the first epoch is over.
    for part in [folder.path, folder.checkpointsPath, folder.imagesPath] where access(part, W_OK) != 0 {
      throw DataError.unwritable(path: part, reason: String(cString: strerror(errno)))
    }
    return folder
  }

  /// Opens the folder of a run.
  ///
  /// - Throws: `RunError.notARun` where there is none.
  public static func open(_ path: String) throws -> RunFolder {
    let folder = RunFolder(path)
    guard Paths.exists(path) else { throw RunError.notARun(path: path, reason: "there is nothing of that name") }
    guard Paths.isFolder(path) else { throw RunError.notARun(path: path, reason: "it is a file") }
    guard Paths.exists(folder.configurationPath) else {
      throw RunError.notARun(path: path, reason: "it has no config.json")
    }
    return folder
  }

  public func writeConfiguration(_ configuration: RunConfiguration) throws {
    try AtomicFile.write([try JSON.encoded(configuration, pretty: true), [UInt8(ascii: "\n")]], to: configurationPath)
  }

  /// - Throws: `RunError.fitted` where the file is of a fit, and `RunError.notARun` where it says no such thing.
  public func readConfiguration() throws -> RunConfiguration {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: configurationPath)))
    if let fit = try? JSON.decoded(FitRun.Kind.self, from: bytes).fit { throw RunError.fitted(path: path, fit) }
    do {
      return try JSON.decoded(RunConfiguration.self, from: bytes)
    } catch let error as SettingsError {
      throw RunError.notARun(path: path, reason: "in config.json, \(error)")
    } catch {
      throw RunError.notARun(path: path, reason: "config.json is no configuration of a run")
    }
  }

  /// Keeps an evaluation as the run's last one.
  public func writeResults(_ evaluation: Evaluation) throws {
    try AtomicFile.write(
      [try JSON.encoded(evaluation, pretty: true), [UInt8(ascii: "\n")]], to: resultsPath)
  }

  /// The run's last evaluation, where there is one that is understood.
  public func readResults() throws -> Evaluation? {
    guard Paths.exists(resultsPath) else { return nil }
    return try? JSON.decoded(Evaluation.self, from: [UInt8](try Data(contentsOf: URL(filePath: resultsPath))))
  }
}
