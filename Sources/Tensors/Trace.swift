import Graphs
import Synchronization

/// A graph that grows while tensors are combined, with the memory that its sources stand for.
///
/// A trace lives as long as one tensor of it, and is freed as a whole. Tensors of different traces meet by copying what
/// the smaller trace has into the larger; equal nodes are one there. While a step is captured its trace is `current`
/// and everything meets in it. A tensor that is kept for long and combined with many others, as a mask is, should be
/// evaluated first: what is still to be computed keeps all that was computed from it.
public final class Trace: Sendable {
  /// The trace in which ops meet while a step is captured.
  @TaskLocal public static var current: Trace?

  private struct State {
    // Nodes stay apart that a planner would see as one, because any tensor may later be differentiated with respect to.
    var graph = Graph(composing: false)
    var storages: [SourceID: Storage] = [:]
    /// Nodes of other traces that were copied, so that using them again costs nothing.
    var copied: [Foreign: NodeID] = [:]
  }

  private struct Foreign: Hashable {
    var trace: UInt64
    var node: NodeID
  }

  private let number: UInt64
  private let state = Mutex(State())

  private static let lastNumber = Atomic<UInt64>(0)

  public init() { number = Self.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue }

  /// The graph as it is now.
  public var graph: Graph { state.withLock { $0.graph } }

  /// The memory behind a source of the graph.
  public func storage(of source: SourceID) -> Storage? { state.withLock { $0.storages[source] } }

  /// The nodes of tensors in this trace, entered if they are not there yet.
  public func nodes(of tensors: [Tensor]) -> [NodeID] { build(from: tensors) { _, nodes in nodes } }

  /// What `body` makes of the graph and the nodes of tensors in it.
  func build<Result: Sendable>(from tensors: [Tensor], _ body: (inout Graph, [NodeID]) -> Result) -> Result {
    // Copied before this trace is locked: two traces that meet from two sides must not wait for each other.
    let copied = copies(of: tensors)
    return state.withLock { state in
      let nodes = zip(tensors, copied).map { tensor, copied in
        switch tensor.content {
        case .node(_, let node): return copied ?? node
        case .constant(let scalar): return state.graph.full(scalar.value, tensor.shape, scalar.type)
        case .realized(let storage):
          state.storages[storage.id] = storage
          return state.graph.source(storage.id, shape: tensor.shape, type: tensor.type)
        }
      }
      return body(&state.graph, nodes)
    }
  }

  /// The nodes here of tensors of other traces, copied in one walk for each trace, in the order of the tensors: what is
  /// traced twice must be numbered the same.
  private func copies(of tensors: [Tensor]) -> [NodeID?] {
    var copied = [NodeID?](repeating: nil, count: tensors.count)
    var missing: [(trace: Trace, places: [Int], nodes: [NodeID])] = []
    for (place, tensor) in tensors.enumerated() {
      guard case .node(let trace, let node) = tensor.content, trace !== self else { continue }
      copied[place] = state.withLock { $0.copied[Foreign(trace: trace.number, node: node)] }
      guard copied[place] == nil else { continue }
      let known = missing.firstIndex { $0.trace === trace }
      if known == nil { missing.append((trace, [], [])) }
      missing[known ?? missing.count - 1].places.append(place)
      missing[known ?? missing.count - 1].nodes.append(node)
    }
    for (trace, places, nodes) in missing {
      for (place, name) in zip(places, copy(nodes, of: trace)) { copied[place] = name }
    }
    return copied
  }

  private func copy(_ nodes: [NodeID], of other: Trace) -> [NodeID] {
    let source = other.state.withLock { $0 }
    return state.withLock { state in
      if source.storages.keys.contains(where: { state.storages[$0] == nil }) {
        for id in source.graph.reachable(from: nodes) {
          if case .source(let id) = source.graph[id].op { state.storages[id] = source.storages[id] }
        }
      }
      let names = state.graph.include(nodes, of: source.graph)
      for (node, name) in zip(nodes, names) { state.copied[Foreign(trace: other.number, node: node)] = name }
      return names
    }
  }

  /// The one trace that all of these tensors are nodes of, if there is one.
  static func common(of tensors: [Tensor]) -> Trace? {
    var common: Trace?
    for tensor in tensors {
      guard case .node(let trace, _) = tensor.content, common == nil || common === trace else { return nil }
      common = trace
    }
    return common
  }

  /// The trace in which an op on tensors takes place: the step's, else the largest of theirs, else a new one.
  static func meeting(_ tensors: [Tensor]) -> Trace {
    if let current { return current }
    var meeting: Trace?
    for tensor in tensors {
      guard case .node(let trace, _) = tensor.content, trace !== meeting else { continue }
      if let known = meeting, known.nodeCount >= trace.nodeCount { continue }
      meeting = trace
    }
    return meeting ?? Trace()
  }

  private var nodeCount: Int { state.withLock { $0.graph.nodes.count } }
}
