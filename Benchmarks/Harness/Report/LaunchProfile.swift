import Basics
import Elbo
import Plans

/// Where the time of a step goes, launch by launch.
public struct LaunchProfile: Hashable, Sendable, Codable {
  public struct Launch: Hashable, Sendable, Codable {
    /// Form and shape of each kernel: `matmul 128x400x784`.
    public var kernels: [String]
    public var seconds: Quantiles
    public var floatingPointOperations: Int
    public var bytesMoved: Int
  }

  public var workload: String
  public var device: String
  public var batch: Int
  public var launches: [Launch]

  /// Profiles so many steps.
  ///
  /// - Throws: what the device throws.
  public init(_ prepared: PreparedWorkload, steps: Int) throws {
    try prepared.run(2)
    let samples = try (0..<steps).map { _ in try prepared.profile() }
    workload = prepared.workload.name
    device = prepared.backend.device.id
    batch = prepared.batchSize
    launches = prepared.plan.launches.enumerated().map { index, launch in
      Launch(
        kernels: launch.kernels.map(\.kernel.description), seconds: Quantiles(samples.map { $0[index] }),
        floatingPointOperations: launch.work.operations, bytesMoved: launch.work.bytesMoved)
    }
  }

  /// The profile for a reader.
  public var lines: [String] {
    let total = launches.reduce(0) { $0 + $1.seconds.median }
    var table = TextTable([">launch", ">us", ">share", ">GFLOP/s", ">GB/s", "kernels"])
    for (number, launch) in launches.enumerated() {
      let seconds = launch.seconds.median
      table.append([
        "\(number)", fixed(seconds * 1e6, digits: 1), fixed(seconds / total * 100, digits: 1) + "%",
        short(Double(launch.floatingPointOperations) / seconds * 1e-9),
        short(Double(launch.bytesMoved) / seconds * 1e-9), Self.summary(launch.kernels),
      ])
    }
    let time = fixed(total * 1e6, digits: 1)
    return ["\(workload) on \(device), batch \(batch): \(time) us in \(launches.count) launches"]
      + table.lines
  }

  /// Equal kernels once, with their number.
  private static func summary(_ kernels: [String]) -> String {
    var counts: [(name: String, count: Int)] = []
    for name in kernels {
      if let known = counts.firstIndex(where: { $0.name == name }) {
        counts[known].count += 1
      } else {
        counts.append((name, 1))
      }
    }
    return counts.map { $0.count == 1 ? $0.name : "\($0.count) x \($0.name)" }.joined(separator: " | ")
  }
}
