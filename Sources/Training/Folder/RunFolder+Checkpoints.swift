import Datasets
import FoundationEssentials
import Glibc

extension RunFolder {
  /// Writes a checkpoint, points `latest` at it, and `best` too where it is; removes what is neither recent nor best.
  ///
  /// - Parameter count: checkpoints that are kept besides the best one.
  /// - Returns: the file's path.
  @discardableResult
  public func write(_ checkpoint: Checkpoint, keeping count: Int = 3) throws -> String {
    let name = Self.checkpointName(step: checkpoint.progress.step)
    let file = checkpointsPath + "/" + name
    try checkpoint.write(to: file)
    // `best` first: a process that ends here is followed by one that comes to the same step again.
    if checkpoint.progress.best?.step == checkpoint.progress.step {
      try AtomicFile.link(checkpointsPath + "/best", to: name)
    }
    try AtomicFile.link(checkpointsPath + "/latest", to: name)
    try prune(keeping: count, upTo: checkpoint.progress.step)
    return file
  }

  static func checkpointName(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".safetensors"
  }

  /// The file of the checkpoint after so many steps, whether it is there or not.
  func checkpointPath(step: Int) -> String { checkpointsPath + "/" + Self.checkpointName(step: step) }

  /// The steps after which there are checkpoints, whole or not, the earliest first.
  public func checkpointSteps() throws -> [Int] {
    try FileManager.default.contentsOfDirectory(atPath: checkpointsPath).compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".safetensors") else { return nil }
      return Int(name.dropFirst(5).dropLast(12))
    }.sorted()
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

  /// Reads the checkpoint to go on from, or nil where the run has none yet.
  ///
  /// - Parameter step: the one after so many steps; the latest where nil.
  /// - Throws: `RunError.damagedCheckpoint`, which names the last one that is whole; `RunError.noSuchCheckpoint`.
  public func readCheckpoint(afterStep step: Int? = nil) throws -> (path: String, checkpoint: Checkpoint)? {
    let steps = try checkpointSteps()
    if let step, !steps.contains(step) { throw RunError.noSuchCheckpoint(path: path, step: step, steps: steps) }
    let hasLatest = (try? FileManager.default.destinationOfSymbolicLink(atPath: checkpointsPath + "/latest")) != nil
    guard hasLatest || !steps.isEmpty else { return nil }
    let path = step.map(checkpointPath) ?? (hasLatest ? checkpointsPath + "/latest" : checkpointPath(step: steps.last!))
    do {
      return (path, try Checkpoint(from: path))
    } catch let error as DataError {
      let whole = steps.last { $0 != step && (try? Checkpoint(from: checkpointPath(step: $0))) != nil }
      throw RunError.damagedCheckpoint(reason: error.description, wholeStep: whole)
    }
  }

  /// What a process that was killed left half written.
  func removeTemporaryFiles() {
    for folder in [path, checkpointsPath, imagesPath] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      where AtomicFile.isTemporary(name) { unlink(folder + "/" + name) }
    }
  }

  /// Checkpoints of later steps stay: they are of a course that was left to go on from an earlier one.
  private func prune(keeping count: Int, upTo step: Int) throws {
    let best = try? FileManager.default.destinationOfSymbolicLink(atPath: checkpointsPath + "/best")
    for old in try checkpointSteps().filter({ $0 <= step }).dropLast(count)
    where Self.checkpointName(step: old) != best { unlink(checkpointPath(step: old)) }
  }
}
