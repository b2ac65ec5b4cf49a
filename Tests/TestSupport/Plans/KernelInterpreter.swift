import Graphs
import Plans

/// Runs one kernel by its definition.
struct KernelInterpreter {
  private let kernel: Kernel
  private let slots: [Slot]
  /// Who touches memory: the body and its stores, a matmul's or convolution's reading of operands, a reduction's finish.
  /// Each may run while the others do, so none may write what another reads.
  private enum Part: Int {
    case body, operands, finish
  }

  private let number: Int
  private let order: ReferenceBackend.Order
  private let memory: PlanMemory

  init(_ bound: BoundKernel, number: Int, order: ReferenceBackend.Order, memory: PlanMemory) {
    kernel = bound.kernel
    slots = bound.slots
    self.number = number
    self.order = order
    self.memory = memory
  }

  func run() throws {
    guard slots.count == kernel.arguments.count else {
      throw PlanViolation("\(slots.count) slots for \(kernel.arguments.count) arguments")
    }
    switch kernel.form {
    case .map: try atEveryPlace(kernel.domain) { _, _ in [] }
    case .reduce(let reduction): try reduce(reduction)
    case .matmul(let contraction):
      let results = try contraction.products.map { try product($0, contraction) }
      try requireCount(contraction.batch * contraction.rows * contraction.columns)
      try atEveryPlace(kernel.domain) { position, _ in results.map { $0[position] } }
    case .convolution(let convolution):
      let result = try self.result(of: convolution)
      try requireCount(result.count)
      try atEveryPlace(kernel.domain) { position, _ in [result[position]] }
    }
  }

  private func requireCount(_ count: Int) throws {
    guard kernel.domain.reduce(1, *) == count else {
      throw PlanViolation("domain \(kernel.domain) of \(count) results")
    }
  }

  // MARK: Places

  /// Coordinates of a row-major position.
  private func coordinates(_ position: Int, _ extents: [Int]) -> [Int] {
    var rest = position
    var result = extents
    for axis in extents.indices.reversed() {
      result[axis] = rest % extents[axis]
      rest /= extents[axis]
    }
    return result
  }

  private func positions(_ count: Int) -> [Int] { order == .forward ? Array(0..<count) : (0..<count).reversed() }

  /// The body and its stores at every place.
  private func atEveryPlace(
    _ domain: [Int], accumulators: (_ position: Int, _ coordinates: [Int]) -> [Double]
  ) throws {
    for position in positions(domain.reduce(1, *)) {
      let place = coordinates(position, domain)
      let values = try evaluate(kernel.body, at: place, accumulators(position, place))
      try store(kernel.stores, values, kernel.body, at: place)
    }
  }

  private func store(
    _ stores: [Store], _ values: [Double], _ expression: Expression, at place: [Int], by part: Part = .body
  ) throws {
    for store in stores {
      guard kernel.arguments[store.argument] == expression.types[store.value] else {
        throw PlanViolation("a \(expression.types[store.value]) for argument \(store.argument) of the kernel")
      }
      try memory.store(
        values[store.value], slots[store.argument], store.at.value(at: place), kernel.arguments[store.argument],
        by: party(part, at: place))
    }
  }

  /// The name of a part at a place, above 0; operands are read for all places at once.
  private func party(_ part: Part, at place: [Int] = []) -> Int {
    let mixed = place.reduce(number * 3 + part.rawValue + 1) { ($0 &+ $1) &* 0x5851_F42D_4C95_7F2D &+ 1 }
    return mixed & .max | 1
  }

  private func load(_ argument: Int, _ index: Int, by party: Int) throws -> Double {
    try memory.load(slots[argument], index, kernel.arguments[argument], by: party)
  }

  // MARK: Expressions

  private func evaluate(
    _ expression: Expression, at place: [Int], _ accumulators: [Double], by part: Part = .body
  ) throws -> [Double] {
    var values: [Double] = []
    for (instruction, type) in zip(expression.instructions, expression.types) {
      let value = try evaluate(instruction, type, expression.types, values, at: place, accumulators, by: part)
      // Every instruction rounds, as it does on a device: what is computed twice is then the same number twice.
      values.append(type == .float32 ? Double(Float(value)) : value)
    }
    return values
  }

