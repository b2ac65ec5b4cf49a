import Basics
import Elbo

/// What is shown of a run while it trains: a bar, and a line for each epoch, or the lines of its metrics as JSON.
struct TrainingView {
  private let run: Run
  private let console: Console
  private var bar: ProgressBar
  private var images = 0
  /// The figures of training that wait for those of the test, to stand on one line with them.
  private var waiting: Metrics?

  init(_ run: Run, _ console: Console) {
    self.run = run
    self.console = console
    bar = ProgressBar(console, total: run.totalSteps, completed: run.loop.progress.step)
  }

  mutating func take(_ event: Run.Event) throws {
    switch event {
    case .progress(let images, let loss):
      self.images += images
      bar.update(
        ProgressBar.State(label: label, completed: run.loop.progress.step, loss: loss, images: self.images))
    case .loweredRate(let factor):
      flush()
      console.note("nothing has become better: the learning rate is \(factor) of the schedule's from here on")
    case .rolledBack(let divergence, let step, let factor):
      flush()
      console.warn(
        "step \(divergence.step) was not finite" + (divergence.finding.map { ", first \($0)" } ?? "")
          + (divergence.batch.map { "; its batch is in \($0)" } ?? "")
          + "; back to step \(step), with \(factor) of the learning rate")
    case .metrics(let metrics):
      try console.json(metrics)
      if metrics.split == .train {
        flush()
        waiting = metrics
      } else {
        show(waiting, metrics)
        waiting = nil
      }
    }
  }

  /// Shows what waits, and ends the bar.
  mutating func finish() {
    flush()
    bar.finish()
  }

  private mutating func flush() {
    if let waiting { show(waiting, nil) }
    waiting = nil
  }

  private var label: String {
    let settings = run.configuration.settings
    let progress = run.loop.progress
    guard settings.steps == nil else { return "step \(progress.step)/\(run.totalSteps)" }
    return "epoch \(progress.position == 0 ? progress.epoch : progress.epoch + 1)/\(settings.epochs)"
  }

  private func show(_ train: Metrics?, _ test: Metrics?) {
    guard let first = train ?? test else { return }
    var parts = ["epoch \(first.epoch)"]
    if let train { parts.append("train elbo \(fixed(train.elbo, digits: 2))") }
    if let test { parts.append("\(test.split) elbo \(fixed(test.elbo, digits: 2))") }
    let last = test ?? first
    parts.append(
      "reconstruction \(fixed(last.reconstruction, digits: 2))  kl \(fixed(last.kl, digits: 2))")
    if let speed = train?.imagesPerSecond { parts.append("\(Int(speed.rounded())) images/s") }
    // On a terminal the line would land in the middle of the bar.
    console.status("")
    console.result(parts.joined(separator: "  "))
  }
}
