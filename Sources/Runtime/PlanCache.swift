import Graphs
import Plans
import Synchronization

/// Plans by what they compute, so that the same computation on other memory is planned once.
///
/// Its size is bounded: the plans that were not asked for the longest are dropped.
public final class PlanCache: Sendable {
  /// A computation: a graph whose sources are numbered in the order in which they appear.
  public struct Key: Hashable, Sendable {
    let nodes: [Node]
    let outputs: [NodeID]

    public init(_ graph: Graph, outputs: [NodeID]) {
      nodes = graph.nodes
      self.outputs = outputs
    }
  }

  private struct State {
    var entries: [Key: (plan: Plan, lastUse: Int)] = [:]
    var nodeCount = 0
    var useCount = 0
    var planCount = 0
  }

  private let largestNodeCount: Int
  private let state = Mutex(State())

  /// - Parameter largestNodeCount: nodes of all graphs together up to which plans are kept.
  public init(largestNodeCount: Int = 1 << 17) { self.largestNodeCount = largestNodeCount }

  /// How many plans were made, because there was none.
  public var planCount: Int { state.withLock { $0.planCount } }

  /// The plan of a computation, made if there is none.
  public func plan(for key: Key, _ make: () throws -> Plan) rethrows -> Plan {
    let known = state.withLock { state in
      state.useCount += 1
      state.entries[key]?.lastUse = state.useCount
      return state.entries[key]?.plan
    }
    if let known { return known }
    let plan = try make()
    state.withLock { state in
      state.planCount += 1
      guard key.nodes.count <= largestNodeCount else { return }
      if state.entries.updateValue((plan, state.useCount), forKey: key) == nil { state.nodeCount += key.nodes.count }
      while state.nodeCount > largestNodeCount,
        let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
      {
        state.entries[oldest] = nil
        state.nodeCount -= oldest.nodes.count
      }
    }
    return plan
  }
}
