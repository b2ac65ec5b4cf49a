import Graphs

/// Which nodes have memory. All others are computed where they are read.
///
/// Nodes are named by their canonical node (below reshapes and `stopGradient`). Memory is given to
/// - what a caller asked for, and what contractions, gathers and random draws read by address;
/// - values read by several kernels, next to the contraction that they come from;
/// - dear values that several kernels, or many places of one, would compute again.
struct Materialization {
  let graph: Graph
  let live: [NodeID]
  /// Consumers of each canonical node, by canonical node; a result has no consumer.
  private(set) var consumers: [[NodeID]]
  private(set) var isStored: [Bool]
  /// What computing a virtual value costs at one place, in units of an addition.
  private var cost: [Int]
  /// Places in memory that computing a virtual value reads, at most.
  private var reads: [Int]
  /// Contractions that a node depends on in any way, as a bit set over `contractionNumber`.
  private var ancestors: [NodeID: [UInt64]] = [:]
  private var contractionNumber: [NodeID: Int] = [:]
  /// How many contractions come one after the other up to a node, itself among them.
  private(set) var depth: [Int]

  /// Above these a value computed twice costs more than a store and a load.
  private static let dearCost = 24
  private static let largestCost = 200
  private let largestReads: Int

  init(_ graph: Graph, results: [NodeID], also forced: Set<NodeID>, limits: PlanLimits, fusing: Bool) {
    self.graph = graph
    largestReads = min(12, limits.argumentCount - 3)
    live = graph.reachable(from: results)
    let count = graph.nodes.count
    consumers = [[NodeID]](repeating: [], count: count)
    isStored = [Bool](repeating: false, count: count)
    cost = [Int](repeating: 0, count: count)
    reads = [Int](repeating: 0, count: count)
    depth = [Int](repeating: 0, count: count)
    for id in live {
      depth[id.index] =
        graph[id].inputs.reduce(0) { max($0, depth[$1.index]) } + (graph[id].op.kind == .contraction ? 1 : 0)
    }

    collectConsumers()
    for result in results { store(result) }
    for node in forced { store(node) }
    for id in live { storeWhatIsAddressed(by: id) }
    if fusing {
      numberContractions()
      for id in live where graph.canonical(id) == id { decide(id) }
    } else {
      for id in live where graph[id].op.kind == .elementwise || graph[id].op.kind == .gather || isRandom(id) {
        store(id)
      }
    }
  }

  /// Whether a canonical node's value lies in memory before a kernel reads it: a source, or stored by another kernel.
  func hasMemory(_ id: NodeID) -> Bool {
    isStored[id.index] || isSource(id) || isContraction(id)
  }

  func isSource(_ id: NodeID) -> Bool {
    if case .source = graph[id].op { return true }
    return false
  }

  func isContraction(_ id: NodeID) -> Bool { graph[id].op.kind == .contraction }

  private func isRandom(_ id: NodeID) -> Bool {
    if case .random = graph[id].op { return true }
    return false
  }

  private mutating func store(_ id: NodeID) {
    let id = graph.canonical(id)
    if !isSource(id) { isStored[id.index] = true }
  }

  private mutating func collectConsumers() {
    for id in live where graph.canonical(id) == id {
      for input in Set(graph[id].inputs.map(graph.canonical)) { consumers[input.index].append(id) }
    }
  }

  // MARK: What is read by address

  private mutating func storeWhatIsAddressed(by id: NodeID) {
    let node = graph[id]
    switch node.op {
    case .matmul:
      for input in node.inputs { storeOperand(input, if: view(of: input).map { isMatrix($0, of: graph.shape(input)) }) }
    case .convolution, .convolutionInputGradient, .convolutionFilterGradient:
      for input in node.inputs { storeOperand(input, if: view(of: input).map { isContiguous($0, graph.shape(input)) }) }
    case .gather:
      store(node.inputs[1])
      storeOperand(node.inputs[0], if: view(of: node.inputs[0]).map { _ in true })
    case .random:
      storeOperand(node.inputs[0], if: view(of: node.inputs[0]).map { isContiguous($0, [3]) })
      if node.inputs.count > 1 { store(node.inputs[1]) }
    case .concatenate:
      store(id)
    default: break
    }
  }

  /// Stores what an operand is a view of if the view fits, or else the operand itself.
  private mutating func storeOperand(_ id: NodeID, if fits: Bool?) {
    if fits == true, let base = view(of: id)?.base, isSource(base) || graph[base].op.kind != .source {
      store(base)
    } else {
      store(id)
    }
  }

  /// Whether a view's elements lie in row-major order, side by side.
  func isContiguous(_ view: StridedView, _ shape: Shape) -> Bool {
    let strides = shape.strides
    return shape.dimensions.indices.allSatisfy { shape[$0] == 1 || view.strides[$0] == strides[$0] }
  }

