/// One workload over several batch sizes: which device is the fastest from where on.
public struct BatchSweep: Hashable, Sendable {
  public let workload: String
  /// From small to large.
  public let batches: [Int]
  /// In the report's order.
  public let devices: [String]
  /// Images a second by device and batch.
  private let speeds: [String: [Int: Double]]

  /// The sweeps of a report: workloads that were run with more than one batch size.
  public static func all(in report: BenchReport) -> [BatchSweep] {
    var names: [String] = []
    for result in report.results where !names.contains(result.workload) { names.append(result.workload) }
    return names.map { name in BatchSweep(name, report.results.filter { $0.workload == name }) }
      .filter { $0.batches.count > 1 }
  }

  init(_ workload: String, _ results: [BenchResult]) {
    self.workload = workload
    batches = Set(results.map(\.batch)).sorted()
    var devices: [String] = []
    var speeds: [String: [Int: Double]] = [:]
    for result in results {
      if !devices.contains(result.device) { devices.append(result.device) }
      speeds[result.device, default: [:]][result.batch] = result.imagesPerSecond
    }
    self.devices = devices
    self.speeds = speeds
  }

  /// Batch and images a second, from small to large batches.
  func curve(of device: String) -> [(batch: Int, speed: Double)] {
    batches.compactMap { batch in speeds[device]?[batch].map { (batch, $0) } }
  }

  /// The fastest device at a batch size.
  private func winner(at batch: Int) -> String? {
    devices.filter { speeds[$0]?[batch] != nil }.max { (speeds[$0]?[batch] ?? 0) < (speeds[$1]?[batch] ?? 0) }
  }

  /// From which batch size on which device is the fastest, in a sentence.
  public var verdict: String {
    let winners = batches.compactMap { batch in winner(at: batch).map { (batch: batch, device: $0) } }
    guard devices.count > 1, let last = winners.last else { return "\(workload): one device alone" }
    // Stretches of batch sizes with one winner.
    var stretches: [(from: Int, to: Int, device: String)] = []
    for (batch, device) in winners {
      if stretches.last?.device == device {
        stretches[stretches.count - 1].to = batch
      } else {
        stretches.append((batch, batch, device))
      }
    }
    guard stretches.count > 1 else { return "\(workload): \(last.device) is the fastest at every batch size" }
    let earlier = stretches.dropLast().map { stretch in
      stretch.from == stretch.to
        ? "\(stretch.device) at \(stretch.from)" : "\(stretch.device) from \(stretch.from) to \(stretch.to)"
    }
    return "\(workload): \(last.device) is the fastest from a batch of \(stretches[stretches.count - 1].from) on, "
      + earlier.joined(separator: ", ")
  }
}
