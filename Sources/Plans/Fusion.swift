import Graphs

/// What becomes one kernel (or two, where a long reduction is cut): contractions that share an iteration space, and
/// stored values computed at their places; or stored values alone.
struct Unit {
  /// Reductions or matmuls with one iteration space, or one convolution; empty for a map.
  var contractions: [NodeID] = []
  /// Matmuls whose rows the reductions sum up.
  var products: [NodeID] = []
  /// Values written at the contraction's result, or at every place of a map.
  var roots: [Root] = []
  /// Values written at every place of a reduction's input.
  var sideRoots: [Root] = []
  /// Nodes in memory that are read, and whether only ever at the same place as this unit's values.
  var inputs: [NodeID: Bool] = [:]
  var isMerged = false

  /// What may be stored.
  var storeCount: Int { contractions.count + products.count + roots.count + sideRoots.count }

  /// Values that are computed here, where others read them from memory.
  func own(_ roots: [Root]) -> Set<NodeID> { Set(roots.filter { !$0.isCopy }.map(\.node)) }
}

/// Gathers stored values into units, by rule:
/// 1. a value joins the kernel of what it reads at the same place, as its epilogue;
/// 2. matmuls of one shape that a value reads together become one kernel, and so do equal reductions;
/// 3. a value that a reduction reads at every place of its input is written by that reduction;
/// 4. maps over the same places that wait for nothing else run as one;
/// 5. where the device gains by it, matmuls whose rows a reduction sums up are made by that reduction.
struct Fusion {
  let graph: Graph
  let memory: Materialization
  let limits: PlanLimits
  let apart: Set<NodeID>
  var units: [Unit] = []
  /// The units that write a node's memory.
  var producers: [NodeID: [Int]] = [:]

  static let largestProductCount = 4

  /// - Parameter apart: roots that cannot be computed over another value's space; each is a unit of its own.
  init(
    _ graph: Graph, _ memory: Materialization, homes: inout Homes, limits: PlanLimits, fusing: Bool, apart: Set<NodeID>
  ) {
    self.graph = graph
    self.memory = memory
    self.limits = limits
    self.apart = apart
    var copiesInto: [Int: [Root]] = [:]
    for copy in homes.copies { copiesInto[copy.home.memory, default: []].append(copy) }

    for id in memory.live where graph.canonical(id) == id && !memory.isSource(id) {
      if case .concatenate = graph[id].op {
        producers[id] = []
        for input in Set(graph[id].inputs.map(graph.canonical)) where homes.pieces.contains(input) {
          producers[id]! += producers[input] ?? []
        }
        let home = homes.home(of: id)
        let inputs = Set(graph[id].inputs)
        for copy in copiesInto[home.memory] ?? [] where inputs.contains(copy.node) && copy.home.strides == home.strides
        {
          producers[id]!.append(place(copy, fusing))
        }
      } else if memory.isContraction(id) {
        units.append(Unit(contractions: [id], inputs: inputs(ofContraction: id)))
        producers[id] = [units.count - 1]
      } else if memory.isStored[id.index] {
        producers[id] = [place(Root(node: id, home: homes.home(of: id)), fusing)]
      }
    }
    for copy in homes.copies where !isPieceOfWhole(copy, homes) { _ = place(copy, fusing) }
    if fusing { mergeNeighbours() }
  }

  private func isPieceOfWhole(_ copy: Root, _ homes: Homes) -> Bool {
    homes.home.contains { id, home in
      guard home.memory == copy.home.memory, case .concatenate = graph[id].op else { return false }
      return graph[id].inputs.contains(copy.node) && home.strides == copy.home.strides
    }
  }

  // MARK: Reading

  private func neighbours(ofValue id: NodeID) -> Set<Materialization.Neighbour> {
    let canonical = graph.canonical(id)
    return memory.hasMemory(canonical)
      ? [Materialization.Neighbour(node: canonical, atSamePlace: true)] : memory.frontier(of: canonical)
  }

