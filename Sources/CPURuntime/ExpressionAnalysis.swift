import Graphs
import Plans

/// What an expression needs of an iteration space: which values are used, and over which dimensions each varies.
struct ExpressionAnalysis {
  let expression: Expression
  let space: IterationSpace
  /// Strides of accumulators over the dimensions of `space`.
  let accumulators: [[Int]]
  /// Values that are stored, or that a reduction combines.
  let results: [Expression.Value]
  private(set) var isUsed: [Bool]
  /// A bit for each dimension of `space` that a value depends on.
  private(set) var dependence: [UInt32]

  init(_ expression: Expression, space: IterationSpace, accumulators: [[Int]], results: [Expression.Value]) {
    self.expression = expression
    self.space = space
    self.accumulators = accumulators
    self.results = results
    isUsed = [Bool](repeating: false, count: expression.instructions.count)
    for value in results { isUsed[value] = true }
    for (value, instruction) in expression.instructions.enumerated().reversed() where isUsed[value] {
      for operand in instruction.operands { isUsed[operand] = true }
    }
    dependence = []
    for instruction in expression.instructions {
      var mask = instruction.operands.reduce(UInt32(0)) { $0 | dependence[$1] }
      for affine in instruction.affines { mask |= Self.mask(space.strides(affine.strides)) }
      if case .accumulator(let number) = instruction { mask |= Self.mask(accumulators[number]) }
      dependence.append(mask)
    }
  }

  private static func mask(_ strides: [Int]) -> UInt32 {
    strides.enumerated().reduce(0) { $0 | ($1.element == 0 ? 0 : UInt32(1) << UInt32($1.offset)) }
  }
}

extension Expression.Instruction {
  /// The values that an instruction reads.
  var operands: [Expression.Value] {
    switch self {
    case .constant, .index, .inside, .accumulator: []
    case .load(_, _, let row, _): row.map { [$0.row] } ?? []
    case .unary(_, let x), .cast(let x): [x]
    case .binary(_, let x, let y): [x, y]
    case .select(let x, let y, let z): [x, y, z]
    case .random(_, _, _, _, let row): row.map { [$0.row] } ?? []
    case .shuffle(_, let position, let epoch, let low, let high): [position, epoch, low, high]
    }
  }

  /// The affine functions of the coordinates that an instruction evaluates.
  var affines: [Affine] {
    switch self {
    case .load(_, let at, _, let bounds): [at] + bounds.map(\.index)
    case .index(let at): [at]
    case .inside(let bounds): bounds.map(\.index)
    case .random(_, _, _, let at, _): [at]
    case .constant, .accumulator, .unary, .binary, .select, .cast, .shuffle: []
    }
  }
}

extension Expression {
  /// The affine functions that the whole expression evaluates.
  var affines: [Affine] { instructions.flatMap(\.affines) }
}
