import Synchronization
import Tensors

/// A pass of training through the layers of a model, by which those that do something else in training know of it.
///
/// ```swift
/// let step = try Step(on: device, over: source, batchSize: 128, seed: 0, metrics: ["loss"]) { batch in
///   Pass.training(batch.noise) {
///     let loss = model.loss(batch.fields[0], noise: batch.noise)
///     minimizer.minimize(loss)
///     return [loss]
///   }
/// }
/// ```
///
/// Outside of a pass a layer evaluates: it draws nothing and changes nothing. In a pass a layer is one function: asked again
/// of the same tensor it gives the same, with the same draws, as an objective needs that takes a likelihood apart in two
/// ways.
public final class Pass: Sendable {
  /// The pass that is under way; nil in evaluation.
  @TaskLocal static var current: Pass?

  private let key: RandomKey
  private let state = Mutex(State())

  private struct State {
    var outputs: [Use: Output] = [:]
    var updates: [(variable: Variable, value: Tensor)] = []
  }

  private struct Use: Hashable {
    let layer: ObjectIdentifier
    /// The input's node in the trace in which the pass takes place.
    let input: Int
  }

  private struct Output {
    let value: Tensor
    /// Kept, so that no other object has its identity while the pass lasts.
    let layer: any AnyObject & Sendable
  }

  private init(_ noise: RandomKey) { key = RandomKey(state: noise.state, domain: .layers, rows: noise.rows) }

  /// Builds a computation in which layers are in training.
  ///
  /// What layers draw depends on the seed, the step and, where the noise is keyed by data, on the datum, and takes nothing
  /// away from the other draws of the noise. What they keep, such as running means, is assigned at the end where a step is
  /// being captured, and else stays as it is. Passes of the same noise draw the same, so a step has one: a second one traps.
  ///
  /// - Parameter noise: a batch's `noise`.
  public static func training<Result>(_ noise: RandomKey, _ body: () throws -> Result) rethrows -> Result {
    guard current == nil else { fatalError("[pass] a pass of training in another one") }
    guard StepRecorder.current?.beginPass() ?? true else { fatalError("[pass] a second pass of training in one step") }
    let pass = Pass(noise)
    // All in one trace, in which the same computation is the same node.
    return try Trace.$current.withValue(Trace.current ?? Trace()) {
      let result = try $current.withValue(pass, operation: body)
      if StepRecorder.current != nil { pass.assignUpdates() }
      return result
    }
  }

  /// What a layer makes of an input, made once.
  func output(of layer: some AnyObject & Sendable, _ x: Tensor, _ make: () -> Tensor) -> Tensor {
    guard let trace = Trace.current else { fatalError("[pass] no trace") }
    let use = Use(layer: ObjectIdentifier(layer), input: trace.nodes(of: [x])[0].index)
    if let known = state.withLock({ $0.outputs[use]?.value }) { return known }
    let output = Output(value: make(), layer: layer)
    state.withLock { $0.outputs[use] = output }
    return output.value
  }

  /// New numbers from (0, 1), by datum where the first extents are those of the data.
  func uniform(_ shape: Shape, type: ElementType) -> Tensor { key.uniform(shape, type: type) }

  /// A variable as the layers so far have left it.
  func value(of variable: Variable) -> Tensor {
    state.withLock { state in state.updates.first { $0.variable === variable }?.value } ?? variable.tensor
  }

  /// Gives a variable a value, which it has after the step.
  func update(_ variable: Variable, to value: Tensor) {
    state.withLock { state in
      if let place = state.updates.firstIndex(where: { $0.variable === variable }) {
        state.updates[place].value = value
      } else {
        state.updates.append((variable, value))
      }
    }
  }

  private func assignUpdates() {
    for (variable, value) in state.withLock({ $0.updates }) { variable.assign(value) }
  }
}
