import Graphs

/// Writes down what a kernel computes at each place, from the values that it stores back to what lies in memory.
struct ExpressionWriter {
  let graph: Graph
  let memory: Materialization
  let domain: [Int]
  /// Contractions whose result is at hand, by the number of their accumulator.
  let accumulators: [NodeID: Int]
  /// Stored values of this same kernel that are computed again here rather than read.
  let own: Set<NodeID>

  /// The row-major position, in their own shape, of accumulators and of stored values at each place; a reduction's space
  /// has its kept dimensions first, so there it is not the position in the space.
  private let position: Affine

  private(set) var expression = Expression()
  /// Nodes that were read from memory.
  private(set) var loaded: Set<NodeID> = []
  private var known: [Key: Expression.Value] = [:]
  private var written: [Written: Expression.Value] = [:]

  private struct Key: Hashable {
    var node: NodeID
    var map: AccessMap
  }

  private struct Written: Hashable {
    var instruction: Expression.Instruction
    var type: ElementType
  }

  init(
    _ graph: Graph, _ memory: Materialization, domain: [Int], accumulators: [NodeID: Int] = [:],
    own: Set<NodeID> = [], position: Affine? = nil
  ) {
    self.position = position ?? .rowMajor(domain)
    self.graph = graph
    self.memory = memory
    self.domain = domain
    self.accumulators = accumulators
    self.own = own
  }

  mutating func write(_ instruction: Expression.Instruction, _ type: ElementType) -> Expression.Value {
    let key = Written(instruction: instruction, type: type)
    if let value = written[key] { return value }
    expression.instructions.append(instruction)
    expression.types.append(type)
    written[key] = expression.instructions.count - 1
    return expression.instructions.count - 1
  }

  /// The value of a node at the element that `map` names.
  mutating func value(
    of id: NodeID, _ map: AccessMap, _ homes: inout Homes, _ arguments: inout ArgumentTable
  ) throws(AccessMap.Failure) -> Expression.Value {
    let key = Key(node: id, map: map)
    if let value = known[key] { return value }
    let value = try newValue(of: id, map, &homes, &arguments)
    known[key] = value
    return value
  }

  private mutating func newValue(
    of id: NodeID, _ map: AccessMap, _ homes: inout Homes, _ arguments: inout ArgumentTable
  ) throws(AccessMap.Failure) -> Expression.Value {
    let node = graph[id]
    switch node.op {
    case .reshape:
      let below = try map.through(node.op, input: graph.shape(node.inputs[0]), output: node.shape, domain: domain)
      return try value(of: node.inputs[0], below, &homes, &arguments)
    case .stopGradient:
      return try value(of: node.inputs[0], map, &homes, &arguments)
    default: break
    }

    let isHere = map.bounds.isEmpty && map.position(in: node.shape, rank: domain.count) == position
    if let number = accumulators[id], isHere { return write(.accumulator(number), node.type) }
    if memory.hasMemory(id), !(own.contains(id) && isHere) { return load(id, map, &homes, &arguments) }

    switch node.op {
    case .constant(let scalar):
      return write(.constant(scalar), scalar.type)
    case .iota(_, let axis, let type):
      let index = write(.index(try map.coordinates(in: node.shape, domain: domain)[axis]), .int32)
      return type == .int32 ? index : write(.cast(index), type)
    case .random(let kind, let shape, let stream, let type):
      let view = memory.view(of: node.inputs[0]) ?? StridedView(base: node.inputs[0], offset: 0, strides: [1])
      loaded.insert(graph.canonical(view.base))
      let home = homes.home(of: graph.canonical(view.base))
      let state = arguments.argument(home.memory, .uint32, byteOffset: (home.offset + view.offset) * 4)
      var at = map.position(in: shape, rank: domain.count)
      var row: IndirectRow?
      if node.inputs.count > 1 {
        let coordinates = try map.coordinates(in: shape, domain: domain)
        let rowMap = AccessMap(form: .coordinates([coordinates[0]]), bounds: map.bounds)
        let rowValue = try value(of: node.inputs[1], rowMap, &homes, &arguments)
        row = IndirectRow(row: rowValue, stride: shape.strides[0], count: shape[0])
        at = at + coordinates[0] * -shape.strides[0]
      }
      return write(.random(kind, stream: stream, state: state, at: at, row: row), type)

    case .unary(let op):
      return write(.unary(op, try value(of: node.inputs[0], map, &homes, &arguments)), node.type)
    case .binary(let op):
      let a = try value(of: node.inputs[0], map, &homes, &arguments)
      return write(.binary(op, a, try value(of: node.inputs[1], map, &homes, &arguments)), node.type)
    case .select:
      let condition = try value(of: node.inputs[0], map, &homes, &arguments)
      let a = try value(of: node.inputs[1], map, &homes, &arguments)
      return write(.select(condition, a, try value(of: node.inputs[2], map, &homes, &arguments)), node.type)
    case .cast(let type):
      return write(.cast(try value(of: node.inputs[0], map, &homes, &arguments)), type)
    case .shuffle(let count):
      var values: [Expression.Value] = []
      for input in node.inputs { values.append(try value(of: input, map, &homes, &arguments)) }
      return write(.shuffle(count: count, values[0], values[1], values[2], values[3]), .uint32)

    case .broadcast, .permute, .slice, .pad:
      let below = try map.through(node.op, input: graph.shape(node.inputs[0]), output: node.shape, domain: domain)
      let inner = try value(of: node.inputs[0], below, &homes, &arguments)
      guard below.bounds.count > map.bounds.count else { return inner }
      if case .load = expression.instructions[inner] { return inner }
      let inside = write(.inside(below.bounds), node.type)
      return write(.select(inside, inner, write(.constant(Scalar(0, node.type)), node.type)), node.type)

    case .gather:
      let coordinates = try map.coordinates(in: node.shape, domain: domain)
      let rowMap = AccessMap(form: .coordinates([coordinates[0]]), bounds: map.bounds)
      let row = try value(of: node.inputs[1], rowMap, &homes, &arguments)
      let data = node.inputs[0]
      let view = memory.view(of: data) ?? StridedView(base: data, offset: 0, strides: graph.shape(data).strides)
      loaded.insert(graph.canonical(view.base))
      let home = homes.home(of: graph.canonical(view.base))
      var at = Affine.constant(home.offset + view.offset, rank: domain.count)
      for axis in coordinates.indices.dropFirst() { at = at + coordinates[axis] * view.strides[axis] }
      let argument = arguments.argument(home.memory, node.type)
      let indirect = IndirectRow(row: row, stride: view.strides[0], count: graph.shape(data)[0])
      return write(.load(argument: argument, at: at, row: indirect, bounds: map.bounds), node.type)

    case .source, .reshape, .stopGradient, .concatenate, .reduce, .matmul, .convolution, .convolutionInputGradient,
      .convolutionFilterGradient:
      preconditionFailure("\(node.op.name) lies in memory")
    }
  }

  private mutating func load(
    _ id: NodeID, _ map: AccessMap, _ homes: inout Homes, _ arguments: inout ArgumentTable
  ) -> Expression.Value {
    loaded.insert(id)
    let home = homes.home(of: id)
    let at = map.position(in: graph.shape(id), rank: domain.count).shifted(by: home.offset)
    let argument = arguments.argument(home.memory, graph.type(id))
    return write(.load(argument: argument, at: at, row: nil, bounds: map.bounds), graph.type(id))
  }
}
