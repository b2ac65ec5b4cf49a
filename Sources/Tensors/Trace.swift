import Graphs
import Synchronization

/// A graph that grows while tensors are combined, with the memory that its sources stand for.
///
/// A trace lives as long as one tensor of it, and is freed as a whole. Tensors of different traces meet by copying what
/// the smaller trace has into the larger; equal nodes are one there. While a step is captured its trace is `current`
/// and everything meets in it.
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
    let copied = tensors.map { tensor -> NodeID? in
      guard case .node(let trace, let node) = tensor.content, trace !== self else { return nil }
      return copy(node, of: trace)
    }
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

  private func copy(_ node: NodeID, of other: Trace) -> NodeID {
    let foreign = Foreign(trace: other.number, node: node)
    if let known = state.withLock({ $0.copied[foreign] }) { return known }
    let source = other.state.withLock { $0 }
    return state.withLock { state in
      if source.storages.keys.contains(where: { state.storages[$0] == nil }) {
        for id in source.graph.reachable(from: [node]) {
          if case .source(let id) = source.graph[id].op { state.storages[id] = source.storages[id] }
        }
      }
      let name = state.graph.include([node], of: source.graph)[0]
      state.copied[foreign] = name
      return name
    }
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
