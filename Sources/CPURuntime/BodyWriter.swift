import CVectorLoops
import Graphs
import Plans

/// How a body is cut into tiles.
struct TileShape {
  /// Whether a tile spans rows; else it is a piece of one.
  var hasShortRows: Bool
  /// Elements that a tile may have.
  var size: Int

  /// Rows up to this width share tiles.
  static let shortWidth = 512

  /// A tile of each value in use must fit the first-level cache together with the others.
  init(hasShortRows: Bool, types: [ElementType]) {
    self.hasShortRows = hasShortRows
    size = types.contains(.float64) || types.count > 24 ? 512 : 1024
  }
}

/// The value of an instruction of the tile machine, before instructions are numbered.
enum TileValue: Hashable {
  case instruction(Int)
  case constant(Int)
}

/// An instruction of the tile machine before it is numbered and given a place.
struct TileInstruction {
  var action: elbo_action
  var type: ElementType
  var extent: elbo_extent
  var isInPrologue: Bool
  var operands: [TileValue] = []
  /// Bits of operands that are one element.
  var scalars: UInt8 = 0
  var loop: elbo_loop?
  /// What the loop computes.
  var op: ChainOp?
  var detail = 0
  /// The argument that a load reads.
  var argument: Int?
  /// Of an expansion: what the operand has.
  var operandExtent = ELBO_UNIFORM
}

/// Writes an expression as instructions of the tile machine: values that do not vary over a tile's rows or columns are
/// computed once for them, and repeated where an instruction needs them whole.
struct BodyWriter {
  let analysis: ExpressionAnalysis
  let shape: TileShape
  let loops: UnsafePointer<elbo_loops>
  /// The argument that accumulator 0 is.
  let firstAccumulator: Int

  var instructions: [TileInstruction] = []
  private(set) var accesses: [elbo_access] = []
  var accessRows: [TileValue?] = []
  private(set) var accessBounds: [[elbo_bound]] = []
  private(set) var constants: [UInt64] = []
  var chains: [BodyChain] = []
  private var values: [Expression.Value: TileValue] = [:]
  private var expansions: [TileValue: TileValue] = [:]
  private var absorbed: Set<Expression.Value> = []

  init(
    _ analysis: ExpressionAnalysis, shape: TileShape, loops: UnsafePointer<elbo_loops>, firstAccumulator: Int
  ) throws {
    self.analysis = analysis
    self.shape = shape
    self.loops = loops
    self.firstAccumulator = firstAccumulator
    absorbed = productsInSums()
    for value in analysis.expression.instructions.indices where analysis.isUsed[value] && !absorbed.contains(value) {
      values[value] = try write(value)
    }
  }

  /// A value with every element of the tile.
  mutating func whole(_ value: Expression.Value) -> TileValue {
    expanded(values[value]!, type: analysis.expression.types[value])
  }

  // MARK: What varies

  private func extent(_ value: Expression.Value) -> elbo_extent {
    let mask = analysis.dependence[value]
    let rank = UInt32(analysis.space.rank)
    let byColumn = mask & (1 << (rank - 1)) != 0
    guard shape.hasShortRows else { return byColumn ? ELBO_FULL : ELBO_UNIFORM }
    let byRow = mask & (1 << (rank - 2)) != 0
    return elbo_extent((byColumn ? ELBO_BY_COLUMN.rawValue : 0) | (byRow ? ELBO_BY_ROW.rawValue : 0))
  }

  /// Whether a value is the same for every tile of a box. Short rows span the box's whole width, so that what varies
  /// over columns alone is.
  private func isInPrologue(_ value: Expression.Value) -> Bool {
    let mask = analysis.dependence[value]
    return shape.hasShortRows ? mask & ~(1 << UInt32(analysis.space.rank - 1)) == 0 : mask == 0
  }

  private func extent(of value: TileValue) -> elbo_extent {
    guard case .instruction(let number) = value else { return ELBO_UNIFORM }
    return instructions[number].extent
  }