  private func evaluate(
    _ instruction: Expression.Instruction, _ type: ElementType, _ types: [ElementType], _ values: [Double],
    at place: [Int], _ accumulators: [Double], by part: Part
  ) throws -> Double {
    func approximate(_ value: Int) -> Approximate { Approximate(values[value]) }
    switch instruction {
    case .constant(let scalar): return scalar.value
    case .load(let argument, let at, let row, let bounds):
      guard bounds.allSatisfy({ $0.holds(at: place) }) else { return 0 }
      guard kernel.arguments[argument] == type else { throw PlanViolation("argument \(argument) is read as \(type)") }
      let rowOffset = row.map { min(max(Int(values[$0.row]), 0), $0.count - 1) * $0.stride } ?? 0
      return try load(argument, at.value(at: place) + rowOffset, by: party(part, at: place))
    case .index(let affine): return Double(affine.value(at: place))
    case .inside(let bounds): return bounds.allSatisfy { $0.holds(at: place) } ? 1 : 0
    case .accumulator(let number): return accumulators[number]
    case .unary(let op, let x): return ReferenceInterpreter.unary(op, approximate(x), type).value
    case .binary(let op, let a, let b):
      return ReferenceInterpreter.binary(op, approximate(a), approximate(b), type).value
    case .select(let condition, let a, let b): return values[condition] != 0 ? values[a] : values[b]
    case .cast(let x): return ReferenceInterpreter.cast(approximate(x), from: types[x], to: type).value
    case .random(let kind, let stream, let state, let at, let row):
      let words = try (0..<3).map { UInt32(try load(state, $0, by: party(part, at: place))) }
      let rowOffset = row.map { Int(values[$0.row]) * $0.stride } ?? 0
      let element = at.value(at: place) + rowOffset
      return ReferenceInterpreter.random(kind, element: element, state: words, stream: stream, type).value
    case .shuffle(let count, let position, let epoch, let low, let high):
      let words = [position, epoch, low, high].map { UInt32(values[$0]) }
      return Double(
        Shuffle.place(of: words[0], epoch: words[1], seedLow: words[2], seedHigh: words[3], count: UInt32(count)))
    }
  }

  // MARK: Contractions

  private func reduce(_ reduction: Reduction) throws {
    let kept = Array(kernel.domain.dropLast(reduction.reducedRank))
    let length = kernel.domain.suffix(reduction.reducedRank).reduce(1, *)
    let chunk = reduction.chunk ?? max(length, 1)
    let pieces = reduction.chunk == nil ? 1 : (length + chunk - 1) / chunk
    let products = try reduction.products.map { contraction in
      try requireCount(contraction.rows * contraction.columns)
      guard contraction.batch == 1, contraction.columns == length else {
        throw PlanViolation("columns of \(contraction)")
      }
      return try contraction.products.map { try product($0, contraction) }
    }
    for result in positions(kept.reduce(1, *)) {
      for piece in positions(pieces) {
        var totals = reduction.ops.map { $0 == .sum ? 0 : -Double.infinity }
        for reduced in piece * chunk..<min((piece + 1) * chunk, length) {
          let position = result * length + reduced
          let place = coordinates(position, kernel.domain)
          let values = try evaluate(kernel.body, at: place, (products ?? []).map { $0[position] })
          try store(kernel.stores, values, kernel.body, at: place)
          for (i, op) in reduction.ops.enumerated() {
            let value = values[reduction.values[i]]
            totals[i] = op == .sum || value.isNaN ? totals[i] + value : max(value, totals[i])
          }
        }
        let types = reduction.values.map { kernel.body.types[$0] }
        totals = zip(totals, types).map { total, type in
          type.isFloatingPoint ? total : ReferenceInterpreter.wrapped(Int64(total), type)
        }
        let place = coordinates(result, kept) + (reduction.chunk == nil ? [] : [piece])
        let values = try evaluate(reduction.finish, at: place, totals, by: .finish)
        try store(reduction.finishStores, values, reduction.finish, at: place, by: .finish)
      }
    }
  }

  private func product(_ product: Contraction.Product, _ contraction: Contraction) throws -> [Double] {
    for view in [product.left, product.right] {
      guard view.rowStride == 1 || view.columnStride == 1 else { throw PlanViolation("no stride of \(view) is 1") }
      guard kernel.arguments[view.argument] == contraction.type else { throw PlanViolation("type of \(view)") }
    }
    var result: [Double] = []
    for b in 0..<contraction.batch {
      for i in 0..<contraction.rows {
        for j in 0..<contraction.columns {
          var sum = 0.0
          for k in 0..<product.depth {
            sum +=
              try load(product.left.argument, product.left.index(b, i, k), by: party(.operands))
              * load(product.right.argument, product.right.index(b, k, j), by: party(.operands))
          }
          result.append(sum)
        }
      }
    }
    return result
  }

  private func result(of convolution: Convolution) throws -> [Double] {
    func tensor(_ view: Convolution.TensorView, _ shape: Shape) throws -> Reference {
      guard kernel.arguments[view.argument] == convolution.type else { throw PlanViolation("type of \(view)") }
      let values = try (0..<shape.elementCount).map { try load(view.argument, view.offset + $0, by: party(.operands)) }
      return Reference(shape, convolution.type, values)
    }
    let (input, filter, output) = (convolution.input, convolution.filter, convolution.output)
    let op: Op
    let shapes: (Shape, Shape)
    switch convolution.role {
    case .forward: (op, shapes) = (.convolution(convolution.window), (input, filter))
    case .inputGradient:
      (op, shapes) = (.convolutionInputGradient(convolution.window, input: input), (output, filter))
    case .filterGradient:
      (op, shapes) = (.convolutionFilterGradient(convolution.window, filter: filter), (input, output))
    }
    let operands = [try tensor(convolution.left, shapes.0), try tensor(convolution.right, shapes.1)]
    return try ReferenceInterpreter.apply(op, operands).values
  }
}

extension Bound {
  fileprivate func holds(at place: [Int]) -> Bool { (0..<extent).contains(index.value(at: place)) }
}

extension MatrixView {
  fileprivate func index(_ batch: Int, _ row: Int, _ column: Int) -> Int {
    offset + batch * batchStride + row * rowStride + column * columnStride
  }
}
