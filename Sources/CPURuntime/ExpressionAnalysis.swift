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
