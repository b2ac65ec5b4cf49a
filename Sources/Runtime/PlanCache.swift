import Graphs
import Plans

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

  private let plans: RecentValues<Key, Plan>

  /// - Parameter largestNodeCount: nodes of all graphs together up to which plans are kept.
  public init(largestNodeCount: Int = 1 << 17) { plans = RecentValues(largestSize: largestNodeCount) }

  /// How many plans were made, because there was none.
  public var planCount: Int { plans.madeCount }

  /// The plan of a computation, made if there is none.
  public func plan(for key: Key, _ make: () throws -> Plan) rethrows -> Plan {
    try plans.value(for: key, size: { _ in key.nodes.count }, make: make)
  }
}
