import Graphs

extension Draft {
  /// The kernel with those stores that somebody needs, its instructions and arguments without those that serve none;
  /// nil where nothing is stored.
  func kernel(_ needed: (DraftStore) -> Bool) -> (Kernel, [ArgumentTable.Entry])? {
    var arguments = arguments
    func bind(_ stores: [DraftStore]) -> [Store] {
      stores.filter(needed).map { store in
        Store(
          value: store.value, argument: arguments.argument(store.home.memory, store.type), at: store.at)
      }
    }
    let bodyStores = bind(stores)
    let endStores = bind(finishStores)
    if bodyStores.isEmpty && endStores.isEmpty || hasNoPlace { return nil }

    var kernel = Kernel(
      form: form, domain: domain, body: body, stores: bodyStores, arguments: arguments.entries.map(\.type))
    if case .reduce(var reduction) = form {
      reduction.finishStores = endStores
      kernel.form = .reduce(reduction)
    }
    let kept = kernel.removeUnused()
    return (kernel, kept.map { arguments.entries[$0] })
  }
}

extension Draft {
  /// Whether there is no result at all; a reduction of no elements still has one.
  private var hasNoPlace: Bool {
    guard case .reduce(let reduction) = form else { return domain.contains(0) }
    return domain.dropLast(reduction.reducedRank).contains(0)
  }
}

extension Kernel {
  /// Drops instructions and arguments that serve no store; gives the arguments that stay, by their old numbers.
  mutating func removeUnused() -> [Int] {
    var roots = stores.map(\.value)
    if case .reduce(let reduction) = form { roots += reduction.values }
    let renamed = body.keep(roots)
    for index in stores.indices { stores[index].value = renamed[stores[index].value]! }
    if case .reduce(var reduction) = form {
      reduction.values = reduction.values.map { renamed[$0]! }
      let renamed = reduction.finish.keep(reduction.finishStores.map(\.value))
      for index in reduction.finishStores.indices {
        reduction.finishStores[index].value = renamed[reduction.finishStores[index].value]!
      }
      form = .reduce(reduction)
    }

    var used = Set(stores.map(\.argument)).union(body.arguments)
    switch form {
    case .map: break
    case .reduce(let reduction):
      used.formUnion(reduction.finishStores.map(\.argument) + reduction.finish.arguments)
      used.formUnion(reduction.products?.arguments ?? [])
    case .matmul(let contraction): used.formUnion(contraction.arguments)
    case .convolution(let convolution): used.formUnion([convolution.left.argument, convolution.right.argument])
    }
    let kept = used.sorted()
    let names = Dictionary(uniqueKeysWithValues: zip(kept, kept.indices))
    rename(names)
    arguments = kept.map { arguments[$0] }
    return kept
  }

  private mutating func rename(_ names: [Int: Int]) {
    body.rename(names)
    for index in stores.indices { stores[index].argument = names[stores[index].argument]! }
    switch form {
    case .map: break
    case .reduce(var reduction):
      reduction.finish.rename(names)
      for index in reduction.finishStores.indices {
        reduction.finishStores[index].argument = names[reduction.finishStores[index].argument]!
      }
      reduction.products?.rename(names)
      form = .reduce(reduction)
    case .matmul(var contraction):
      contraction.rename(names)
      form = .matmul(contraction)
    case .convolution(var convolution):
      convolution.left.argument = names[convolution.left.argument]!
      convolution.right.argument = names[convolution.right.argument]!
      form = .convolution(convolution)
    }
  }
}

extension Contraction {
  /// The arguments that it multiplies.
  fileprivate var arguments: [Int] { products.flatMap { [$0.left.argument, $0.right.argument] } }

  fileprivate mutating func rename(_ arguments: [Int: Int]) {
    for index in products.indices {
      products[index].left.argument = arguments[products[index].left.argument]!
      products[index].right.argument = arguments[products[index].right.argument]!
    }
  }
}

extension Expression {
  /// The arguments that instructions read.
  var arguments: [Int] {
    instructions.compactMap { instruction in
      switch instruction {
      case .load(let argument, _, _, _): argument
      case .random(_, _, let state, _, _): state
      default: nil
      }
    }
  }

  fileprivate mutating func rename(_ arguments: [Int: Int]) {
    for index in instructions.indices {
      switch instructions[index] {
      case .load(let argument, let at, let row, let bounds):
        instructions[index] = .load(argument: arguments[argument]!, at: at, row: row, bounds: bounds)
      case .random(let kind, let stream, let state, let at, let row):
        instructions[index] = .random(kind, stream: stream, state: arguments[state]!, at: at, row: row)
      default: break
      }
    }
  }

  /// Keeps what the values need; gives the values' new names.
  fileprivate mutating func keep(_ values: [Value]) -> [Value: Value] {
    var needed = [Bool](repeating: false, count: instructions.count)
    for value in values { needed[value] = true }
    for index in instructions.indices.reversed() where needed[index] {
      for operand in instructions[index].operands { needed[operand] = true }
    }
    var names: [Value: Value] = [:]
    var kept = Expression()
    for index in instructions.indices where needed[index] {
      kept.instructions.append(instructions[index].renaming { names[$0]! })
      kept.types.append(types[index])
      names[index] = kept.instructions.count - 1
    }
    self = kept
    return names
  }
}

extension Expression.Instruction {
  fileprivate func renaming(_ name: (Expression.Value) -> Expression.Value) -> Self {
    func renamed(_ row: IndirectRow?) -> IndirectRow? {
      row.map { IndirectRow(row: name($0.row), stride: $0.stride, count: $0.count) }
    }
    switch self {
    case .constant, .index, .inside, .accumulator: return self
    case .load(let argument, let at, let row, let bounds):
      return .load(argument: argument, at: at, row: renamed(row), bounds: bounds)
    case .unary(let op, let x): return .unary(op, name(x))
    case .binary(let op, let a, let b): return .binary(op, name(a), name(b))
    case .select(let condition, let a, let b): return .select(name(condition), name(a), name(b))
    case .cast(let x): return .cast(name(x))
    case .random(let kind, let stream, let state, let at, let row):
      return .random(kind, stream: stream, state: state, at: at, row: renamed(row))
    case .shuffle(let count, let position, let epoch, let low, let high):
      return .shuffle(count: count, name(position), name(epoch), name(low), name(high))
    }
  }
}
