import Graphs

/// A kernel under way: all is known but which of its own results somebody reads.
struct Draft {
  var form: Kernel.Form
  var domain: [Int]
  var body: Expression
  var arguments: ArgumentTable
  /// Stores whose value is `node`'s; written if the plan needs that memory.
  var stores: [DraftStore] = []
  /// The stores of a reduction's results.
  var finishStores: [DraftStore] = []
}

struct DraftStore {
  var node: NodeID
  var value: Expression.Value
  var type: ElementType
  var home: Home
  var at: Affine
}

/// Turns units into kernels.
struct KernelWriter {
  let graph: Graph
  let memory: Materialization
  var homes: Homes
  /// Nodes that some kernel reads from memory.
  private(set) var loaded: Set<NodeID> = []
  /// The root that could not be written, after a failure.
  private(set) var failing: NodeID?

  /// A reduction of fewer results than this, each of more than `chunk` elements, is cut so that it is parallel.
  private static let fewResults = 64
  private static let chunk = 2048

  init(_ graph: Graph, _ memory: Materialization, _ homes: Homes) {
    self.graph = graph
    self.memory = memory
    self.homes = homes
  }

  mutating func drafts(for unit: Unit) throws(AccessMap.Failure) -> [Draft] {
    guard let first = unit.contractions.first else { return [try map(unit)] }
    switch graph[first].op {
    case .reduce: return try reduction(unit)
    case .matmul: return [try matmul(unit)]
    default: return [try convolution(unit)]
    }
  }

  /// Copies a contiguous value.
  mutating func draft(for copy: FinalCopy) -> Draft {
    let shape = Shape([graph.shape(copy.node).elementCount])
    let type = graph.type(copy.node)
    var arguments = ArgumentTable()
    var body = Expression()
    body.instructions = [
      .load(argument: arguments.argument(copy.from.memory, type), at: Affine(strides: [1]), row: nil, bounds: [])
    ]
    body.types = [type]
    var draft = Draft(form: .map, domain: shape.dimensions, body: body, arguments: arguments)
    draft.stores = [DraftStore(node: copy.node, value: 0, type: type, home: copy.to, at: Affine(strides: [1]))]
    return draft
  }

  // MARK: Values over a space

  /// Shapes whose dimensions a unit's space may have, the finest first: a root of another shape sees positions alone,
  /// which not every movement can be followed by.
  private func bases(of unit: Unit, _ result: Shape? = nil) -> [Shape] {
    var shapes: [Shape] = []
    for shape in (result.map { [$0] } ?? []) + unit.roots.map({ graph.shape($0.node) }) where !shapes.contains(shape) {
      shapes.append(shape)
    }
    return shapes.enumerated().sorted { (-$0.element.rank, $0.offset) < (-$1.element.rank, $1.offset) }.map(\.element)
  }

  /// Runs `body` with the first base that serves, the space cut where it asks for it.
  private mutating func cutting(
    _ bases: [Shape], _ body: (inout KernelWriter, Domain, Shape) throws(AccessMap.Failure) -> Draft
  ) throws(AccessMap.Failure) -> Draft {
    var failure = AccessMap.Failure.notAffine
    for base in bases {
      do {
        return try cutting(Domain(base)) { (self, domain) throws(AccessMap.Failure) in try body(&self, domain, base) }
      } catch {
        failure = error
      }
    }
    throw failure
  }

  /// Values of roots over a space whose dimensions are those of `base`.
  private mutating func write(
    _ roots: [Root], _ writer: inout ExpressionWriter, _ domain: Domain, base: Shape, _ arguments: inout ArgumentTable
  ) throws(AccessMap.Failure) -> [DraftStore] {
    var stores: [DraftStore] = []
    for root in roots {
      failing = root.node
      let shape = graph.shape(root.node)
      let isBase = shape == base && !domain.coordinates.isEmpty
      let map = AccessMap(form: isBase ? .coordinates(domain.coordinates) : .position(domain.position))
      let value = try writer.value(of: root.node, map, &homes, &arguments)
      var at = Affine.constant(root.home.offset, rank: domain.extents.count)
      if root.home.strides == shape.strides {
        at = map.position(in: shape, rank: domain.extents.count).shifted(by: root.home.offset)
      } else {
        let coordinates = try map.coordinates(in: shape, domain: domain.extents)
        for (coordinate, stride) in zip(coordinates, root.home.strides) { at = at + coordinate * stride }
      }
      stores.append(DraftStore(node: root.node, value: value, type: graph.type(root.node), home: root.home, at: at))
    }
    failing = nil
    loaded.formUnion(writer.loaded)
    return stores
  }

  /// Runs `body` with the space cut where it asks for it.
  private mutating func cutting<Result>(
    _ domain: Domain, _ body: (inout KernelWriter, Domain) throws(AccessMap.Failure) -> Result
  ) throws(AccessMap.Failure) -> Result {
    var domain = domain
    while true {
      do {
        return try body(&self, domain)
      } catch {
        guard case .split(let dimension, let inner) = error else { throw error }
        domain.split(dimension, inner: inner)
      }
    }
  }

