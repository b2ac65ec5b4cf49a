import Graphs
import Plans

/// Builds the expression of a kernel, one instruction a call.
struct Body {
  private(set) var expression = Expression()
  let arguments: [ElementType]
  let rank: Int

  init(_ arguments: [ElementType], rank: Int) {
    self.arguments = arguments
    self.rank = rank
  }

  mutating func add(_ instruction: Expression.Instruction, _ type: ElementType) -> Expression.Value {
    expression.instructions.append(instruction)
    expression.types.append(type)
    return expression.instructions.count - 1
  }

  mutating func load(
    _ argument: Int, _ strides: [Int], offset: Int = 0, row: IndirectRow? = nil, bounds: [Bound] = []
  ) -> Expression.Value {
    add(
      .load(argument: argument, at: Affine(offset: offset, strides: strides), row: row, bounds: bounds),
      arguments[argument])
  }

  mutating func constant(_ value: Double, _ type: ElementType = .float32) -> Expression.Value {
    add(.constant(Scalar(value, type)), type)
  }

  mutating func unary(_ op: UnaryOp, _ x: Expression.Value) -> Expression.Value {
    add(.unary(op, x), expression.types[x])
  }

  mutating func binary(_ op: BinaryOp, _ x: Expression.Value, _ y: Expression.Value) -> Expression.Value {
    add(.binary(op, x, y), expression.types[x])
  }

  mutating func cast(_ x: Expression.Value, _ type: ElementType) -> Expression.Value { add(.cast(x), type) }

  mutating func accumulator(_ number: Int, _ type: ElementType = .float32) -> Expression.Value {
    add(.accumulator(number), type)
  }
}

extension Store {
  init(_ value: Expression.Value, to argument: Int, _ strides: [Int], offset: Int = 0) {
    self.init(value: value, argument: argument, at: Affine(offset: offset, strides: strides))
  }
}

extension Kernel {
  /// A map whose body a closure builds; it returns what to store.
  static func map(
    _ domain: [Int], _ arguments: [ElementType], _ build: (inout Body) -> [Store]
  ) -> Kernel {
    var body = Body(arguments, rank: domain.count)
    let stores = build(&body)
    return Kernel(form: .map, domain: domain, body: body.expression, stores: stores, arguments: arguments)
  }

  /// A reduction: one closure builds the body and returns what is reduced and stored there, the other the finish.
  static func reduce(
    _ domain: [Int], reduced: Int, _ arguments: [ElementType], ops: [ReduceOp], chunk: Int? = nil,
    _ build: (inout Body) -> (values: [Expression.Value], stores: [Store]), finish: (inout Body) -> [Store]
  ) -> Kernel {
    var body = Body(arguments, rank: domain.count)
    let (values, stores) = build(&body)
    var end = Body(arguments, rank: domain.count - reduced + (chunk == nil ? 0 : 1))
    let finishStores = finish(&end)
    return Kernel(
      form: .reduce(
        Reduction(
          reducedRank: reduced, ops: ops, values: values, finish: end.expression, finishStores: finishStores,
          chunk: chunk)),
      domain: domain, body: body.expression, stores: stores, arguments: arguments)
  }

  static func matmul(
    _ contraction: Contraction, domain: [Int], _ arguments: [ElementType], _ build: (inout Body) -> [Store]
  ) -> Kernel {
    var body = Body(arguments, rank: domain.count)
    let stores = build(&body)
    return Kernel(
      form: .matmul(contraction), domain: domain, body: body.expression, stores: stores, arguments: arguments)
  }
}
