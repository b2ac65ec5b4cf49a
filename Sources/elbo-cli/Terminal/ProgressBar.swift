import Basics

/// How far a long piece of work is: a bar on a terminal, a line now and then elsewhere, nothing under `--quiet`.
///
///     epoch 3/10 [#########-----------]  45%  loss 106.83  51200 images/s  0:42 left
///
/// It is cheap to update in every step: the line is made at most ten times a second on a terminal, and every ten
/// seconds elsewhere.
struct ProgressBar {
  private let console: Console
  private let total: Int
  private let now: () -> ContinuousClock.Instant
  private let start: ContinuousClock.Instant
  private let first: Int
  private var lastShown: ContinuousClock.Instant?
  private var latest: State

  /// What the line shows.
  struct State: Equatable {
    /// What stands before the bar, such as "epoch 3/10".
    var label = ""
    /// Units of work that are done, of the total.
    var completed = 0
    /// Nats per datum.
    var loss: Double?
    /// Images seen since the bar was made.
    var images = 0
  }

  /// A bar for `total` units of work, `completed` of which were done before, as they are where a run is resumed.
  init(
    _ console: Console, total: Int, completed: Int = 0,
    now: @escaping () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.console = console
    self.total = max(total, 1)
    self.now = now
    start = now()
    first = completed
    latest = State(completed: completed)
    lastShown = console.surface.isTerminal ? nil : start
  }

  /// Takes in how far the work is, and shows it where the last time is long enough ago.
  mutating func update(_ state: State) {
    latest = state
    let time = now()
    let interval: Duration = console.surface.isTerminal ? .milliseconds(100) : .seconds(10)
    if let lastShown, time - lastShown < interval { return }
    lastShown = time
    show(at: time)
  }

  /// Removes the bar from a terminal; elsewhere a last line says how the work ended.
  func finish() {
    if console.surface.isTerminal { console.status("") } else { show(at: now()) }
  }

  private func show(at time: ContinuousClock.Instant) {
    let figures = figures(at: time)
    guard console.surface.isTerminal else {
      console.progress(figures.joined(separator: "  "))
      return
    }
    let text = figures.dropFirst().joined(separator: "  ")
    let label = latest.label.isEmpty ? "" : latest.label + " "
    // One column stays free: writing into the last one moves some terminals to the next line.
    let room = console.surface.width() - 1 - label.count - 2 - 2 - text.count
    let line = room >= 5 ? label + bar(width: min(room, 30)) + "  " + text : label + text
    console.status(room >= 5 ? line : String(line.prefix(console.surface.width() - 1)))
  }

  private var fraction: Double { min(1, Double(latest.completed) / Double(total)) }

  private func bar(width: Int) -> String {
    let filled = Int(fraction * Double(width))
    let done = String(repeating: "#", count: filled)
    return "[" + console.styled(done, .green) + String(repeating: "-", count: width - filled) + "]"
  }

  /// The label, then percentage, loss, images per second and time left, as far as they are known.
  private func figures(at time: ContinuousClock.Instant) -> [String] {
    let seconds = (time - start) / .seconds(1)
    var figures = [latest.label]
    let percent = "\(Int(fraction * 100))%"
    figures.append(String(repeating: " ", count: 4 - percent.count) + percent)
    if let loss = latest.loss { figures.append("loss \(fixed(loss, digits: 2))") }
    if seconds > 0, latest.images > 0 {
      figures.append("\(Int((Double(latest.images) / seconds).rounded())) images/s")
    }
    if latest.completed > first, latest.completed < total {
      let left = seconds * Double(total - latest.completed) / Double(latest.completed - first)
      figures.append("\(Self.clock(left)) left")
    }
    return figures
  }

  /// Hours where there are any, minutes and seconds: `1:02:03`, `0:42`.
  static func clock(_ seconds: Double) -> String {
    let total = Int(min(seconds.rounded(), 1e9))
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + "\(value)" }
    let minutes = total / 60 % 60
    return total >= 3600
      ? "\(total / 3600):\(two(minutes)):\(two(total % 60))" : "\(minutes):\(two(total % 60))"
  }
}