  // MARK: The four forms

  private mutating func map(_ unit: Unit) throws(AccessMap.Failure) -> Draft {
    try cutting(bases(of: unit)) { (self, domain, base) throws(AccessMap.Failure) in
      var arguments = ArgumentTable()
      var writer = ExpressionWriter(
        self.graph, self.memory, domain: domain.extents, own: unit.own(unit.roots))
      let stores = try self.write(unit.roots, &writer, domain, base: base, &arguments)
      return Draft(
        form: .map, domain: domain.extents, body: writer.expression, arguments: arguments, stores: stores)
    }
  }

  /// The epilogue of matmuls or a convolution: their own results and the unit's roots.
  private mutating func epilogue(
    _ unit: Unit, _ form: (inout KernelWriter, inout ArgumentTable) throws(AccessMap.Failure) -> Kernel.Form
  ) throws(AccessMap.Failure) -> Draft {
    try cutting(bases(of: unit, graph.shape(unit.contractions[0]))) { (self, domain, base) throws(AccessMap.Failure) in
      var arguments = ArgumentTable()
      let form = try form(&self, &arguments)
      var writer = ExpressionWriter(
        self.graph, self.memory, domain: domain.extents, accumulators: self.numbers(unit.contractions),
        own: unit.own(unit.roots))
      var stores = try self.write(unit.roots, &writer, domain, base: base, &arguments)
      stores += self.accumulatorStores(unit, &writer, domain.position)
      return Draft(
        form: form, domain: domain.extents, body: writer.expression, arguments: arguments, stores: stores)
    }
  }

  private func numbers(_ contractions: [NodeID]) -> [NodeID: Int] {
    Dictionary(uniqueKeysWithValues: zip(contractions, contractions.indices))
  }

  private mutating func accumulatorStores(
    _ unit: Unit, _ writer: inout ExpressionWriter, _ position: Affine
  ) -> [DraftStore] {
    var stores: [DraftStore] = []
    for (number, id) in unit.contractions.enumerated() {
      let home = homes.home(of: id)
      let value = writer.write(.accumulator(number), graph.type(id))
      stores.append(
        DraftStore(node: id, value: value, type: graph.type(id), home: home, at: position.shifted(by: home.offset)))
    }
    return stores
  }

  private mutating func matmul(_ unit: Unit) throws(AccessMap.Failure) -> Draft {
    let shape = graph.shape(unit.contractions[0])
    return try epilogue(unit) { (self, arguments) throws(AccessMap.Failure) in
      let products = unit.contractions.map { id in
        let operands = self.graph[id].inputs
        return Contraction.Product(
          left: self.matrix(operands[0], &arguments), right: self.matrix(operands[1], &arguments),
          depth: self.graph.shape(operands[0]).dimensions.last!)
      }
      return .matmul(
        Contraction(
          type: self.graph.type(unit.contractions[0]), batch: shape.dimensions.dropLast(2).reduce(1, *),
          rows: shape[shape.rank - 2], columns: shape[shape.rank - 1], products: products))
    }
  }

  private mutating func operand(_ id: NodeID, fits: (StridedView) -> Bool) -> StridedView {
    var view = StridedView(base: graph.canonical(id), offset: 0, strides: graph.shape(id).strides)
    if !memory.isStored[view.base.index], let below = memory.view(of: id), fits(below) { view = below }
    loaded.insert(view.base)
    view.offset += homes.home(of: view.base).offset
    return view
  }

  private mutating func matrix(_ id: NodeID, _ arguments: inout ArgumentTable) -> MatrixView {
    let shape = graph.shape(id)
    let memory = memory
    let view = operand(id) { memory.isMatrix($0, of: shape) }
    let (row, column) = (shape.rank - 2, shape.rank - 1)
    return MatrixView(
      argument: arguments.argument(homes.home(of: view.base).memory, graph.type(id)), offset: view.offset,
      batchStride: memory.batchStride(view, of: shape) ?? 0,
      // The stride of a dimension of extent 1 is free: it is set so that the matrix reads as an ordinary one.
      rowStride: shape[row] == 1 && view.strides[column] == 1 ? max(shape[column], 1) : view.strides[row],
      columnStride: shape[column] == 1 && (shape[row] == 1 || view.strides[row] != 1) ? 1 : view.strides[column])
  }

