import Graphs

/// One try at a plan; it fails only where an assigned source cannot be overwritten in place.
struct Planner {
  let graph: Graph
  let outputs: [NodeID]
  let assignments: [(target: SourceID, value: NodeID)]
  let limits: PlanLimits
  let fusing: Bool

  enum Outcome {
    case plan(Plan)
    case notInPlace(Set<SourceID>)
  }

  func attempt(copied: Set<SourceID>) throws(PlanError) -> Outcome {
    let results = outputs + assignments.map(\.value)
    let live = graph.reachable(from: results)
    var forced: Set<NodeID> = []
    var apart: Set<NodeID> = []
    while true {
      var homes = Homes(graph, live: live, outputs: outputs, assignments: assignments, copied: copied)
      let memory = Materialization(
        graph, results: results, also: forced.union(homes.pieces), limits: limits, fusing: fusing)
      let fusion = Fusion(graph, memory, homes: &homes, limits: limits, fusing: fusing, apart: apart)
      var writer = KernelWriter(graph, memory, homes)
      var drafts: [[Draft]] = []
      do {
        for unit in fusion.units { drafts.append(unit.isMerged ? [] : try writer.drafts(for: unit)) }
      } catch {
        let unit = fusion.units[drafts.count]
        if let blocked = blockedNode(in: unit, memory) {
          forced.insert(blocked)
        } else if let failing = writer.failing, apart.insert(failing).inserted {
          // By itself it has a space of its own shape.
        } else {
          preconditionFailure("a kernel's addresses are not affine")
        }
        continue
      }
      let finals = writer.homes.finalCopies.map { writer.draft(for: $0) }
      return try finish(fusion, drafts, finals, writer, memory)
    }
  }

  /// A node to give memory to, so that a unit need not follow a reshape that no strides describe; nil where there is none.
  private func blockedNode(in unit: Unit, _ memory: Materialization) -> NodeID? {
    var stack = (unit.roots + unit.sideRoots).map(\.node)
    for contraction in unit.contractions + unit.products { stack += graph[contraction].inputs }
    var first = Set(stack)
    var deepest: NodeID?
    while let next = stack.popLast() {
      let node = graph[next]
      if case .reshape = node.op {
        let below = graph.canonical(next)
        if !memory.hasMemory(below), graph.constant(below) == nil {
          deepest = max(deepest ?? below, below)
        }
      }
      for input in node.inputs where !memory.hasMemory(graph.canonical(input)) && first.insert(input).inserted {
        stack.append(input)
      }
    }
    return deepest
  }

  // MARK: From drafts to a plan

  private func finish(
    _ fusion: Fusion, _ drafts: [[Draft]], _ finals: [Draft], _ writer: KernelWriter, _ memory: Materialization
  ) throws(PlanError) -> Outcome {
    let homes = writer.homes
    let offenders = sourcesReadElsewhere(drafts, homes)
    if !offenders.isEmpty { return .notInPlace(offenders) }

    var items: [Schedule.Item] = []
    var lastItem: [Int: Int] = [:]
    var firstItem: [Int: Int] = [:]
    for (unit, drafts) in drafts.enumerated() {
      for draft in drafts {
        items.append(Schedule.Item(draft: draft, after: lastItem[unit].map { [$0] } ?? []))
        firstItem[unit] = firstItem[unit] ?? items.count - 1
        lastItem[unit] = items.count - 1
      }
    }
    let firstFinal = items.count
    for draft in finals { items.append(Schedule.Item(draft: draft, after: [])) }

    for (unit, first) in firstItem {
      for node in fusion.units[unit].inputs.keys {
        for producer in fusion.producers[node] ?? [] where producer != unit {
          items[first].after.insert(lastItem[producer]!)
        }
      }
    }
    // What is overwritten in a source has been read by all others.
    for (unit, own) in drafts.enumerated() {
      guard let first = firstItem[unit] else { continue }
      for (number, draft) in own.enumerated() {
        for memory in assignedMemories(writtenBy: draft, homes) {
          for reader in items[..<firstFinal].indices where !(first..<first + own.count).contains(reader) {
            if items[reader].draft.readsWhat(draft, writesTo: memory) { items[first + number].after.insert(reader) }
          }
        }
      }
    }
    for (number, copy) in homes.finalCopies.enumerated() {
      let item = firstFinal + number
      for (producer, last) in lastItem
      where drafts[producer].contains(where: { $0.allStores.contains { $0.home.memory == copy.from.memory } }) {
        items[item].after.insert(last)
      }
      for reader in items[..<firstFinal].indices where items[reader].draft.reads(copy.to.memory) {
        items[item].after.insert(reader)
      }
    }
    let schedule: Schedule
    do {
      schedule = try Schedule(items: items)
    } catch {
      // Kernels that overwrite what others of them still read.
      return .notInPlace(Set(error.items.flatMap { written(by: items[$0].draft, homes) }))
    }
    return .plan(try place(schedule, homes, needed(writer, memory)))
  }

