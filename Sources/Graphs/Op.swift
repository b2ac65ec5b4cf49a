/// Names memory that exists before a graph runs: data, parameters, counters. Unique in a process.
public struct SourceID: Hashable, Sendable, Comparable {
  public let raw: UInt64
  public init(raw: UInt64) { self.raw = raw }
  public static func < (a: SourceID, b: SourceID) -> Bool { a.raw < b.raw }
}

/// Elementwise functions of one argument. Integers take `negate`, `absolute`, `sign` and `relu` only.
public enum UnaryOp: UInt8, Hashable, Sendable, CaseIterable {
  case negate, absolute, sign, floor
  case exp, log, log1p, expm1, sqrt, reciprocal, sin, cos, tanh
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// log(1 + exp(x)), without overflow.
  case softplus
  case erf
  /// max(x, 0): an op of its own, so that its gradient needs only its output.
  case relu
}

/// Elementwise functions of two arguments of one type. Comparisons give 1 or 0 in that same type.
public enum BinaryOp: UInt8, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum
  /// x raised to y, for floating point; x >= 0 unless y is a whole number.
  case power
  /// x - y * trunc(x / y): the sign of x, as C's `%` and `fmod`.
  case remainder
  case less, equal

  var isCommutative: Bool {
    switch self {
    case .add, .multiply, .maximum, .minimum, .equal: true
    case .subtract, .divide, .power, .remainder, .less: false
    }
  }
}

public enum ReduceOp: UInt8, Hashable, Sendable, CaseIterable {
  case sum, maximum
}

/// What a random op draws.
public enum RandomKind: UInt8, Hashable, Sendable, CaseIterable {
  /// The 32 random bits themselves (uint32).
  case bits
  /// Uniform on the open interval (0, 1).
  case uniform
  /// Standard normal, by Box-Muller of lanes (0, 1) and (2, 3).
  case normal
}

/// Stride, padding and dilation of a 2-D convolution, each (rows, columns).
public struct ConvolutionWindow: Hashable, Sendable {
  public var stride: [Int]
  public var padding: [Int]
  public var dilation: [Int]
  public var groups: Int

  public init(stride: [Int] = [1, 1], padding: [Int] = [0, 0], dilation: [Int] = [1, 1], groups: Int = 1) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }
}

/// What a node computes from its inputs. An op declares its kind once; `Graph+Shapes.swift` gives its shape rule and
/// `Gradients.swift` its gradient rule.
public enum Op: Hashable, Sendable {
  // Sources.
  /// Memory that exists before the graph runs.
  case source(SourceID)
  /// One element.
  case constant(Scalar)
  /// The coordinate along `axis`, at every place of a shape.
  case iota(shape: Shape, axis: Int, type: ElementType)
  /// Philox 4x32-10. Inputs: state (3 x uint32: seed low, seed high, step) and, optionally, the global rows
  /// (int32, one for each index of the first dimension) that the elements belong to.
  case random(RandomKind, shape: Shape, stream: UInt32, type: ElementType)

  // Elementwise.
  case unary(UnaryOp)
  case binary(BinaryOp)
  /// (condition, a, b): a where the condition is not zero, else b; all of one type.
  case select
  case cast(ElementType)
  /// (position, epoch, seed low, seed high), all uint32: where position stands in a keyed permutation of 0 ..< count.
  case shuffle(count: Int)
  /// The value itself, through which no gradient passes.
  case stopGradient

  // Movement: the same elements at other places.
  case reshape(Shape)
  /// Stretches extents of 1; the rank stays.
  case broadcast(Shape)
  case permute([Int])
  case slice(start: [Int], end: [Int])
  /// Adds zeros before and after each dimension.
  case pad(before: [Int], after: [Int])
  case concatenate(axis: Int)

  // Contractions of many elements to one; reduced axes stay, with extent 1.
  case reduce(ReduceOp, axes: [Int])
  /// (..., M, K) x (..., K, N), leading dimensions equal.
  case matmul
  /// (batch, channels, height, width) with filters (outputs, channels / groups, height, width).
  case convolution(ConvolutionWindow)
  /// (output gradient, filters): the gradient with respect to the input, of the given shape.
  case convolutionInputGradient(ConvolutionWindow, input: Shape)
  /// (input, output gradient): the gradient with respect to the filters, of the given shape.
  case convolutionFilterGradient(ConvolutionWindow, filter: Shape)

  /// (data, rows: int32 of shape (n,)): the rows of data's first dimension, in that order.
  case gather
}

extension Op {
  /// How the planner may treat an op.
  public enum Kind: Hashable, Sendable {
    /// Memory, a constant or something computed from coordinates alone.
    case source
    /// One element from the elements at the same place.
    case elementwise
    /// The same elements at other places.
    case movement
    /// Many elements to one: begins a kernel.
    case contraction
    /// Elements at places that are data.
    case gather
  }

  public var kind: Kind {
    switch self {
    case .source, .constant, .iota, .random: .source
    case .unary, .binary, .select, .cast, .shuffle, .stopGradient: .elementwise
    case .reshape, .broadcast, .permute, .slice, .pad, .concatenate: .movement
    case .reduce, .matmul, .convolution, .convolutionInputGradient, .convolutionFilterGradient: .contraction
    case .gather: .gather
    }
  }

  /// The name in messages and traces.
  public var name: String {
    switch self {
    case .source: "source"
    case .constant: "constant"
    case .iota: "iota"
    case .random(let kind, _, _, _): "random \(kind)"
    case .unary(let op): "\(op)"
    case .binary(let op): "\(op)"
    case .select: "select"
    case .cast: "cast"
    case .shuffle: "shuffle"
    case .stopGradient: "stopGradient"
    case .reshape: "reshape"
    case .broadcast: "broadcast"
    case .permute: "permute"
    case .slice: "slice"
    case .pad: "pad"
    case .concatenate: "concatenate"
    case .reduce(let op, _): "reduce \(op)"
    case .matmul: "matmul"
    case .convolution: "convolution"
    case .convolutionInputGradient: "convolutionInputGradient"
    case .convolutionFilterGradient: "convolutionFilterGradient"
    case .gather: "gather"
    }
  }
}
