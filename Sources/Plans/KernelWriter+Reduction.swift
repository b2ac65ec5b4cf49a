import Graphs

extension KernelWriter {
  /// A reduction of fewer results than this, each of more than `chunk` elements, is cut so that it is parallel.
  private static let fewResults = 64
  private static let chunk = 2048

  mutating func reduction(_ unit: Unit) throws(AccessMap.Failure) -> [Draft] {
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
      let products = unit.products.isEmpty ? nil : self.contraction(of: unit.products, &arguments)
      let position = map.position(in: input, rank: domain.extents.count)
      var body = ExpressionWriter(
        self.graph, self.memory, domain: domain.extents, accumulators: self.numbers(unit.products),
        own: unit.own(unit.sideRoots), position: position)
      var stores = try self.write(unit.sideRoots, &body, domain, base: input, &arguments)
      stores += self.accumulatorStores(unit.products, &body, position)
      var values: [Expression.Value] = []
      for id in unit.contractions {
        values.append(try body.value(of: self.graph[id].inputs[0], map, &self.homes, &arguments))
      }
      self.loaded.formUnion(body.loaded)

      var reduction = Reduction(
        products: products, reducedRank: domain.extents.count - domain.keptRank, ops: ops, values: values,
        finish: Expression(), finishStores: [])
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
    stores += accumulatorStores(unit.contractions, &writer, kept.position)
    reduction.finish = writer.expression
    return stores
  }
}