  private mutating func expanded(_ value: TileValue, type: ElementType) -> TileValue {
    let operandExtent = extent(of: value)
    if operandExtent == ELBO_FULL { return value }
    if let known = expansions[value] { return known }
    var isInPrologue = false
    if case .instruction(let number) = value { isInPrologue = instructions[number].isInPrologue }
    let result = append(
      TileInstruction(
        action: ELBO_EXPAND, type: type, extent: ELBO_FULL, isInPrologue: isInPrologue, operands: [value],
        operandExtent: operandExtent))
    expansions[value] = result
    return result
  }

  private mutating func append(_ instruction: TileInstruction) -> TileValue {
    instructions.append(instruction)
    return .instruction(instructions.count - 1)
  }

  // MARK: Instructions

  private mutating func write(_ value: Expression.Value) throws -> TileValue {
    let type = analysis.expression.types[value]
    switch analysis.expression.instructions[value] {
    case .constant(let scalar):
      constants.append(Self.bits(scalar))
      return .constant(constants.count - 1)
    case .load(let argument, let at, let row, let bounds):
      return access(
        ELBO_LOAD, value, at: analysis.space.strides(at.strides), offset: at.offset, row: row, bounds: bounds,
        argument: argument)
    case .accumulator(let number):
      return access(
        ELBO_LOAD, value, at: analysis.accumulators[number], offset: 0, argument: firstAccumulator + number)
    case .index(let at):
      return access(ELBO_INDEX, value, at: analysis.space.strides(at.strides), offset: at.offset)
    case .inside(let bounds):
      return access(ELBO_INSIDE, value, at: [], offset: 0, bounds: bounds)
    case .random(let kind, let stream, let state, let at, let row):
      return access(
        ELBO_RANDOM, value, at: analysis.space.strides(at.strides), offset: at.offset, row: row, argument: state,
        random: kind, stream: stream)
    case .unary(let op, let x):
      let loop = elbo_unary_loop(loops, Int32(op.rawValue), Int32(type.rawValue))
      return try apply(value, .unary(op), loop, [x], "\(op)")
    case .binary(let op, let x, let y):
      if let product = absorbedProduct(of: value) { return try triad(value, op, x, y, product) }
      let loop = elbo_binary_loop(loops, Int32(op.rawValue), Int32(type.rawValue))
      return try apply(value, .binary(op), loop, [x, y], "\(op)")
    case .select(let x, let y, let z):
      return try apply(value, .select, elbo_select_loop(loops, Int32(type.rawValue)), [x, y, z], "select")
    case .cast(let x):
      let from = analysis.expression.types[x]
      return try apply(value, nil, elbo_cast_loop(loops, Int32(from.rawValue), Int32(type.rawValue)), [x], "cast")
    case .shuffle(let count, let position, let epoch, let low, let high):
      var instruction = operation(value, ELBO_SHUFFLE, [position, epoch, low, high])
      instruction.detail = Int(Int32(bitPattern: UInt32(truncatingIfNeeded: count)))
      return append(instruction)
    }
  }

  /// An instruction whose operands are whole where it is, or one element.
  private mutating func operation(
    _ value: Expression.Value, _ action: elbo_action, _ operands: [Expression.Value]
  ) -> TileInstruction {
    let extent = extent(value)
    var instruction = TileInstruction(
      action: action, type: analysis.expression.types[value], extent: extent, isInPrologue: isInPrologue(value))
    for (position, operand) in operands.enumerated() {
      var written = values[operand]!
      let operandExtent = self.extent(of: written)
      if operandExtent == ELBO_UNIFORM {
        if extent != ELBO_UNIFORM { instruction.scalars |= 1 << UInt8(position) }
      } else if operandExtent != extent {
        written = expanded(written, type: analysis.expression.types[operand])
      }
      instruction.operands.append(written)
    }
    return instruction
  }

  private mutating func apply(
    _ value: Expression.Value, _ op: ChainOp?, _ loop: elbo_loop?, _ operands: [Expression.Value], _ name: String
  ) throws -> TileValue {
    guard let loop else {
      throw LoweringError(description: "\(name) of \(analysis.expression.types[value])")
    }
    var instruction = operation(value, ELBO_APPLY, operands)
    instruction.loop = loop
    instruction.op = op
    return append(instruction)
  }

