import Graphs
import Kernels
import Plans

extension KernelCode {
  func reduce(_ reduction: Reduction) -> KernelFunction {
    let code = ReductionCode(kernel: self, reduction: reduction)
    return switch (variant, code.runsAlongReduced) {
    case (.cpu, true): code.rows()
    case (.cpu, false): code.columns()
    case (.gpu, _): code.lanes()
    }
  }
}

/// A reduction's sizes, and its two spaces in OpenCL C: that of the body and that of what is done with the results.
private struct ReductionCode {
  let kernel: KernelCode
  let reduction: Reduction
  let space: IterationSpace
  let finishSpace: IterationSpace
  let index: IndexType
  let kept: Int
  let reduced: Int
  let chunk: Int
  let chunks: Int

  init(kernel code: KernelCode, reduction: Reduction) {
    let kernel = code.kernel
    self.kernel = code
    self.reduction = reduction
    let keptDomain = Array(kernel.domain.dropLast(reduction.reducedRank))
    let reducedDomain = Array(kernel.domain.suffix(reduction.reducedRank))
    kept = keptDomain.reduce(1, *)
    reduced = reducedDomain.reduce(1, *)
    chunk = max(1, min(reduction.chunk ?? reduced, reduced))
    chunks = reduction.chunk == nil ? 1 : max(1, (reduced + chunk - 1) / chunk)

    // The boundary lies between two dimensions, so these always exist.
    let domain = keptDomain + (reduced == 0 ? reducedDomain.map { _ in 1 } : reducedDomain)
    space =
      IterationSpace(domain: domain, groups: [kept, max(reduced, 1)], accesses: code.accesses)
      ?? IterationSpace(domain: domain, accesses: code.accesses)
    let finishAccesses = reduction.finish.affines + reduction.finishStores.map(\.at)
    let finishDomain = keptDomain + (reduction.chunk == nil ? [] : [chunks])
    finishSpace =
      IterationSpace(domain: finishDomain, groups: [kept, chunks], accesses: finishAccesses)
      ?? IterationSpace(domain: finishDomain, accesses: finishAccesses)
    index = code.index(
      [(space, code.accesses), (finishSpace, finishAccesses)], places: max(kept * reduced, kept * chunks),
      reach: max(kernel.body.indirectReach, reduction.finish.indirectReach))
  }

  /// Whether more of what the body reads and writes lies side by side along the reduced places than along the kept ones.
  var runsAlongReduced: Bool {
    if space.extents(ofGroup: 0).isEmpty { return true }
    let along = kernel.accesses.filter { space.innerStride($0, group: 1) == 1 }.count
    let across = kernel.accesses.filter { space.innerStride($0, group: 0) == 1 }.count
    // Rows of a few places are too short for vectors.
    return along >= across && reduced > 8
  }

  // MARK: Variants

  func rows() -> KernelFunction {
    let tiles = kernel.tiles
    let placesPerGroup = min(kept * chunks, max(1, tiles.placesPerGroup / max(chunk, 16)))
    let source = Template(KernelSource.reduceRowsCpu).filled(
      name: kernel.name,
      values: values([
        "PLACES_PER_GROUP": placesPerGroup, "PLACES": kept * chunks, "TILE": tiles.reductionTile,
        "COLUMNS": space.innerExtent(ofGroup: 1),
      ]).merging(["COLUMN": space.innerCoordinate(ofGroup: 1)]) { $1 },
      blocks: blocks(
        [
          "KEPT_COORDINATES": space.coordinates(ofGroup: 0, from: "kept", index),
          "ROW_COORDINATES": space.outerCoordinates(ofGroup: 1, from: "row", index),
        ],
        noise: NoiseCode(
          body, alongGroup: 1, from: "first_column", turn: "t", count: "count", capacity: tiles.reductionTile)),
      items: items)
    return KernelFunction(
      name: kernel.name, source: source, groupCount: kernel.divided(kept * chunks, by: placesPerGroup))
  }

  func columns() -> KernelFunction {
    let tiles = kernel.tiles
    let columns = space.innerExtent(ofGroup: 0)
    let columnsPerGroup = min(tiles.reductionColumns, (columns + 15) / 16 * 16)
    let groupsPerRow = kernel.divided(columns, by: columnsPerGroup)
    let source = Template(KernelSource.reduceColumnsCpu).filled(
      name: kernel.name,
      values: values([
        "COLUMNS": columns, "COLUMNS_PER_GROUP": columnsPerGroup, "GROUPS_PER_ROW": groupsPerRow,
        "ROWS": kept / columns, "ROWS_PER_PART": tiles.reductionRows,
      ]).merging(["COLUMN": space.innerCoordinate(ofGroup: 0)]) { $1 },
      blocks: blocks(
        [
          "ROW_COORDINATES": space.outerCoordinates(ofGroup: 0, from: "row", index),
          "REDUCED_COORDINATES": space.coordinates(ofGroup: 1, from: "reduced", index),
        ],
        noise: NoiseCode(
          body, alongGroup: 0, from: "first_column", turn: "t", count: "count", capacity: columnsPerGroup)),
      items: items)
    return KernelFunction(
      name: kernel.name, source: source, groupCount: groupsPerRow * (kept / columns) * chunks)
  }

