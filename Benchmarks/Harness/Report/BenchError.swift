/// Why a bench reports no figure.
public enum BenchError: Error, Hashable, Sendable {
  /// Two devices computed other losses from the same weights, data and noise.
  case lossesDiffer(workload: String, step: Int, devices: [String], losses: [Float])
  /// A step's loss is no number.
  case lossNotFinite(workload: String, step: Int, device: String)
  /// A file that is to be compared with is no report.
  case baselineUnreadable(path: String)
  /// An earlier report has none of these workloads on these devices.
  case nothingToCompare
  /// Something is slower or larger than it was; one line each.
  case regressed([String])
  /// The peers are not installed.
  case peersMissing
}

extension BenchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .lossesDiffer(let workload, let step, let devices, let losses):
      "\(workload): the losses of step \(step) differ, "
        + zip(devices, losses).map { "\($0) \($1)" }.joined(separator: " and ")
        + "; a speed of something else is not reported"
    case .lossNotFinite(let workload, let step, let device):
      "\(workload): the loss of step \(step) on \(device) is no number"
    case .baselineUnreadable(let path): "\(path) is no report of 'elbo bench --json'"
    case .nothingToCompare: "the baseline has none of these workloads on these devices in these batch sizes"
    case .regressed(let lines): "worse than the baseline: " + lines.joined(separator: "; ")
    case .peersMissing: "no peers are installed; Benchmarks/Peers/install does it, in the checkout of this program"
    }
  }
}
