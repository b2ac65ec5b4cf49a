import Basics
import Elbo
import OpenCLRuntime

/// What a search for a device's parameters found.
public struct TuningReport: Codable, Hashable, Sendable {
  public var device: String
  public var name: String
  public var driver: String
  /// The best values, by name.
  public var parameters: [String: Int]
  /// Their variant and hash, as checkpoints record them.
  public var kernels: String
  public var trials: [TuningTrial]
  /// The file that the device's next start reads.
  public var path: String

  init(device: DeviceDescription, parameters: [String: Int], kernels: String, trials: [TuningTrial], path: String) {
    self.device = device.id
    name = device.name
    driver = device.driver
    self.parameters = parameters
    self.kernels = kernels
    self.trials = trials
    self.path = path
  }

  /// The report for a reader: a line for each value that was tried.
  public var lines: [String] {
    var table = TextTable(["parameter", ">value", ">GFLOP/s or GB/s", ">speed", "outcome"])
    for trial in trials {
      table.append([
        trial.parameter, "\(trial.value)", trial.rate.map(short) ?? "-",
        trial.speedup.map { fixed($0, digits: 3) } ?? "-",
        trial.outcome.words,
      ])
    }
    return table.lines
  }

  /// Whether the time was enough for every value.
  public var isComplete: Bool { !trials.contains { $0.outcome == .untried } }
}

extension TuningTrial.Outcome {
  fileprivate var words: String {
    switch self {
    case .before: "before"
    case .chosen: "chosen"
    case .notFaster: "not faster"
    case .same: "makes the same kernels"
    case .wrong: "gives other results"
    case .refused: "the device does not take it"
    case .untried: "no time was left"
    }
  }
}
