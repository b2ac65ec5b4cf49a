import Graphs

/// A plan that cannot be made within a device's limits.
public enum PlanError: Error, Hashable, CustomStringConvertible {
  /// One value alone is larger than the largest piece of memory.
  case valueTooLarge(byteCount: Int, largest: Int)

  public var description: String {
    switch self {
    case .valueTooLarge(let byteCount, let largest):
      "a value of \(byteCount) bytes does not fit into the device's largest piece of memory, \(largest) bytes; "
        + "a smaller batch size makes it smaller"
    }
  }
}

extension Plan {
  /// Plans the computation of `outputs` and of new values for sources.
  ///
  /// Every source is read before it is assigned, whatever the order of the graph. Output `i` of the plan is the region
  /// `.output(i)`, row-major.
  ///
  /// - Parameters:
  ///   - assignments: sources and what they are to hold afterwards, each source at most once.
  ///   - fusing: whether kernels may compute more than one op; the plain plan is the fused one's reference.
  /// - Throws: `PlanError` where a value is too large for the device.
  public init(
    _ graph: Graph, outputs: [NodeID], assignments: [(target: SourceID, value: NodeID)] = [],
    limits: PlanLimits = PlanLimits(), fusing: Bool = true
  ) throws(PlanError) {
    var (graph, outputs, assignments) = (graph, outputs, assignments)
    if fusing {
      var results = outputs + assignments.map(\.value)
      (graph, results) = graph.takingOutRowFactors(results)
      if limits.splitsConcatenations { (graph, results) = graph.distributed(results) }
      assignments = zip(assignments, results[outputs.count...]).map { (target: $0.target, value: $1) }
      outputs = Array(results[..<outputs.count])
    }
    var copied: Set<SourceID> = []
    while true {
      let planner = Planner(graph: graph, outputs: outputs, assignments: assignments, limits: limits, fusing: fusing)
      switch try planner.attempt(copied: copied) {
      case .plan(let plan):
        self = plan
        return
      case .notInPlace(let sources):
        precondition(!sources.subtracting(copied).isEmpty, "kernels wait for one another")
        copied.formUnion(sources)
      }
    }
  }
}
