import Datasets
import FoundationEssentials
import Glibc

extension RunFolder {
  /// Checkpoints that are kept besides the best one.
  static let keptCheckpoints = 3

  /// Writes a checkpoint, points `latest` at it, and `best` too where it is; removes what is neither recent nor best.
  ///
  /// - Returns: the file's path.
  @discardableResult
  public func write(_ checkpoint: Checkpoint) throws -> String {
    let name = Self.checkpointName(step: checkpoint.progress.step)
    let file = checkpointsPath + "/" + name
    try checkpoint.write(to: file)
    try link("latest", to: name)
    if checkpoint.progress.best?.step == checkpoint.progress.step { try link("best", to: name) }
    try prune()
    return file
  }

  static func checkpointName(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".safetensors"
  }

  /// The checkpoint that the run goes on from.
  ///
  /// - Throws: `RunError.noCheckpoint`.
  public func latestCheckpoint() throws(RunError) -> String { try checkpoint("latest") }

  /// The checkpoint with the largest objective on the test data, or the latest where none is best.
  ///
  /// - Throws: `RunError.noCheckpoint`.
  public func bestCheckpoint() throws(RunError) -> String {
    Paths.exists(checkpointsPath + "/best") ? try checkpoint("best") : try latestCheckpoint()
  }

  private func checkpoint(_ link: String) throws(RunError) -> String {
    let path = checkpointsPath + "/" + link
    guard Paths.exists(path) else { throw .noCheckpoint(path: self.path) }
    return path
  }

  /// Makes a link, which at every moment points at the old or at the new file.
  private func link(_ name: String, to target: String) throws(DataError) {
    let path = checkpointsPath + "/" + name
    let temporary = checkpointsPath + "/.\(name).\(getpid()).partial"
    unlink(temporary)
    guard symlink(target, temporary) == 0, rename(temporary, path) == 0 else {
      throw .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
  }

  private func prune() throws {
    let best = try? FileManager.default.destinationOfSymbolicLink(atPath: checkpointsPath + "/best")
    let names = try FileManager.default.contentsOfDirectory(atPath: checkpointsPath)
      .filter { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }.sorted()
    for name in names.dropLast(Self.keptCheckpoints) where name != best { unlink(checkpointsPath + "/" + name) }
  }
}
