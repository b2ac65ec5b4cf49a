import Graphs

/// Elements of a memory that a kernel touches at one place of a space.
private struct Access {
  /// When in a kernel: what is done at a place is done in this order, and nothing is known of other places.
  enum Phase {
    case operands, body, finish
  }

  var phase: Phase
  /// The place's element, where it is one that coordinates name.
  var at: Affine?
  /// From the first element touched at any place to the last.
  var elements: ClosedRange<Int>
}

// Which elements of a memory a draft reads and writes: whether kernels may overwrite a source where it lies depends on it.
extension Draft {
  /// Whether one of its stores to a memory changes what it reads there itself, but for what a place's own expression
  /// loads just where it stores.
  func overwritesWhatItReads(of memory: Int) -> Bool {
    let reads = reads(of: memory)
    return writes(to: memory).contains { write in
      reads.contains { read in
        let isSamePlace = read.phase == write.phase && read.at != nil && read.at == write.at
        return !isSamePlace && read.elements.overlaps(write.elements)
      }
    }
  }

  /// Whether another kernel's stores to a memory change what this one reads there.
  func readsWhat(_ other: Draft, writesTo memory: Int) -> Bool {
    let reads = reads(of: memory)
    if reads.isEmpty { return false }
    return other.writes(to: memory).contains { write in reads.contains { $0.elements.overlaps(write.elements) } }
  }

  func reads(_ memory: Int) -> Bool { arguments.entries.contains { $0.memory == memory } }

  // MARK: Spaces

  /// The space that a reduction's finish runs over.
  private var finishDomain: [Int] {
    guard case .reduce(let reduction) = form else { return [] }
    let kept = Array(domain.dropLast(reduction.reducedRank))
    let reduced = domain.suffix(reduction.reducedRank).reduce(1, *)
    return kept + (reduction.chunk.map { [(reduced + $0 - 1) / $0] } ?? [])
  }

  private func writes(to memory: Int) -> [Access] {
    func accesses(_ stores: [DraftStore], _ phase: Access.Phase, _ domain: [Int]) -> [Access] {
      stores.filter { $0.home.memory == memory }.compactMap { store in
        store.at.range(over: domain).map { Access(phase: phase, at: store.at, elements: $0) }
      }
    }
    return accesses(stores, .body, domain) + accesses(finishStores, .finish, finishDomain)
  }

  private func reads(of memory: Int) -> [Access] {
    var result: [Access] = []
    for (argument, entry) in arguments.entries.enumerated() where entry.memory == memory {
      let offset = entry.byteOffset / entry.type.byteCount
      result += body.reads(argument, offset, .body, domain)
      switch form {
      case .map: break
      case .reduce(let reduction):
        result += reduction.finish.reads(argument, offset, .finish, finishDomain)
        result += reduction.products?.reads(argument, offset) ?? []
      case .matmul(let contraction): result += contraction.reads(argument, offset)
      case .convolution(let convolution): result += convolution.reads(argument, offset)
      }
    }
    return result
  }
}

extension Expression {
  fileprivate func reads(_ argument: Int, _ offset: Int, _ phase: Access.Phase, _ domain: [Int]) -> [Access] {
    instructions.compactMap { instruction in
      switch instruction {
      case .load(argument, let at, let row, let bounds):
        let at = at.shifted(by: offset)
        guard var elements = at.range(over: domain) else { return nil }
        if let row {
          let reach = row.stride * max(row.count - 1, 0)
          elements = elements.lowerBound + min(reach, 0)...elements.upperBound + max(reach, 0)
        }
        return Access(phase: phase, at: row == nil && bounds.isEmpty ? at : nil, elements: elements)
      case .random(_, _, argument, _, _):
        return Access(phase: phase, at: nil, elements: offset...offset + 2)
      default: return nil
      }
    }
  }
}

extension Contraction {
  fileprivate func reads(_ argument: Int, _ offset: Int) -> [Access] {
    products.flatMap { product in
      [(product.left, [batch, rows, product.depth]), (product.right, [batch, product.depth, columns])]
    }.compactMap { view, extents in
      let at = Affine(offset: view.offset + offset, strides: [view.batchStride, view.rowStride, view.columnStride])
      guard view.argument == argument, let elements = at.range(over: extents) else { return nil }
      return Access(phase: .operands, at: nil, elements: elements)
    }
  }
}

extension Convolution {
  fileprivate func reads(_ argument: Int, _ offset: Int) -> [Access] {
    let shapes: (left: Shape, right: Shape) =
      switch role {
      case .forward: (input, filter)
      case .inputGradient: (output, filter)
      case .filterGradient: (input, output)
      }
    return [(left, shapes.left), (right, shapes.right)].compactMap { view, shape in
      guard view.argument == argument, shape.elementCount > 0 else { return nil }
      let first = view.offset + offset
      return Access(phase: .operands, at: nil, elements: first...first + shape.elementCount - 1)
    }
  }
}

extension Affine {
  /// The least and the greatest value in a space; nil where the space is empty.
  fileprivate func range(over domain: [Int]) -> ClosedRange<Int>? {
    if domain.contains(0) { return nil }
    let reaches = zip(strides, domain).map { $0 * ($1 - 1) }
    return offset + reaches.reduce(0) { $0 + min($1, 0) }...offset + reaches.reduce(0) { $0 + max($1, 0) }
  }
}
