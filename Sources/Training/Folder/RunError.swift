/// Why a run could not be made, opened, or gone on with.
public enum RunError: Error, Hashable, Sendable {
  /// There is no run at this path.
  case notARun(path: String, reason: String)
  /// The folder is of a fit of a classical model, which leaves no checkpoints.
  case fitted(path: String, FitKind)
  /// There is one already where a new one should go.
  case exists(path: String)
  /// The folder holds no checkpoint yet.
  case noCheckpoint(path: String)
  /// There is no checkpoint after so many steps.
  case noSuchCheckpoint(path: String, step: Int, steps: [Int])
  /// The checkpoint to go on from is torn, changed or foreign; `wholeStep` has the last one that is whole.
  case damagedCheckpoint(reason: String, wholeStep: Int?)
  /// What a run leaves could not be written; `step` has the last checkpoint.
  case notSaved(path: String, reason: String, step: Int?)
  /// Another process trains in the folder.
  case busy(path: String)
  /// The data are not those that the run was made with.
  case dataChanged(name: String, found: String, expected: String)
  /// The run had nothing to test with.
  case noTestData(String)
  /// The run kept nothing apart to validate with.
  case noValidationData(String)
  /// The model is told classes, and the data have none.
  case noLabels(String)
  /// The model is told numbers, so many, and the data have none or others.
  case noConditions(String, size: Int)
  /// The data have a label that is none of so many classes.
  case unknownClass(String, Int, classes: Int)
  /// The model is shown part of each picture, and numbers are missing in the data.
  case incomplete(String)
  /// There are no data of a class.
  case noSuchClass(String, Int)
  /// The objective, or the gradient, is no finite number any more.
  case diverged(Divergence)
}

/// A step after which a run had no finite numbers.
public struct Divergence: Hashable, Sendable {
  /// Counted from 1.
  public var step: Int
  public var learningRate: Double
  /// Where numbers stopped being finite: the op, its shape and the parameters behind it. nil where nobody looked.
  public var finding: String?
  /// The file of the batch of that step.
  public var batch: String?
  /// The last good checkpoint.
  public var checkpoint: String?

  public init(step: Int, learningRate: Double) {
    self.step = step
    self.learningRate = learningRate
  }
}

extension RunError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notARun(let path, let reason): "\(path) is no run folder: \(reason)"
    case .fitted(let path, let fit):
      "\(path) is a fit of \(fit.rawValue), which has no checkpoint and no epochs; report.html there has all of it"
    case .exists(let path): "\(path) holds a run already; name another --output, or go on with it by --resume"
    case .noCheckpoint(let path): "\(path) holds no checkpoint yet"
    case .noSuchCheckpoint(let path, let step, let steps):
      "\(path) has no checkpoint after step \(step); there are those after "
        + steps.map(String.init).joined(separator: ", ")
    case .damagedCheckpoint(let reason, let wholeStep):
      reason
        + (wholeStep.map { "; the checkpoint after step \($0) is whole, and --from \($0) goes on from there" }
          ?? "; no other checkpoint is whole")
    case .notSaved(let path, let reason, let step):
      reason
        + (step.map { "; the checkpoint after step \($0) is kept: 'elbo train --resume \(path)' goes on from there" }
          ?? "; the run has no checkpoint yet")
    case .busy(let path): "another process trains in \(path)"
    case .dataChanged(let name, let found, let expected):
      "\(name) is not what the run was made with: found \(found), expected \(expected)"
    case .noTestData(let name): "\(name) has no data to test with; --split train takes those that were learned from"
    case .noValidationData(let name): "the run kept none of \(name) apart; 'elbo train --validation N' does"
    case .noLabels(let name):
      "\(name) has no labels, which the model is conditional on; name a file of them by --labels and --test-labels"
    case .noConditions(let name, let size):
      "\(name) has no conditions of \(size) numbers, which the model is told; name a file of them by --conditions"
    case .unknownClass(let name, let label, let classes):
      "\(name) has the label \(label), and the model is told classes from 0 to \(classes - 1)"
    case .incomplete(let name):
      "numbers are missing in \(name), and a model that is shown part of a picture takes complete ones"
    case .noSuchClass(let name, let label): "\(name) has no data of class \(label)"
    case .diverged(let found): found.description
    }
  }
}

extension Divergence: CustomStringConvertible {
  public var description: String {
    var parts = ["the objective or its gradient is no finite number in step \(step)"]
    if let finding { parts[0] += ", first \(finding)" }
    if let batch { parts.append("its batch is in \(batch)") }
    if let checkpoint { parts.append("the last good checkpoint is \(checkpoint)") }
    parts.append("try a learning rate below \(learningRate), --clip 10, or --on-nan rollback")
    return parts.joined(separator: "; ")
  }
}
