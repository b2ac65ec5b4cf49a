import Datasets
import FoundationEssentials

extension RunFolder {
  /// Appends a line.
  public func append(_ metrics: Metrics) throws {
    try AppendedFile.append(try JSON.encoded(metrics) + [UInt8(ascii: "\n")], to: metricsPath)
  }

  /// All lines, up to one that a crash cut short.
  public func readMetrics() throws -> [Metrics] {
    guard Paths.exists(metricsPath) else { return [] }
    let lines = try Data(contentsOf: URL(filePath: metricsPath)).split(separator: UInt8(ascii: "\n"))
    var metrics: [Metrics] = []
    for line in lines {
      guard let read = try? JSON.decoded(Metrics.self, from: [UInt8](line)) else { break }
      metrics.append(read)
    }
    return metrics
  }

  /// Forgets what was written after a step: the run goes on from there.
  public func dropMetrics(after step: Int) throws {
    let kept = try readMetrics().filter { $0.step <= step }
    try AtomicFile.write(try kept.map { try JSON.encoded($0) + [UInt8(ascii: "\n")] }, to: metricsPath)
  }
}