  private mutating func convolution(_ unit: Unit) throws(AccessMap.Failure) -> Draft {
    let node = graph[unit.contractions[0]]
    return try epilogue(unit) { (self, arguments) throws(AccessMap.Failure) in
      let views = node.inputs.map { id in
        let shape = self.graph.shape(id)
        let memory = self.memory
        let view = self.operand(id) { memory.isContiguous($0, shape) }
        return Convolution.TensorView(
          argument: arguments.argument(self.homes.home(of: view.base).memory, node.type), offset: view.offset)
      }
      let shapes = node.inputs.map(self.graph.shape)
      switch node.op {
      case .convolutionInputGradient(let window, let input):
        return .convolution(
          Convolution(
            role: .inputGradient, window: window, input: input, filter: shapes[1], output: shapes[0], type: node.type,
            left: views[0], right: views[1]))
      case .convolutionFilterGradient(let window, let filter):
        return .convolution(
          Convolution(
            role: .filterGradient, window: window, input: shapes[0], filter: filter, output: shapes[1],
            type: node.type, left: views[0], right: views[1]))
      case .convolution(let window):
        return .convolution(
          Convolution(
            role: .forward, window: window, input: shapes[0], filter: shapes[1], output: node.shape, type: node.type,
            left: views[0], right: views[1]))
      default: preconditionFailure("\(node.op.name) is no convolution")
      }
    }
  }

  private mutating func reduction(_ unit: Unit) throws(AccessMap.Failure) -> [Draft] {
    let first = unit.contractions[0]
    guard case .reduce(_, let axes) = graph[first].op else { preconditionFailure() }
    let input = graph.shape(graph[first].inputs[0])
    let ops = unit.contractions.map { id in
      guard case .reduce(let op, _) = graph[id].op else { preconditionFailure() }
      return op
    }
    return try cutting(Domain(input, reducing: axes.sorted())) { (self, domain) throws(AccessMap.Failure) in
      var arguments = ArgumentTable()
      let map = AccessMap(form: .coordinates(domain.coordinates))
      var body = ExpressionWriter(
        self.graph, self.memory, domain: domain.extents, own: unit.own(unit.sideRoots),
        position: map.position(in: input, rank: domain.extents.count))
      let stores = try self.write(unit.sideRoots, &body, domain, base: input, &arguments)
      var values: [Expression.Value] = []
      for id in unit.contractions {
        values.append(try body.value(of: self.graph[id].inputs[0], map, &self.homes, &arguments))
      }
      self.loaded.formUnion(body.loaded)

      var reduction = Reduction(
        reducedRank: domain.extents.count - domain.keptRank, ops: ops, values: values, finish: Expression(),
        finishStores: [])
      let kept = domain.kept
      let results = kept.extents.reduce(1, *)
      let length = input.elementCount / max(results, 1)
      guard results < KernelWriter.fewResults, length > 2 * KernelWriter.chunk else {
        var draft = Draft(
          form: .reduce(reduction), domain: domain.extents, body: body.expression, arguments: arguments, stores: stores)
        draft.finishStores = try self.finish(unit, kept, &reduction, &draft.arguments)
        draft.form = .reduce(reduction)
        return [draft]
      }

      // Two stages: pieces of fixed length, then the pieces in order.
      let chunk = max(KernelWriter.chunk, (length + 255) / 256)
      let pieces = (length + chunk - 1) / chunk
      let partials = unit.contractions.map {
        self.homes.addTemporary(elementCount: results * pieces, type: self.graph.type($0))
      }
      reduction.chunk = chunk
      var partial = Draft(
        form: .reduce(reduction), domain: domain.extents, body: body.expression, arguments: arguments, stores: stores)
      let place = Affine(strides: kept.position.strides.map { $0 * pieces } + [1])
      for (number, id) in unit.contractions.enumerated() {
        reduction.finish.instructions.append(.accumulator(number))
        reduction.finish.types.append(self.graph.type(id))
        partial.finishStores.append(
          DraftStore(
            node: id, value: number, type: self.graph.type(id),
            home: Home(memory: partials[number], offset: 0, strides: []), at: place))
      }
      partial.form = .reduce(reduction)

      var whole = Draft(form: .map, domain: kept.extents + [pieces], body: Expression(), arguments: ArgumentTable())
      for (number, id) in unit.contractions.enumerated() {
        let argument = whole.arguments.argument(partials[number], self.graph.type(id))
        whole.body.instructions.append(.load(argument: argument, at: place, row: nil, bounds: []))
        whole.body.types.append(self.graph.type(id))
      }
      reduction = Reduction(
        reducedRank: 1, ops: ops, values: Array(unit.contractions.indices), finish: Expression(), finishStores: [])
      whole.finishStores = try self.finish(unit, kept, &reduction, &whole.arguments)
      whole.form = .reduce(reduction)
      return [partial, whole]
    }
  }

  /// What becomes of a reduction's results, over the kept dimensions.
  private mutating func finish(
    _ unit: Unit, _ kept: Domain, _ reduction: inout Reduction, _ arguments: inout ArgumentTable
  ) throws(AccessMap.Failure) -> [DraftStore] {
    var writer = ExpressionWriter(
      graph, memory, domain: kept.extents, accumulators: numbers(unit.contractions), own: unit.own(unit.roots))
    var stores = try write(unit.roots, &writer, kept, base: .scalar, &arguments)
    stores += accumulatorStores(unit, &writer, kept.position)
    reduction.finish = writer.expression
    return stores
  }
}
