import Graphs
import Plans
import Synchronization

/// Turns a step's body into plans.
struct StepCapture {
  let source: BatchSource
  let staging: Staging?
  let drawing: Step.Drawing
  let metrics: [String]
  let counters: Variable
  let ring: Variable
  /// The memory behind the sources of every trace.
  private let storages = StorageTable()

  private final class StorageTable {
    var byID: [SourceID: Storage] = [:]
  }

  private struct Captured {
    var graph: Graph
    var assigned: [(target: SourceID, value: NodeID)]
  }

  init(
    source: BatchSource, staging: Staging?, drawing: Step.Drawing, metrics: [String], counters: Variable, ring: Variable
  ) {
    self.source = source
    self.staging = staging
    self.drawing = drawing
    self.metrics = metrics
    self.counters = counters
    self.ring = ring
  }

  func storage(of id: SourceID) -> Storage { storages.byID[id]! }

  /// The plan for batches of one size.
  func plan(batch count: Int, limits: PlanLimits, _ body: (Batch) throws -> [Tensor]) throws -> Plan {
    let first = try capture(count, body)
    let second = try capture(count, body)
    try check(first, second)
    let (graph, values) = first.graph.composed(first.assigned.map(\.value))
    let assignments = zip(first.assigned, values).map { (target: $0.target, value: $1) }
    return try Plan(graph, outputs: [], assignments: assignments, limits: limits)
  }

  private func capture(_ count: Int, _ body: (Batch) throws -> [Tensor]) throws -> Captured {
    let recorder = StepRecorder()
    try recorder.capture {
      let batch = Batch(
        count, of: source, at: counters.tensor, drawing: drawing, staged: staging?.places[count]?.map(\.tensor))
      let values = try body(batch)
      guard values.count == metrics.count else {
        trap("Step", "the body returns \(values.count) metrics and there are \(metrics.count) names")
      }
      record(values)
      counters.assign(
        StepCounters.advanced(counters.tensor, by: count, of: source.count, drawing: drawing))
    }
    let assignments = recorder.assignments
    let nodes = recorder.trace.nodes(of: assignments.map(\.value))
    let graph = recorder.trace.graph
    for id in graph.reachable(from: nodes) {
      if case .source(let source) = graph[id].op { storages.byID[source] = recorder.trace.storage(of: source) }
    }
    for assignment in assignments { storages.byID[assignment.variable.storage.id] = assignment.variable.storage }
    return Captured(
      graph: graph, assigned: zip(assignments, nodes).map { (target: $0.variable.storage.id, value: $1) })
  }

  /// Writes metrics to the ring's next row.
  private func record(_ values: [Tensor]) {
    guard !values.isEmpty else { return }
    let length = ring.shape[0]
    let shape: Shape = [length, values.count]
    let row = Tensor.iota([length, 1], axis: 0, type: .uint32)
    let next = counters.tensor.sliced(5..<6) % Double(length)
    let isNext = (row .== next).cast(to: .float32).broadcast(to: shape)
    let columns = values.map { value -> Tensor in
      guard value.count == 1 else { trap("Step", "a metric has shape \(value.shape) and not one element") }
      return value.reshaped([1, 1]).cast(to: .float32)
    }
    ring.assign(select(isNext, concatenated(columns, axis: 1).broadcast(to: shape), ring.tensor))
  }

  /// Both times the same graph, apart from constants of the host that were made anew with the same contents.
  private func check(_ first: Captured, _ second: Captured) throws {
    guard first.graph.nodes.count == second.graph.nodes.count else {
      throw StepError.notReproducible("\(first.graph.nodes.count) and \(second.graph.nodes.count) ops")
    }
    for (a, b) in zip(first.graph.nodes, second.graph.nodes) where a != b {
      if case .source(let x) = a.op, case .source(let y) = b.op, a.shape == b.shape, a.type == b.type,
        let before = storages.byID[x], let after = storages.byID[y], try before.bytes() == after.bytes()
      {
        continue
      }
      throw StepError.notReproducible("\(a.op.name) of shape \(a.shape)")
    }
    guard first.assigned.map(\.target) == second.assigned.map(\.target),
      first.assigned.map(\.value) == second.assigned.map(\.value)
    else { throw StepError.notReproducible("other variables assigned") }
  }
}
