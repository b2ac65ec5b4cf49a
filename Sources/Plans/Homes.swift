import Graphs

/// A contiguous piece of memory that kernels read and write.
struct Memory: Hashable {
  enum Owner: Hashable {
    case source(SourceID)
    case output(Int)
    case temporary
  }

  var owner: Owner
  var elementCount: Int
  var type: ElementType

  var byteCount: Int { elementCount * type.byteCount }
}

/// Where a value lies: element (i, j, …) of its shape at offset + i * strides[0] + j * strides[1] + … of a memory.
struct Home: Hashable {
  var memory: Int
  var offset: Int
  var strides: [Int]
}

/// A value that a kernel writes to a home.
struct Root: Hashable {
  var node: NodeID
  var home: Home
  /// Whether the value's own memory, if it has any, is another.
  var isCopy = false
}

/// Writes a whole temporary into an assigned source, after everybody has read the source's old value.
struct FinalCopy: Hashable {
  var node: NodeID
  var from: Home
  var target: SourceID
  var to: Home
}

/// The memory of everything that a plan stores: results go where the caller wants them, assigned values into their
/// target in place, and pieces of a concatenation into their part of the whole.
struct Homes {
  private let graph: Graph
  private(set) var memories: [Memory] = []
  private(set) var home: [NodeID: Home] = [:]
  /// Values that are also written somewhere else than to their own home.
  private(set) var copies: [Root] = []
  private(set) var finalCopies: [FinalCopy] = []
  /// Nodes that must have memory because a concatenation is made of them.
  private(set) var pieces: Set<NodeID> = []
  private var sourceMemory: [SourceID: Int] = [:]

  /// - Parameter copied: assigned sources that cannot be overwritten in place.
  init(
    _ graph: Graph, live: [NodeID], outputs: [NodeID], assignments: [(target: SourceID, value: NodeID)],
    copied: Set<SourceID>
  ) {
    self.graph = graph
    let assigned = Set(assignments.map(\.target))
    for id in live {
      if case .source(let source) = graph[id].op {
        sourceMemory[source] = add(.source(source), graph.shape(id).elementCount, graph.type(id))
        home[id] = contiguous(sourceMemory[source]!, graph.shape(id))
      }
    }
    for (number, output) in outputs.enumerated() {
      let id = graph.canonical(output)
      claim(id, add(.output(number), graph.shape(id).elementCount, graph.type(id)))
    }
    for (target, value) in assignments {
      let id = graph.canonical(value)
      let memory = sourceMemory[target] ?? add(.source(target), graph.shape(id).elementCount, graph.type(id))
      sourceMemory[target] = memory
      var valueSource: SourceID?
      if case .source(let source) = graph[id].op { valueSource = source }
      if copied.contains(target) || valueSource.map(assigned.contains) == true {
        let temporary = add(.temporary, graph.shape(id).elementCount, graph.type(id))
        if home[id] == nil { home[id] = contiguous(temporary, graph.shape(id)) } else { copy(id, temporary) }
        let from = contiguous(temporary, graph.shape(id))
        finalCopies.append(
          FinalCopy(node: id, from: from, target: target, to: contiguous(memory, graph.shape(id))))
      } else if home[id] == nil {
        home[id] = contiguous(memory, graph.shape(id))
      } else {
        copy(id, memory)
      }
    }
    for id in live.reversed() {
      if case .concatenate(let axis) = graph[id].op { place(piecesOf: id, axis: axis) }
    }
  }

  /// The home of a stored node, given now if it has none.
  mutating func home(of id: NodeID) -> Home {
    if let known = home[id] { return known }
    let new = contiguous(add(.temporary, graph.shape(id).elementCount, graph.type(id)), graph.shape(id))
    home[id] = new
    return new
  }

  mutating func addTemporary(elementCount: Int, type: ElementType) -> Int { add(.temporary, elementCount, type) }

  /// The source whose own memory this is; nil of temporary memory.
  func source(ofMemory memory: Int) -> SourceID? {
    if case .source(let source) = memories[memory].owner { return source }
    return nil
  }

  private mutating func add(_ owner: Memory.Owner, _ elementCount: Int, _ type: ElementType) -> Int {
    memories.append(Memory(owner: owner, elementCount: elementCount, type: type))
    return memories.count - 1
  }

  private func contiguous(_ memory: Int, _ shape: Shape, offset: Int = 0) -> Home {
    Home(memory: memory, offset: offset, strides: shape.strides)
  }

  private mutating func claim(_ id: NodeID, _ memory: Int) {
    if home[id] == nil { home[id] = contiguous(memory, graph.shape(id)) } else { copy(id, memory) }
  }

  private mutating func copy(_ id: NodeID, _ memory: Int) {
    copies.append(Root(node: id, home: contiguous(memory, graph.shape(id)), isCopy: true))
  }

  private mutating func place(piecesOf whole: NodeID, axis: Int) {
    let place = home(of: whole)
    let shape = graph.shape(whole)
    let isContiguous = shape.dimensions[..<axis].allSatisfy { $0 == 1 }
    var offset = place.offset
    for input in graph[whole].inputs {
      let id = graph.canonical(input)
      if isContiguous, home[id] == nil, graph[id].op.kind != .source {
        home[id] = contiguous(place.memory, graph.shape(id), offset: offset)
        pieces.insert(id)
      } else {
        // Written under the piece's own shape, so that its coordinates are those of the whole.
        copies.append(
          Root(node: input, home: Home(memory: place.memory, offset: offset, strides: place.strides), isCopy: true))
      }
      offset += graph.shape(input)[axis] * place.strides[axis]
    }
  }
}