  /// Memories of sources that a draft writes.
  private func assignedMemories(writtenBy draft: Draft, _ homes: Homes) -> Set<Int> {
    Set(draft.allStores.map(\.home.memory).filter { homes.source(ofMemory: $0) != nil })
  }

  private func written(by draft: Draft, _ homes: Homes) -> [SourceID] {
    assignedMemories(writtenBy: draft, homes).map { homes.source(ofMemory: $0)! }
  }

  /// Sources that a kernel overwrites while it reads what it overwrites, or before a later kernel of the same unit does.
  private func sourcesReadElsewhere(_ drafts: [[Draft]], _ homes: Homes) -> Set<SourceID> {
    var result: Set<SourceID> = []
    for unit in drafts {
      for (number, draft) in unit.enumerated() {
        for memory in assignedMemories(writtenBy: draft, homes) {
          if draft.overwritesWhatItReads(of: memory)
            || unit[(number + 1)...].contains(where: { $0.readsWhat(draft, writesTo: memory) })
          {
            result.insert(homes.source(ofMemory: memory)!)
          }
        }
      }
    }
    return result
  }

  private func needed(_ writer: KernelWriter, _ memory: Materialization) -> (DraftStore) -> Bool {
    let results = Set((outputs + assignments.map(\.value)).map(graph.canonical))
    let loaded = writer.loaded
    let homes = writer.homes
    return { store in
      // The partial results of a long reduction and every copy are written for somebody.
      if homes.home[store.node]?.memory != store.home.memory { return true }
      return results.contains(store.node) || loaded.contains(store.node) || homes.pieces.contains(store.node)
    }
  }

  private func place(
    _ schedule: Schedule, _ homes: Homes, _ needed: (DraftStore) -> Bool
  ) throws(PlanError) -> Plan {
    var kernels: [[(Kernel, [ArgumentTable.Entry])]] = []
    var spans: [Int: (first: Int, last: Int)] = [:]
    for items in schedule.launches {
      var launch: [(Kernel, [ArgumentTable.Entry])] = []
      for item in items {
        guard let (kernel, entries) = schedule.items[item].draft.kernel(needed) else { continue }
        launch.append((kernel, entries))
        for entry in entries {
          let span = spans[entry.memory] ?? (kernels.count, kernels.count)
          spans[entry.memory] = (min(span.first, kernels.count), max(span.last, kernels.count))
        }
      }
      if !launch.isEmpty { kernels.append(launch) }
    }

    let used = spans.keys.sorted()
    let temporaries = used.filter { homes.memories[$0].owner == .temporary }
    let placement: Placement
    do {
      placement = try Placement(
        temporaries.map {
          Placement.Temporary(
            byteCount: homes.memories[$0].byteCount, firstLaunch: spans[$0]!.first, lastLaunch: spans[$0]!.last)
        }, largestSegment: limits.largestSegmentByteCount)
    } catch {
      throw .valueTooLarge(byteCount: error.byteCount, largest: limits.largestSegmentByteCount)
    }

    var memory: [Plan.Memory] = placement.segments.map { Plan.Memory(region: .workspace, byteCount: $0) }
    var slots: [Int: Slot] = [:]
    for (number, index) in temporaries.enumerated() {
      slots[index] = Slot(region: placement.places[number].segment, byteOffset: placement.places[number].offset)
    }
    for index in homes.memories.indices {
      let region: Region
      switch homes.memories[index].owner {
      case .temporary: continue
      case .source(let source):
        guard spans[index] != nil else { continue }
        region = .source(source)
      // An output is the caller's even where it is empty.
      case .output(let number): region = .output(number)
      }
      slots[index] = Slot(region: memory.count, byteOffset: 0)
      memory.append(Plan.Memory(region: region, byteCount: homes.memories[index].byteCount))
    }
    let launches = kernels.map { launch in
      Launch(
        kernels: launch.map { kernel, entries in
          BoundKernel(
            kernel: kernel,
            slots: entries.map { entry in
              var slot = slots[entry.memory]!
              slot.byteOffset += entry.byteOffset
              return slot
            })
        })
    }
    return Plan(launches: launches, memory: memory)
  }
}
