import Datasets
import FoundationEssentials

extension RunFolder {
  /// Appends a line.
  public func append(_ metrics: Metrics) throws {
    try AppendedFile.append(try JSON.encoded(metrics) + [UInt8(ascii: "\n")], to: metricsPath)
  }

  /// All lines, up to one that a crash cut short.
  public func readMetrics() throws -> [Metrics] { try readLines() }

  /// What came of a fit, and its steps.
  func readFit() throws -> (results: FitResults, steps: [FitStep]) {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: resultsPath)))
    return (try JSON.decoded(FitResults.self, from: bytes), try readLines())
  }

  private func readLines<Line: Decodable>() throws -> [Line] {
    guard Paths.exists(metricsPath) else { return [] }
    let lines = try Data(contentsOf: URL(filePath: metricsPath)).split(separator: UInt8(ascii: "\n"))
    var read: [Line] = []
    for line in lines {
      guard let line = try? JSON.decoded(Line.self, from: [UInt8](line)) else { break }
      read.append(line)
    }
    return read
  }

  /// Forgets what was written after a step: the run goes on from there.
  public func dropMetrics(after step: Int) throws {
    let kept = try readMetrics().filter { $0.step <= step }
    try AtomicFile.write(try kept.map { try JSON.encoded($0) + [UInt8(ascii: "\n")] }, to: metricsPath)
  }
}