  func lanes() -> KernelFunction {
    let tiles = kernel.tiles
    let isAlong = runsAlongReduced
    var lanes = 1
    while lanes < (isAlong ? tiles.groupSize : tiles.columnLanes), lanes < chunk { lanes *= 2 }
    let placesPerGroup = tiles.groupSize / lanes
    var offset = 0
    let items = items.enumerated().map { number, item in
      defer { offset += tiles.groupSize * accumulatorType(number).byteCount }
      return item.merging(["OFFSET_I": "\(offset)"]) { $1 }
    }
    let source = Template(KernelSource.reduceGpu).filled(
      name: kernel.name,
      values: values([
        "LANES": lanes, "LANE_STEP": isAlong ? 1 : placesPerGroup, "PLACES_PER_GROUP": placesPerGroup,
        "PLACES": kept * chunks, "PLACES_PER_TURN": tiles.placesPerTurn,
      ]).merging(["PLACE_IN_GROUP": isAlong ? "item / \(lanes)" : "item % \(placesPerGroup)"]) { $1 },
      blocks: blocks([
        "KEPT_COORDINATES": space.coordinates(ofGroup: 0, from: "kept", index),
        "REDUCED_COORDINATES": space.coordinates(ofGroup: 1, from: "reduced", index),
      ]), items: items)
    return KernelFunction(
      name: kernel.name, source: source, groupCount: kernel.divided(kept * chunks, by: placesPerGroup),
      localByteCount: offset)
  }

  // MARK: Hooks

  private func values(_ sizes: [String: Int]) -> [String: String] {
    let common = ["KEPT": kept, "REDUCED": reduced, "CHUNK": chunk]
    return common.merging(sizes) { $1 }.mapValues(String.init)
      .merging(["INDEX": index.name, "PARAMETERS": kernel.parameters]) { $1 }
  }

  private func blocks(_ own: [String: [String]], noise: NoiseCode? = nil) -> [String: [String]] {
    var body = body
    body.drawn = noise?.drawn ?? [:]
    let finish = ExpressionCode(
      expression: reduction.finish, space: finishSpace, arguments: kernel.kernel.arguments, index: index,
      accumulators: reduction.ops.indices.map { "(\(resultType($0).codeName))result_\($0)" }, value: "w",
      coordinate: "k")
    let common = [
      "NOISE": noise?.statements ?? [], "VECTORIZED": kernel.vectorized,
      "BODY": body.statements(storing: kernel.kernel.stores),
      "FINISH": finish.statements(storing: reduction.finishStores),
      "RESULT_COORDINATES": finishSpace.coordinates(ofGroup: 0, from: "kept", index, named: "k")
        + finishSpace.coordinates(ofGroup: 1, from: "chunk", index, named: "k"),
    ]
    return common.merging(own) { $1 }
  }

  private var body: ExpressionCode {
    ExpressionCode(expression: kernel.kernel.body, space: space, arguments: kernel.kernel.arguments, index: index)
  }

  private func resultType(_ number: Int) -> ElementType { kernel.kernel.body.types[reduction.values[number]] }

  /// Sums of int32 are kept as uint32, which wraps around by definition.
  private func accumulatorType(_ number: Int) -> ElementType {
    resultType(number) == .int32 && reduction.ops[number] == .sum ? .uint32 : resultType(number)
  }

  private var items: [[String: String]] {
    reduction.ops.enumerated().map { number, op in
      let type = accumulatorType(number)
      let identity: String
      let add: String
      switch op {
      case .sum:
        identity = ScalarCode.literal(0, type)
        add = type.isFloatingPoint ? "ADD_PART" : "ADD_PART_EXACTLY"
      case .maximum:
        identity = ScalarCode.literal(Scalar(-.infinity, type).value, type)
        add = "ADD_PART_GREATEST"
      }
      return [
        "TYPE_I": type.codeName, "VECTOR_I": type.codeName + "16", "IDENTITY_I": identity, "ADD_PART_I": add,
        "COMBINE_I": op == .sum ? "COMBINE_SUM" : "COMBINE_GREATEST",
        "VALUE_I": "(\(type.codeName))\(body.name(reduction.values[number]))",
      ]
    }
  }
}
