import Datasets

// What a run does about a step that is not finite.
extension Run {
  /// Finds out what was not finite in a step; where the settings say so, goes back and on with half of the rate.
  ///
  /// - Throws: `RunError.diverged` where the run ends here.
  func recover(from divergence: Divergence, _ report: (Event) throws -> Void) throws {
    let factor = loop.progress.rateFactor / 2
    let examined = examine(divergence)
    guard settings.onNaN == .rollback, rollbacks < Self.mostRollbacks else { throw RunError.diverged(examined) }
    rollbacks += 1
    try goBack()
    try lowerRate(to: factor)
    try folder.dropMetrics(after: loop.progress.step)
    events.restart(after: loop.progress.step)
    try report(.rolledBack(examined, step: loop.progress.step, factor: factor))
  }

  /// After so many the learning rate is a thousandth, and is not what is wrong.
  private static let mostRollbacks = 10

  /// Comes to the same step again from the last checkpoint, by which every number is the same, and looks at it closely.
  private func examine(_ divergence: Divergence) -> Divergence {
    var divergence = divergence
    divergence.checkpoint = (try? folder.readCheckpoint())?.path
    let factor = loop.progress.rateFactor
    do {
      try goBack()
      try writeRate(factor: factor)
      while loop.progress.step < divergence.step - 1 { _ = try loop.advance(to: divergence.step - 1) }
      let fault = try loop.examine()
      divergence.finding = fault.finding
      let path = folder.path + "/failed-batch-step-\(divergence.step).safetensors"
      try Safetensors(tensors: fault.batch).write(to: path)
      divergence.batch = path
    } catch {
      // That the step failed is told in any case; where it cannot be come to again, no more is known.
    }
    return divergence
  }

  /// Goes back to the last checkpoint, or to the beginning.
  private func goBack() throws {
    if let (path, checkpoint) = try folder.readCheckpoint() { return try restore(checkpoint, from: path) }
    try loop.trainer.reset()
    try loop.resume(at: RunProgress())
    try writeRate(factor: 1)
  }
}