  private mutating func access(
    _ action: elbo_action, _ value: Expression.Value, at strides: [Int], offset: Int, row: IndirectRow? = nil,
    bounds: [Bound] = [], argument: Int = 0, random: RandomKind = .bits, stream: UInt32 = 0
  ) -> TileValue {
    var access = elbo_access()
    access.at = elbo_affine(offset: offset, strides: strides)
    access.bound_count = Int32(bounds.count)
    access.argument = Int32(argument)
    access.row = -1
    if let row {
      access.row_stride = Int64(row.stride)
      access.row_count = Int64(row.count)
      access.row_extent = extent(of: values[row.row]!)
    }
    access.random = Int32(random.rawValue)
    access.stream = stream
    accesses.append(access)
    accessRows.append(row.map { values[$0.row]! })
    accessBounds.append(
      bounds.map {
        elbo_bound(
          index: elbo_affine(offset: $0.index.offset, strides: analysis.space.strides($0.index.strides)),
          extent: Int64($0.extent))
      })
    var instruction = TileInstruction(
      action: action, type: analysis.expression.types[value], extent: extent(value),
      isInPrologue: isInPrologue(value))
    instruction.detail = accesses.count - 1
    if let row { instruction.operands = [values[row.row]!] }
    if action == ELBO_LOAD { instruction.argument = argument }
    return append(instruction)
  }

  /// The memory of a constant, from its first byte on.
  private static func bits(_ scalar: Scalar) -> UInt64 {
    switch scalar.type {
    case .float32: UInt64(Float(scalar.value).bitPattern)
    case .float64: scalar.value.bitPattern
    case .int32: UInt64(UInt32(bitPattern: Int32(scalar.value)))
    case .uint32: UInt64(UInt32(scalar.value))
    case .uint8: UInt64(UInt8(scalar.value))
    }
  }

  // MARK: Products in sums

  /// Products of which one sum or difference is the only reader, and which vary over the same elements: one pass over
  /// memory does both.
  private func productsInSums() -> Set<Expression.Value> {
    let expression = analysis.expression
    var readers = [Int](repeating: 0, count: expression.instructions.count)
    for (value, instruction) in expression.instructions.enumerated() where analysis.isUsed[value] {
      for operand in instruction.operands { readers[operand] += 1 }
    }
    for result in analysis.results { readers[result] += 1 }
    var found: Set<Expression.Value> = []
    for (value, instruction) in expression.instructions.enumerated() where analysis.isUsed[value] {
      guard case .binary(let op, let x, let y) = instruction, op == .add || op == .subtract,
        expression.types[value].isFloatingPoint
      else { continue }
      let product = [x, y].first { operand in
        guard case .binary(.multiply, _, _) = expression.instructions[operand] else { return false }
        return readers[operand] == 1 && extent(operand) == extent(value)
          && isInPrologue(operand) == isInPrologue(value)
      }
      if let product { found.insert(product) }
    }
    return found
  }

  private func absorbedProduct(of value: Expression.Value) -> Expression.Value? {
    analysis.expression.instructions[value].operands.first { absorbed.contains($0) }
  }

  private mutating func triad(
    _ value: Expression.Value, _ op: BinaryOp, _ x: Expression.Value, _ y: Expression.Value,
    _ product: Expression.Value
  ) throws -> TileValue {
    guard case .binary(_, let a, let b) = analysis.expression.instructions[product] else {
      preconditionFailure("value \(product) is no product")
    }
    let other = product == x ? y : x
    let kind = op == .add ? ELBO_PRODUCT_PLUS : product == x ? ELBO_PRODUCT_LESS : ELBO_LESS_PRODUCT
    let loop = elbo_triad_loop(loops, kind, Int32(analysis.expression.types[value].rawValue))
    let step: ChainOp = op == .add ? .productPlus : product == x ? .productLess : .lessProduct
    return try apply(value, step, loop, [a, b, other], "\(op)")
  }
}

/// What a kernel asks for and this device does not have.
struct LoweringError: Error, CustomStringConvertible {
  var description: String
}
