/// Names a node of one graph. A node's inputs have smaller numbers, so counting up is a topological order.
public struct NodeID: Hashable, Sendable, Comparable {
  public let index: Int

  @usableFromInline init(_ index: Int) { self.index = index }

  public static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// An op applied to earlier nodes.
public struct Node: Hashable, Sendable {
  public let op: Op
  public let inputs: [NodeID]
  public let shape: Shape
  public let type: ElementType
}

/// A computation as a value: nodes by index in one array, each made once.
///
/// Adding a node checks its shapes, folds what is already known (`Graph+Simplification.swift`) and gives back the
/// equal node if there is one. A mistake in shapes traps with a message that names the op and the shapes.
public struct Graph: Sendable {
  public private(set) var nodes: [Node] = []
  /// Open addressing over `nodes` by hash: an index plus 1, or 0 where free.
  private var table = [Int32](repeating: 0, count: 64)
  /// Whether movements of movements and functions of stretched tensors are made into one when they are added.
  let isComposing: Bool

  /// A graph that differentiates with respect to any of its nodes is made without composing, which makes a node from
  /// what its input was made from: `x.reshaped(a).reshaped(b)` would not depend on `x.reshaped(a)`.
  public init(composing: Bool = true) { isComposing = composing }

  public subscript(id: NodeID) -> Node { nodes[id.index] }

  public func shape(_ id: NodeID) -> Shape { nodes[id.index].shape }
  public func type(_ id: NodeID) -> ElementType { nodes[id.index].type }

  /// Memory that exists before the graph runs.
  public mutating func source(_ id: SourceID, shape: Shape, type: ElementType) -> NodeID {
    intern(Node(op: .source(id), inputs: [], shape: shape, type: type))
  }

  /// One op applied to nodes of this graph.
  public mutating func add(_ op: Op, _ inputs: [NodeID]) -> NodeID {
    do {
      let (shape, type) = try Graph.result(
        of: op, shapes: inputs.map { nodes[$0.index].shape }, types: inputs.map { nodes[$0.index].type })
      if let known = simplified(op, inputs, shape, type) { return known }
      return intern(Node(op: op, inputs: ordered(op, inputs), shape: shape, type: type))
    } catch {
      fatalError(error.description)
    }
  }

  /// `a + b` and `b + a` are one node.
  private func ordered(_ op: Op, _ inputs: [NodeID]) -> [NodeID] {
    if case .binary(let op) = op, op.isCommutative, inputs[1] < inputs[0] { return [inputs[1], inputs[0]] }
    return inputs
  }

  private mutating func intern(_ node: Node) -> NodeID {
    if (nodes.count + 1) * 2 > table.count { grow() }
    let place = find(node)
    if table[place] != 0 { return NodeID(Int(table[place]) - 1) }
    nodes.append(node)
    table[place] = Int32(nodes.count)
    return NodeID(nodes.count - 1)
  }

  /// The node's place in the table, or the free place where it belongs.
  private func find(_ node: Node) -> Int {
    let mask = table.count - 1
    var place = node.hashValue & mask
    while table[place] != 0, nodes[Int(table[place]) - 1] != node { place = (place + 1) & mask }
    return place
  }

  private mutating func grow() {
    table = [Int32](repeating: 0, count: table.count * 2)
    for index in nodes.indices { table[find(nodes[index])] = Int32(index + 1) }
  }

  /// Copies what `roots` of another graph need into this one; equal nodes meet. Gives the roots' new names.
  public mutating func include(_ roots: [NodeID], of other: Graph) -> [NodeID] {
    let live = other.reachable(from: roots)
    var names = [NodeID?](repeating: nil, count: other.nodes.count)
    for id in live {
      let node = other[id]
      let inputs = ordered(node.op, node.inputs.map { names[$0.index]! })
      names[id.index] = intern(Node(op: node.op, inputs: inputs, shape: node.shape, type: node.type))
    }
    return roots.map { names[$0.index]! }
  }

  /// What `roots` need, composed: a graph of its own, and the roots' names there.
  ///
  /// - Parameter renaming: the name there of a source that has this name here.
  public func composed(
    _ roots: [NodeID], renaming: (SourceID) -> SourceID = { $0 }
  ) -> (graph: Graph, roots: [NodeID]) {
    var graph = Graph()
    var names = [NodeID?](repeating: nil, count: nodes.count)
    for id in reachable(from: roots) {
      let node = nodes[id.index]
      if case .source(let source) = node.op {
        names[id.index] = graph.source(renaming(source), shape: node.shape, type: node.type)
      } else {
        names[id.index] = graph.add(node.op, node.inputs.map { names[$0.index]! })
      }
    }
    return (graph, roots.map { names[$0.index]! })
  }

  /// The nodes that `roots` depend on and the roots themselves, inputs first.
  public func reachable(from roots: [NodeID]) -> [NodeID] {
    guard let last = roots.max() else { return [] }
    var marks = [Bool](repeating: false, count: last.index + 1)
    for root in roots { marks[root.index] = true }
    var live: [NodeID] = []
    for index in marks.indices.reversed() where marks[index] {
      live.append(NodeID(index))
      for input in nodes[index].inputs { marks[input.index] = true }
    }
    return live.reversed()
  }
}
