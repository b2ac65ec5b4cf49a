import Graphs
import Plans

/// Writes an expression as OpenCL C: one constant for each instruction, computed from scalars.
///
/// The statements stand where the coordinates (`c0`, `c1`, …) and the arguments (`a0`, `a1`, …) are in scope.
struct ExpressionCode {
  let expression: Expression
  let space: IterationSpace
  let arguments: [ElementType]
  let index: IndexType
  /// What the accumulators are called.
  var accumulators: [String] = []
  /// What the names of values and of coordinates begin with.
  var value = "v"
  var coordinate = "c"
  /// What random numbers are called that a statement before has drawn.
  var drawn: [Expression.Value: String] = [:]

  /// The instructions in their order, then the stores.
  func statements(storing stores: [Store]) -> [String] {
    let instructions = expression.instructions.indices.map(statement)
    return instructions + stores.map { "a\($0.argument)[\(text($0.at))] = \(name($0.value));" }
  }

  func statement(_ number: Expression.Value) -> String {
    "const \(expression.types[number].codeName) \(name(number)) = \(code(number));"
  }

  func name(_ value: Expression.Value) -> String { "\(self.value)\(value)" }

  func text(_ affine: Affine) -> String { space.text(affine, coordinates: coordinate) }

  private func code(_ number: Expression.Value) -> String {
    if let known = drawn[number] { return known }
    let type = expression.types[number]
    switch expression.instructions[number] {
    case .constant(let scalar): return ScalarCode.literal(scalar.value, scalar.type)
    case .load(let argument, let at, let row, let bounds):
      var place = text(at)
      if let row {
        place += " + (\(index.name))clamp(\(name(row.row)), 0, \(row.count - 1)) * \(IndexType.literal(row.stride))"
      }
      let load = "a\(argument)[\(place)]"
      return condition(bounds).map { "\($0) ? \(load) : (\(type.codeName))0" } ?? load
    case .index(let affine): return "(\(type.codeName))(\(text(affine)))"
    case .inside(let bounds): return "(\(type.codeName))(\(condition(bounds) ?? "1"))"
    case .accumulator(let number): return accumulators[number]
    case .unary(let op, let x): return ScalarCode.unary(op, name(x), type)
    // A comparison has the type of what it compares.
    case .binary(let op, let x, let y): return ScalarCode.binary(op, name(x), name(y), type)
    case .select(let condition, let x, let y): return "\(name(condition)) != 0 ? \(name(x)) : \(name(y))"
    case .cast(let x): return ScalarCode.cast(name(x), from: expression.types[x], to: type)
    case .random(let kind, let stream, let state, let at, let row):
      let function = kind == .bits ? "elbo_random_bits" : "elbo_random_\(kind)_\(type.suffix)"
      return "\(function)(a\(state)[0], a\(state)[1], a\(state)[2], \(stream)u, \(element(at, row)))"
    case .shuffle(let count, let position, let epoch, let low, let high):
      return "elbo_shuffle(\(count)u, \(name(position)), \(name(epoch)), \(name(low)), \(name(high)))"
    }
  }

  /// The number of a random element.
  func element(_ at: Affine, _ row: IndirectRow?) -> String {
    var element = "(long)(\(text(at)))"
    if let row { element += " + (long)\(name(row.row)) * \(row.stride)L" }
    return "(ulong)(\(element))"
  }

  /// The bounds that can fail, as one condition; nil where none can. One comparison of unsigned numbers does for both
  /// ends of a bound.
  private func condition(_ bounds: [Bound]) -> String? {
    let unsigned = "u" + index.name
    let failing = bounds.filter { bound in
      let range = space.range(bound.index)
      return range.lowerBound < 0 || range.upperBound >= bound.extent
    }
    guard !failing.isEmpty else { return nil }
    return failing.map { "(\(unsigned))(\(text($0.index))) < (\(unsigned))\($0.extent)" }.joined(separator: " && ")
  }
}

extension Expression {
  /// The greatest distance that an indirect row adds to an index.
  var indirectReach: Int {
    instructions.reduce(0) { reach, instruction in
      guard case .load(_, _, let row?, _) = instruction else { return reach }
      return max(reach, abs(row.stride) * max(row.count - 1, 0))
    }
  }

  var usesRandomNumbers: Bool {
    instructions.contains { instruction in
      switch instruction {
      case .random, .shuffle: true
      default: false
      }
    }
  }
}
