import Graphs
import Synchronization

/// What a step that is being captured changes.
public final class StepRecorder: Sendable {
  /// The recorder of the step that is being captured.
  @TaskLocal public static var current: StepRecorder?

  public struct Assignment: Sendable {
    public let variable: Variable
    public let value: Tensor
  }

  /// The trace in which the step's tensors meet.
  public let trace: Trace
  private let recorded = Mutex<(order: [Assignment], values: [SourceID: Tensor])>(([], [:]))
  private let hasPass = Mutex(false)

  public init(trace: Trace = Trace()) { self.trace = trace }

  /// The assignments in the order in which they were made.
  public var assignments: [Assignment] { recorded.withLock { $0.order } }

  /// Runs `body` with this recorder and its trace as the current ones.
  public func capture<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Trace.$current.withValue(trace) { try StepRecorder.$current.withValue(self) { try body() } }
  }

  /// Notes that a pass of training begins, and says whether it is the first one of the step.
  public func beginPass() -> Bool {
    hasPass.withLock { hasPass in
      defer { hasPass = true }
      return !hasPass
    }
  }

  func assigned(to variable: Variable) -> Tensor? { recorded.withLock { $0.values[variable.storage.id] } }

  func assign(_ value: Tensor, to variable: Variable) {
    recorded.withLock { recorded in
      guard recorded.values.updateValue(value, forKey: variable.storage.id) == nil else {
        trap("assign", "a variable of shape \(variable.shape) is assigned twice in one step")
      }
      recorded.order.append(Assignment(variable: variable, value: value))
    }
  }
}
