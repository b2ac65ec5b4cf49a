import Graphs

// Units that become one: matmuls that a value reads together, equal reductions, maps beside one another.
extension Fusion {
  func canMerge(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (units[a], units[b])
    guard x.inputs.count + y.inputs.count + x.roots.count + y.roots.count + 4 <= limits.argumentCount else {
      return false
    }
    guard x.contractions.isEmpty == y.contractions.isEmpty, !isApart(a), !isApart(b) else { return false }
    if let first = x.contractions.first {
      guard x.contractions.count + y.contractions.count <= Fusion.largestProductCount,
        y.contractions.allSatisfy({ memory.canJoin(first, $0) })
      else { return false }
    } else if count(of: a) != count(of: b) {
      return false
    }
    let samePlace = sharedValues(a, b)
    return !unit(a, waitsFor: b, skipping: samePlace) && !unit(b, waitsFor: a, skipping: samePlace)
  }

  func isApart(_ unit: Int) -> Bool { units[unit].roots.contains { apart.contains($0.node) } }

  /// Values of one unit that the other reads only at the same place: at hand once they are one.
  private func sharedValues(_ a: Int, _ b: Int) -> Set<NodeID> {
    guard units[a].contractions.isEmpty, units[b].contractions.isEmpty else { return [] }
    return values(of: a).filter { units[b].inputs[$0] == true }.union(
      values(of: b).filter { units[a].inputs[$0] == true })
  }

  mutating func merge(_ other: Int, into host: Int) {
    units[host].contractions += units[other].contractions
    units[host].roots += units[other].roots
    units[host].sideRoots += units[other].sideRoots
    units[host].inputs.merge(units[other].inputs) { $0 && $1 }
    for value in values(of: host) { units[host].inputs[value] = nil }
    units[other] = Unit(isMerged: true)
    for (node, units) in producers where units.contains(other) {
      var rest = units.filter { $0 != other && $0 != host }
      rest.append(host)
      producers[node] = rest
    }
  }

  mutating func mergeNeighbours() {
    guard units.count < 2000 else { return }
    foldMapsIntoReductions()
    let heights = heights()
    var byPlace: [[Int]: [Int]] = [:]
    for index in units.indices where !units[index].isMerged {
      var key = [heights[index]]
      if let contraction = units[index].contractions.first {
        guard case .reduce(_, let axes) = graph[contraction].op else { continue }
        key += [1] + axes + [-1] + graph.shape(graph[contraction].inputs[0]).dimensions
      } else {
        key += [0, count(of: index)]
      }
      byPlace[key, default: []].append(index)
    }
    for (_, group) in byPlace.sorted(by: { $0.value[0] < $1.value[0] }) {
      var hosts: [Int] = []
      for index in group {
        if let host = hosts.last(where: { shareWork($0, index) && canMerge($0, index) }) {
          merge(index, into: host)
        } else {
          hosts.append(index)
        }
      }
    }
    foldProductsIntoReductions()
  }

  /// Whether two independent units gain from being one: they read the same memory, or are hardly any work.
  private func shareWork(_ a: Int, _ b: Int) -> Bool {
    count(of: a) <= 4096 || units[a].inputs.keys.contains { units[b].inputs[$0] != nil }
  }

  private mutating func foldMapsIntoReductions() {
    for index in units.indices {
      guard let reduction = units[index].contractions.first, case .reduce = graph[reduction].op else { continue }
      let shape = graph.shape(graph[reduction].inputs[0])
      for (node, samePlace) in units[index].inputs.sorted(by: { $0.key < $1.key }) where samePlace {
        guard let map = producers[node]?.first, map != index, units[map].contractions.isEmpty, !isApart(map),
          producers[node]!.count == 1, units[map].roots.allSatisfy({ graph.shape($0.node) == shape })
        else { continue }
        _ = absorb(map, into: index)
      }
    }
  }

  /// Makes products where their rows are reduced, if the device asks for that.
  private mutating func foldProductsIntoReductions() {
    guard let limit = limits.summedProducts else { return }
    for index in units.indices {
      guard let rows = rowsReduced(by: index) else { continue }
      for (node, samePlace) in units[index].inputs.sorted(by: { $0.key < $1.key }) where samePlace {
        guard let product = producers[node]?.first, product != index, producers[node]!.count == 1,
          let first = units[product].contractions.first, case .matmul = graph[first].op,
          graph.shape(first).dimensions == rows, rows[0] >= limit.leastRows, rows[1] <= limit.mostColumns
        else { continue }
        if absorb(product, into: index) { break }
      }
    }
  }

  /// Rows and columns of what a unit reduces, where that is over the last axes.
  private func rowsReduced(by index: Int) -> [Int]? {
    guard let first = units[index].contractions.first, case .reduce(_, let axes) = graph[first].op else { return nil }
    let shape = graph.shape(graph[first].inputs[0])
    let kept = shape.rank - axes.count
    guard axes.sorted() == Array(kept..<shape.rank) else { return nil }
    return [shape.dimensions[..<kept].reduce(1, *), shape.dimensions[kept...].reduce(1, *)]
  }

  /// Lets a reduction compute another unit's values at every place of its input; false where it cannot.
  private mutating func absorb(_ other: Int, into reduction: Int) -> Bool {
    let own = values(of: other)
    let inputs = units[reduction].inputs.merging(units[other].inputs) { $0 && $1 }
    let stores = units[reduction].storeCount + units[other].storeCount
    guard own.allSatisfy({ units[reduction].inputs[$0] ?? true }), inputs.count + stores <= limits.argumentCount,
      !unit(reduction, waitsFor: other, skipping: own), !unit(other, waitsFor: reduction)
    else { return false }
    units[reduction].products += units[other].contractions
    units[reduction].sideRoots += units[other].roots
    units[reduction].inputs = inputs.filter { !own.contains($0.key) }
    units[other] = Unit(isMerged: true)
    for (node, units) in producers where units.contains(other) {
      producers[node] = units.map { $0 == other ? reduction : $0 }
    }
    return true
  }

  /// How many units, at the least, come after each one.
  private func heights() -> [Int] {
    var heights = [Int](repeating: 0, count: units.count)
    for index in topologicalOrder().reversed() {
      for node in units[index].inputs.keys {
        for producer in producers[node] ?? [] { heights[producer] = max(heights[producer], heights[index] + 1) }
      }
    }
    return heights
  }

  private func topologicalOrder() -> [Int] {
    var order: [Int] = []
    var state = [UInt8](repeating: 0, count: units.count)
    for start in units.indices where !units[start].isMerged && state[start] == 0 {
      var stack = [start]
      while let next = stack.last {
        if state[next] == 0 {
          state[next] = 1
          for node in units[next].inputs.keys {
            for producer in producers[node] ?? [] where state[producer] == 0 { stack.append(producer) }
          }
        } else {
          stack.removeLast()
          if state[next] == 1 {
            state[next] = 2
            order.append(next)
          }
        }
      }
    }
    return order
  }
}
