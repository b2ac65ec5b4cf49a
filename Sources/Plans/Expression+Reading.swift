extension Expression.Instruction {
  /// The values that an instruction reads.
  public var operands: [Expression.Value] {
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
  public var affines: [Affine] {
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
  public var affines: [Affine] { instructions.flatMap(\.affines) }
}