  /// A node as strides over memory, where it is that.
  func view(of id: NodeID) -> StridedView? {
    graph.stridedView(id) { node in
      let node = graph.canonical(node)
      return isStored[node.index] || isSource(node)
    }
  }

  /// Whether strides let a matmul read a matrix: neighbours in a row or in a column lie side by side.
  func isMatrix(_ view: StridedView, of shape: Shape) -> Bool {
    let (row, column) = (shape.rank - 2, shape.rank - 1)
    func isUnit(_ axis: Int) -> Bool { shape[axis] == 1 || view.strides[axis] == 1 }
    func spans(_ axis: Int, _ other: Int) -> Bool { shape[axis] == 1 || view.strides[axis] >= shape[other] }
    return (isUnit(column) && spans(row, column) || isUnit(row) && spans(column, row))
      && batchStride(view, of: shape) != nil
  }

  /// The one stride by which a matrix view's leading dimensions advance together, or nil.
  func batchStride(_ view: StridedView, of shape: Shape) -> Int? {
    var stride: Int?
    var extent = 1
    for axis in (0..<shape.rank - 2).reversed() where shape[axis] > 1 {
      if let known = stride, view.strides[axis] != known * extent { return nil }
      stride = stride ?? view.strides[axis]
      extent *= shape[axis]
    }
    return stride ?? 0
  }

  // MARK: What is worth storing

  private mutating func numberContractions() {
    for id in live where isContraction(id) { contractionNumber[id] = contractionNumber.count }
    let words = (contractionNumber.count + 63) / 64
    guard words > 0 else { return }
    let none = [UInt64](repeating: 0, count: words)
    for id in live {
      var set = none
      for input in graph[id].inputs {
        if let below = ancestors[input] { for i in set.indices { set[i] |= below[i] } }
        if let number = contractionNumber[input] { set[number / 64] |= 1 << (number % 64) }
      }
      if set != none { ancestors[id] = set }
    }
  }

  func depends(_ id: NodeID, on contraction: NodeID) -> Bool {
    guard let number = contractionNumber[contraction], let set = ancestors[id] else { return false }
    return set[number / 64] >> (number % 64) & 1 == 1
  }

  private mutating func decide(_ id: NodeID) {
    let node = graph[id]
    let inputs = Set(node.inputs.map(graph.canonical))
    limitInputs(Array(inputs).sorted())
    if case .broadcast = node.op { hoist(graph.canonical(node.inputs[0]), by: node.shape) }
    reads[id.index] = inputs.reduce(0) { $0 + (hasMemory($1) ? 1 : reads[$1.index]) }
    cost[id.index] = min(inputs.reduce(ownCost(node)) { $0 + (hasMemory($1) ? 1 : cost[$1.index]) }, 1 << 20)

    guard !hasMemory(id), node.op.kind == .elementwise || node.op.kind == .gather else { return }
    let uses = consumers[id.index].count
    guard uses > 1 else { return }
    let contractions = frontier(of: id).filter { $0.atSamePlace && isContraction($0.node) }.map(\.node)
    if contractions.isEmpty {
      if cost[id.index] > Materialization.dearCost, sinks(of: id).count > 1 { store(id) }
    } else if !sinks(of: id).allSatisfy({ $0.atSamePlace && hosts($0.node, contractions) }), !isForOneReduction(id) {
      store(id)
    }
  }

  /// Stores inputs until what is computed here is small enough for one kernel.
  private mutating func limitInputs(_ inputs: [NodeID]) {
    func virtual() -> [NodeID] { inputs.filter { !hasMemory($0) && graph[$0].op.kind != .source } }
    func totalReads() -> Int { inputs.reduce(0) { $0 + (hasMemory($1) ? 1 : reads[$1.index]) } }
    func totalCost() -> Int { virtual().reduce(0) { $0 + cost[$1.index] } }
    while totalReads() > largestReads,
      let dearest = virtual().max(by: { reads[$0.index] < reads[$1.index] }), reads[dearest.index] > 1
    { store(dearest) }
    while totalCost() > Materialization.largestCost,
      let dearest = virtual().max(by: { cost[$0.index] < cost[$1.index] })
    {
      store(dearest)
    }
  }

  /// A dear value that is stretched over many places is computed once.
  private mutating func hoist(_ id: NodeID, by shape: Shape) {
    guard !hasMemory(id), graph.constant(id) == nil else { return }
    let ratio = shape.elementCount / max(graph.shape(id).elementCount, 1)
    if (ratio >= 8 && cost[id.index] >= 8) || (ratio >= 64 && cost[id.index] >= 3) { store(id) }
  }

  private func ownCost(_ node: Node) -> Int {
    switch node.op {
    case .unary(let op):
      switch op {
      case .negate, .absolute, .sign, .floor, .relu: 1
      case .sqrt, .reciprocal: 2
      default: 8
      }
    case .binary(let op): op == .power ? 16 : op == .divide || op == .remainder ? 2 : 1
    case .random: 16
    case .shuffle: 40
    default: 1
    }
  }
}
