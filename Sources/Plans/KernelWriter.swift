import Graphs

/// Turns units into kernels.
struct KernelWriter {
  let graph: Graph
  let memory: Materialization
  var homes: Homes
  /// Nodes that some kernel reads from memory.
  var loaded: Set<NodeID> = []
  /// The root that could not be written, after a failure.
  private(set) var failing: NodeID?

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
  mutating func cutting(
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
  mutating func write(
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
  mutating func cutting<Result>(
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
  mutating func epilogue(
    _ unit: Unit, _ form: (inout KernelWriter, inout ArgumentTable) throws(AccessMap.Failure) -> Kernel.Form
  ) throws(AccessMap.Failure) -> Draft {
    try cutting(bases(of: unit, graph.shape(unit.contractions[0]))) { (self, domain, base) throws(AccessMap.Failure) in
      var arguments = ArgumentTable()
      let form = try form(&self, &arguments)
      var writer = ExpressionWriter(
        self.graph, self.memory, domain: domain.extents, accumulators: self.numbers(unit.contractions),
        own: unit.own(unit.roots))
      var stores = try self.write(unit.roots, &writer, domain, base: base, &arguments)
      stores += self.accumulatorStores(unit.contractions, &writer, domain.position)
      return Draft(
        form: form, domain: domain.extents, body: writer.expression, arguments: arguments, stores: stores)
    }
  }

  func numbers(_ contractions: [NodeID]) -> [NodeID: Int] {
    Dictionary(uniqueKeysWithValues: zip(contractions, contractions.indices))
  }

  mutating func accumulatorStores(
    _ contractions: [NodeID], _ writer: inout ExpressionWriter, _ position: Affine
  ) -> [DraftStore] {
    var stores: [DraftStore] = []
    for (number, id) in contractions.enumerated() {
      let home = homes.home(of: id)
      let value = writer.write(.accumulator(number), graph.type(id))
      stores.append(
        DraftStore(node: id, value: value, type: graph.type(id), home: home, at: position.shifted(by: home.offset)))
    }
    return stores
  }
}