  private func inputs(ofContraction id: NodeID) -> [NodeID: Bool] {
    var result: [NodeID: Bool] = [:]
    if case .reduce = graph[id].op {
      for neighbour in neighbours(ofValue: graph[id].inputs[0]) {
        result[neighbour.node] = (result[neighbour.node] ?? true) && neighbour.atSamePlace
      }
    } else {
      for neighbour in memory.frontier(of: id) { result[neighbour.node] = false }
    }
    return result
  }

  /// Whether unit `a` waits, by any way, for unit `b`; `skipping` names nodes whose reading by `a` itself is no reason.
  func unit(_ a: Int, waitsFor b: Int, skipping: Set<NodeID> = []) -> Bool {
    let first = units[a].inputs.keys.filter { !skipping.contains($0) }
    return anyUnit(from: first, is: b)
  }

  private func anyUnit(from nodes: [NodeID], is target: Int) -> Bool {
    var stack = nodes.flatMap { producers[$0] ?? [] }
    var seen = Set(stack)
    while let next = stack.popLast() {
      if next == target { return true }
      for node in units[next].inputs.keys {
        for producer in producers[node] ?? [] where seen.insert(producer).inserted { stack.append(producer) }
      }
    }
    return false
  }

  // MARK: Placing a value

  private mutating func place(_ root: Root, _ fusing: Bool) -> Int {
    let neighbours = root.isCopy ? neighbours(ofValue: root.node) : memory.frontier(of: root.node)
    if fusing, !apart.contains(root.node), let host = host(for: root, neighbours) {
      attach(root, neighbours, to: host)
      return host
    }
    var unit = Unit(roots: [root])
    for neighbour in neighbours {
      unit.inputs[neighbour.node] = (unit.inputs[neighbour.node] ?? true) && neighbour.atSamePlace
    }
    units.append(unit)
    return units.count - 1
  }

  private mutating func attach(_ root: Root, _ neighbours: Set<Materialization.Neighbour>, to host: Int) {
    let own = values(of: host)
    units[host].roots.append(root)
    for neighbour in neighbours where !own.contains(neighbour.node) {
      units[host].inputs[neighbour.node] = (units[host].inputs[neighbour.node] ?? true) && neighbour.atSamePlace
    }
  }

  /// The nodes whose value is at hand at each place of a unit's result.
  func values(of unit: Int) -> Set<NodeID> {
    units[unit].own(units[unit].roots).union(units[unit].contractions)
  }

  func count(of unit: Int) -> Int {
    graph.shape(units[unit].contractions.first ?? units[unit].roots[0].node).elementCount
  }

  private mutating func host(for root: Root, _ neighbours: Set<Materialization.Neighbour>) -> Int? {
    let size = graph.shape(root.node).elementCount
    var candidates: [Int] = []
    for neighbour in neighbours where neighbour.atSamePlace {
      if case .concatenate = graph[neighbour.node].op { continue }
      for unit in producers[neighbour.node] ?? [] where count(of: unit) == size && !candidates.contains(unit) {
        if values(of: unit).contains(neighbour.node), !isApart(unit) { candidates.append(unit) }
      }
    }
    candidates.sort { latest(in: $0) > latest(in: $1) }
    guard let host = candidates.first else { return nil }
    for other in candidates.dropFirst() where canMerge(host, other) { merge(other, into: host) }

    let own = values(of: host)
    for neighbour in neighbours {
      if own.contains(neighbour.node) {
        if !neighbour.atSamePlace { return nil }
      } else if anyUnit(from: [neighbour.node], is: host) {
        return nil
      }
    }
    let arguments = Set(units[host].inputs.keys).union(neighbours.map(\.node))
    return arguments.count + units[host].roots.count + 2 <= limits.argumentCount ? host : nil
  }

  /// The last that a unit can start: what joins it then makes no other wait.
  private func latest(in unit: Int) -> (depth: Int, node: NodeID) {
    let nodes = units[unit].contractions + units[unit].roots.map(\.node)
    return nodes.map { (memory.depth[$0.index], $0) }.max { $0 < $1 }!
  }
}
