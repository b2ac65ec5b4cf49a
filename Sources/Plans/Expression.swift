import Graphs

/// An affine function of the coordinates of an iteration space: offset + sum over d of strides[d] * coordinate[d].
public struct Affine: Hashable, Sendable {
  public var offset: Int
  public var strides: [Int]

  public init(offset: Int = 0, strides: [Int]) {
    self.offset = offset
    self.strides = strides
  }

  public static func constant(_ offset: Int, rank: Int) -> Affine {
    Affine(offset: offset, strides: [Int](repeating: 0, count: rank))
  }

  public static func + (a: Affine, b: Affine) -> Affine {
    Affine(offset: a.offset + b.offset, strides: zip(a.strides, b.strides).map { $0 + $1 })
  }

  public static func * (a: Affine, factor: Int) -> Affine {
    Affine(offset: a.offset * factor, strides: a.strides.map { $0 * factor })
  }

  public func value(at coordinates: [Int]) -> Int {
    zip(strides, coordinates).reduce(offset) { $0 + $1.0 * $1.1 }
  }
}

/// Holds where 0 <= index < extent: inside the part of a padded tensor that has memory behind it.
public struct Bound: Hashable, Sendable {
  public var index: Affine
  public var extent: Int

  public init(index: Affine, extent: Int) {
    self.index = index
    self.extent = extent
  }
}

/// A row that is data: `row` (an int32 value of the same expression) times `stride` is added to an element's index.
/// Rows outside 0 ..< `count` are clamped to it.
public struct IndirectRow: Hashable, Sendable {
  public var row: Expression.Value
  public var stride: Int
  public var count: Int

  public init(row: Expression.Value, stride: Int, count: Int) {
    self.row = row
    self.stride = stride
    self.count = count
  }
}

/// What a kernel computes at each place of its iteration space: a list of scalar instructions, each using earlier ones.
public struct Expression: Hashable, Sendable {
  /// The position of an instruction in the list.
  public typealias Value = Int

  public enum Instruction: Hashable, Sendable {
    case constant(Scalar)
    /// The element `at` (in elements from the argument's start) of an argument; 0 where a bound does not hold, and
    /// then memory is not touched.
    case load(argument: Int, at: Affine, row: IndirectRow?, bounds: [Bound])
    /// An integer computed from coordinates.
    case index(Affine)
    /// 1 where all bounds hold, else 0.
    case inside([Bound])
    /// The result of a contraction at this place: product `i` of a matmul, reduction `i` of a reduce.
    case accumulator(Int)
    case unary(UnaryOp, Value)
    case binary(BinaryOp, Value, Value)
    case select(Value, Value, Value)
    case cast(Value)
    /// Element `at` (+ row.row * row.stride, not clamped) of a Philox stream; `state` is an argument of 3 x uint32:
    /// seed low, seed high, step.
    case random(RandomKind, stream: UInt32, state: Int, at: Affine, row: IndirectRow?)
    /// (position, epoch, seed low, seed high) -> position in the keyed permutation of 0 ..< count; all uint32.
    case shuffle(count: Int, Value, Value, Value, Value)
  }

  public var instructions: [Instruction] = []
  /// The type of each instruction's value.
  public var types: [ElementType] = []

  public init() {}
}

/// Writes a value of an expression to memory at each place of the iteration space.
public struct Store: Hashable, Sendable {
  public var value: Expression.Value
  public var argument: Int
  public var at: Affine

  public init(value: Expression.Value, argument: Int, at: Affine) {
    self.value = value
    self.argument = argument
    self.at = at
  }
}
