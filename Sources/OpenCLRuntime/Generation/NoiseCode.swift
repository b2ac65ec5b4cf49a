import Plans

/// Random numbers drawn ahead of a loop whose turns use neighbours: a block of four lanes is computed once for them all,
/// where a turn by itself would compute it for one.
struct NoiseCode {
  /// What stands before the loop.
  private(set) var statements: [String] = []
  /// What the loop's body says instead of drawing.
  private(set) var drawn: [Expression.Value: String] = [:]

  /// - Parameters:
  ///   - body: The loop's body.
  ///   - group: The group of dimensions whose last one the loop runs along.
  ///   - first: Where that coordinate begins, and `turn`, how many turns were before.
  ///   - count: Turns of the loop, at most `capacity`.
  init(_ body: ExpressionCode, alongGroup group: Int, from first: String, turn: String, count: String, capacity: Int) {
    let expression = body.expression
    var loop = Loop(space: body.space, group: group, expression: expression)
    for (number, instruction) in expression.instructions.enumerated() {
      guard case .random(let kind, let stream, let state, let at, let row) = instruction,
        body.space.innerStride(at, group: group) == 1, row.map({ !loop.varies($0.row) }) ?? true
      else { continue }
      var ahead = body
      ahead.value = "d\(number)_"
      let type = expression.types[number]
      let function = kind == .bits ? "elbo_draw_bits" : "elbo_draw_\(kind)_\(type.suffix)"
      let state3 = (0..<3).map { "a\(state)[\($0)]" }.joined(separator: ", ")
      statements.append("\(type.codeName) noise_\(number)[\(capacity)];")
      statements.append("{")
      statements.append("  const \(body.index.name) \(body.space.innerCoordinate(ofGroup: group)) = \(first);")
      statements += expression.operands(of: row.map { [$0.row] } ?? []).map { "  " + ahead.statement($0) }
      statements.append(
        "  \(function)(noise_\(number), \(state3), \(stream)u, \(ahead.element(at, row)), (int)(\(count)));")
      statements.append("}")
      drawn[number] = "noise_\(number)[\(turn)]"
    }
  }

  /// Which values differ from turn to turn.
  private struct Loop {
    let space: IterationSpace
    let group: Int
    let expression: Expression
    private var known: [Expression.Value: Bool] = [:]

    init(space: IterationSpace, group: Int, expression: Expression) {
      self.space = space
      self.group = group
      self.expression = expression
    }

    mutating func varies(_ value: Expression.Value) -> Bool {
      if let answer = known[value] { return answer }
      let instruction = expression.instructions[value]
      var answer = instruction.affines.contains { space.innerStride($0, group: group) != 0 }
      if case .accumulator = instruction { answer = true }
      for operand in instruction.operands where !answer { answer = varies(operand) }
      known[value] = answer
      return answer
    }
  }
}

extension Expression {
  /// Values and all that they are computed from, in order.
  fileprivate func operands(of values: [Value]) -> [Value] {
    var needed = Set<Value>()
    var stack = values
    while let next = stack.popLast() {
      if needed.insert(next).inserted { stack += instructions[next].operands }
    }
    return needed.sorted()
  }
}
