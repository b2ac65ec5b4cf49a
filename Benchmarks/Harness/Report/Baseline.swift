import Basics
import FoundationEssentials

/// An earlier report that a new one is held against.
public struct Baseline: Sendable {
  private let report: BenchReport

  /// What became worse, in a line each.
  public struct Regression: Hashable, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Slower than this share of the earlier speed is slower, where it is beyond the noise as well.
  private static let smallestLoss = 0.05

  public init(_ report: BenchReport) { self.report = report }

  /// - Throws: the file system's error where there is no such file, `BenchError.baselineUnreadable` where it is no
  ///   report.
  public init(path: String) throws {
    let data = try Data(contentsOf: URL(filePath: path))
    do {
      report = try JSONDecoder().decode(BenchReport.self, from: data)
    } catch {
      throw BenchError.baselineUnreadable(path: path)
    }
  }

  /// What is worse in a new report, among the results of equal workload, device and batch.
  ///
  /// Speeds are noisy: one has fallen where nine tenths of its blocks are below nine tenths of the earlier ones, and
  /// the medians differ by more than a twentieth. Launches and scratch memory are not noisy: any more is worse.
  ///
  /// - Throws: `BenchError.nothingToCompare` where the reports have no result in common.
  public func regressions(in new: BenchReport) throws -> [Regression] {
    let pairs = new.results.compactMap { now in
      report.results.first { $0.workload == now.workload && $0.device == now.device && $0.batch == now.batch }
        .map { (now: now, then: $0) }
    }
    guard !pairs.isEmpty else { throw BenchError.nothingToCompare }
    return pairs.flatMap { now, then in
      let name = "\(now.workload) on \(now.device), batch \(now.batch):"
      var worse: [Regression] = []
      let (speed, before) = (now.stepsPerSecond, then.stepsPerSecond)
      if speed.p90 < before.p10, speed.median < before.median * (1 - Self.smallestLoss) {
        worse.append(
          Regression(
            description: "\(name) \(short(speed.median)) steps/s after \(short(before.median)), "
              + "\(fixed((1 - speed.median / before.median) * 100, digits: 0))% slower"))
      }
      if now.launchesPerStep > then.launchesPerStep {
        worse.append(Regression(description: "\(name) \(now.launchesPerStep) launches after \(then.launchesPerStep)"))
      }
      if now.arenaBytes > then.arenaBytes {
        worse.append(
          Regression(description: "\(name) \(now.arenaBytes) bytes of scratch memory after \(then.arenaBytes)"))
      }
      return worse
    }
  }
}
