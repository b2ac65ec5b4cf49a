import Graphs
import Runtime

/// A tensor with an identity whose value changes: a parameter, a moment, a running mean.
///
/// A captured step reads it as `tensor` and changes it with `assign(_:)`. A tensor computed from a variable outside of a
/// step sees the value at the time it is evaluated.
public final class Variable: Sendable {
  public let shape: Shape
  public let type: ElementType
  /// The variable's memory.
  public let storage: Storage

  /// A variable with this value; one that is still to be computed is computed on the first device that asks for it.
  public init(_ initial: Tensor) {
    shape = initial.shape
    type = initial.type
    if let bytes = try? initial.bytes() {
      self.storage = Storage(bytes: bytes, isVariable: true)
    } else {
      storage = Storage(pending: initial, isVariable: true)
    }
  }

  /// Computes the values that variables begin with and that are still to be computed, all in one plan.
  public static func initialize(_ variables: [Variable], on backend: any Backend) throws {
    let pending = variables.compactMap { variable in variable.storage.pendingValue.map { (variable.storage, $0) } }
    let computed = try evaluate(pending.map(\.1), on: backend)
    // One computation that several variables begin with is one memory, of which one variable may have the original.
    var taken: Set<SourceID> = []
    for ((storage, value), result) in zip(pending, computed) {
      let isFresh = result.storage.map { $0 !== value.storage && taken.insert($0.id).inserted }
      try storage.settle(result, isOwn: isFresh ?? false)
    }
  }

  /// The variable as a tensor: inside a step that has assigned it, what was assigned.
  public var tensor: Tensor {
    StepRecorder.current?.assigned(to: self) ?? Tensor(storage, shape: shape, type: type)
  }

  /// A copy of the value, which later changes leave alone.
  public func value() throws -> Tensor { Tensor(bytes: try storage.bytes(), shape: shape, type: type) }

  /// Replaces the value, outside of a step.
  ///
  /// - Throws: what reading the tensor throws; it must be realized or a constant.
  public func write(_ value: Tensor) throws {
    check(value, "write")
    try storage.write(value.bytes())
  }

  /// Records that the running step gives the variable this value; the variable has it once the step has run.
  public func assign(_ value: Tensor) {
    check(value, "assign")
    guard let recorder = StepRecorder.current else {
      trap("assign", "a variable is assigned inside a step; outside of one, see write(_:)")
    }
    recorder.assign(value, to: self)
  }

  private func check(_ value: Tensor, _ op: String) {
    guard value.shape == shape, value.type == type else {
      trap(op, "a variable of \(type) and shape \(shape) cannot become \(value.type) of shape \(value.shape)")
    }
  }
}
