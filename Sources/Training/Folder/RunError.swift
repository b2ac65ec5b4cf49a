/// Why a run could not be made, opened, or gone on with.
public enum RunError: Error, Hashable, Sendable {
  /// There is no run at this path.
  case notARun(path: String, reason: String)
  /// There is one already where a new one should go.
  case exists(path: String)
  /// The folder holds no checkpoint yet.
  case noCheckpoint(path: String)
  /// The data are not those that the run was made with.
  case dataChanged(name: String, found: String, expected: String)
  /// The run had nothing to test with.
  case noTestData(String)
  /// The run kept nothing apart to validate with.
  case noValidationData(String)
  /// The model is told classes, and the data have none.
  case noLabels(String)
  /// There are no data of a class.
  case noSuchClass(String, Int)
  /// The objective is no finite number any more.
  case diverged(step: Int, learningRate: Double)
}

extension RunError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notARun(let path, let reason): "\(path) is no run folder: \(reason)"
    case .exists(let path): "\(path) holds a run already; name another --output, or go on with it by --resume"
    case .noCheckpoint(let path): "\(path) holds no checkpoint yet"
    case .dataChanged(let name, let found, let expected):
      "\(name) is not what the run was made with: found \(found), expected \(expected)"
    case .noTestData(let name): "\(name) has no data to test with; --split train takes those that were learned from"
    case .noValidationData(let name): "the run kept none of \(name) apart; 'elbo train --validation N' does"
    case .noLabels(let name):
      "\(name) has no labels, which the model is conditional on; name a file of them by --labels and --test-labels"
    case .noSuchClass(let name, let label): "\(name) has no data of class \(label)"
    case .diverged(let step, let learningRate):
      "the objective is no finite number after step \(step); try a learning rate below \(learningRate), or --clip 10"
    }
  }
}
