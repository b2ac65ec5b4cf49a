import Graphs

/// What an instruction of the tile machine computes, as far as a chain can.
enum ChainOp: Hashable {
  case unary(UnaryOp)
  case binary(BinaryOp)
  case select
  /// A product and then, rounded again, a sum or a difference with it.
  case productPlus, productLess, lessProduct

  /// Whether there are steps for it; the others have loops of their own.
  var hasSteps: Bool {
    switch self {
    case .unary(let op):
      switch op {
      case .negate, .absolute, .floor, .sqrt, .reciprocal, .relu, .exp, .expm1, .log, .log1p, .tanh, .sigmoid,
        .softplus:
        true
      case .sign, .sin, .cos, .erf: false
      }
    case .binary(let op): op != .power && op != .remainder
    case .select, .productPlus, .productLess, .lessProduct: true
    }
  }
}

// Each op as the steps that its function in `Kernels/include/elbo_math.h` takes, so that the bits are the same.
extension VectorChain {
  mutating func apply(_ op: ChainOp, _ x: [Operand]) -> Operand {
    switch op {
    case .unary(let op): apply(op, x[0])
    case .binary(let op): apply(op, x[0], x[1])
    case .select: add(.choose(.notEqual), x[0], 0, x[1], x[2])
    case .productPlus: plus(times(x[0], x[1]), x[2])
    case .productLess: less(times(x[0], x[1]), x[2])
    case .lessProduct: less(x[2], times(x[0], x[1]))
    }
  }

  private mutating func apply(_ op: UnaryOp, _ x: Operand) -> Operand {
    switch op {
    case .negate: add(.apply(.xor), x, .sign)
    case .absolute: magnitude(x)
    case .floor: add(.floor, x)
    case .sqrt: add(.sqrt, x)
    case .reciprocal: over(1, x)
    case .relu: add(.apply(.maximum), 0, x)
    case .exp: exp(x)
    case .expm1: expm1(x)
    case .log: log(x)
    case .log1p: log1p(x)
    case .tanh: tanh(x)
    case .sigmoid: sigmoid(x)
    case .softplus: softplus(x)
    case .sign, .sin, .cos, .erf: preconditionFailure("\(op) has a loop of its own")
    }
  }

  private mutating func apply(_ op: BinaryOp, _ x: Operand, _ y: Operand) -> Operand {
    switch op {
    case .add: plus(x, y)
    case .subtract: less(x, y)
    case .multiply: times(x, y)
    case .divide: over(x, y)
    // The first is the result where it is no number.
    case .maximum: add(.choose(.unordered), x, x, x, add(.apply(.maximum), x, y))
    case .minimum: add(.choose(.unordered), x, x, x, add(.apply(.minimum), x, y))
    case .less: add(.choose(.less), x, y, 1, 0)
    case .equal: add(.choose(.equal), x, y, 1, 0)
    case .power, .remainder: preconditionFailure("\(op) has a loop of its own")
    }
  }

  // MARK: Arithmetic

  private mutating func plus(_ x: Operand, _ y: Operand) -> Operand { add(.apply(.add), x, y) }
  private mutating func less(_ x: Operand, _ y: Operand) -> Operand { add(.apply(.subtract), x, y) }
  private mutating func times(_ x: Operand, _ y: Operand) -> Operand { add(.apply(.multiply), x, y) }
  private mutating func over(_ x: Operand, _ y: Operand) -> Operand { add(.apply(.divide), x, y) }
  private mutating func fused(_ x: Operand, _ y: Operand, _ z: Operand) -> Operand { add(.fuse, x, y, z) }
  private mutating func magnitude(_ x: Operand) -> Operand { add(.apply(.and), x, .constant(0x7FFF_FFFF)) }

  /// The polynomial of these coefficients, the highest power's first.
  private mutating func polynomial(_ x: Operand, _ coefficients: Operand...) -> Operand {
    var sum = coefficients[0]
    for coefficient in coefficients.dropFirst() { sum = fused(sum, x, coefficient) }
    return sum
  }

  // MARK: Exponentials

  /// x between two bounds, or no number.
  private mutating func clamped(_ x: Operand, _ low: Operand, _ high: Operand) -> Operand {
    add(.apply(.maximum), low, add(.apply(.minimum), high, x))
  }

  /// The whole number n nearest to x / log 2, and x - n log 2.
  private mutating func halved(_ x: Operand) -> (n: Operand, rest: Operand) {
    let round: Float = 12_582_912
    let sum = fused(x, 1.44269504, .number(round))
    let number = less(sum, .number(round))
    let rest = fused(number, 2.12194440e-4, fused(number, -0.693359375, x))
    return (add(.apply(.subtractWhole), sum, .constant(round.bitPattern)), rest)
  }

  /// 2^n.
  private mutating func powerOfTwo(_ n: Operand) -> Operand {
    add(.shift(.left, 23), add(.apply(.addWhole), n, .constant(127)))
  }

  private mutating func exp(_ x: Operand) -> Operand {
    let (n, rest) = halved(clamped(x, -104, 89))
    let q = polynomial(rest, 1.38144682e-3, 8.368780445e-3, 4.166839419e-2, 1.666652011e-1, 4.999999341e-1)
    let y = plus(fused(times(rest, rest), q, rest), 1)
    let half = add(.shift(.arithmeticRight, 1), n)
    return times(times(y, powerOfTwo(half)), powerOfTwo(add(.apply(.subtractWhole), n, half)))
  }

  private mutating func expm1(_ x: Operand) -> Operand {
    let (n, rest) = halved(clamped(x, -40, 89))
    let q = polynomial(
      rest, 1.991430428e-4, 1.394110221e-3, 8.333272827e-3, 4.166635354e-2, 1.666666682e-1, 0.5)
    let reduced = fused(times(rest, rest), q, rest)
    let half = powerOfTwo(add(.apply(.subtractWhole), n, .constant(1)))
    return times(2, fused(reduced, half, less(half, 0.5)))
  }

  // MARK: Logarithms

  /// log(2^k (1 + f)).
  private mutating func logarithm(_ f: Operand, _ k: Operand) -> Operand {
    let p = polynomial(
      f, -7.634505756e-2, 1.276158265e-1, -1.316018117e-1, 1.4201757e-1, -1.662335741e-1, 2.000122694e-1,
      -2.500082103e-1, 3.333333171e-1)
    let square = times(f, f)
    let small = fused(k, -2.12194440e-4, times(times(square, f), p))
    return fused(k, 0.693359375, plus(fused(square, -0.5, small), f))
  }

  /// The whole number k and the factor m of x = 2^k m with m about 1, where x is positive and normal.
  private mutating func split(_ x: Operand) -> (k: Operand, factor: Operand) {
    let least: UInt32 = 0x3F35_04F3
    let bits = add(.apply(.addWhole), x, .constant(0x3F80_0000 - least))
    let k = add(.apply(.subtractWhole), add(.shift(.right, 23), bits), .constant(127))
    return (k, add(.apply(.addWhole), add(.apply(.and), bits, .constant(0x007F_FFFF)), .constant(least)))
  }

  /// A logarithm that was computed as if the number were positive and finite.
  private mutating func extended(_ result: Operand, of x: Operand, from least: Operand) -> Operand {
    let finite = add(.choose(.less), x, .number(.infinity), result, x)
    let below = add(.choose(.equal), x, least, .number(-.infinity), .number(.nan))
    return add(.choose(.greater), x, least, finite, below)
  }

  private mutating func log(_ x: Operand) -> Operand {
    let least: Operand = .number(.leastNormalMagnitude)
    let (k, factor) = split(add(.choose(.less), x, least, times(x, 8_388_608), x))
    let exponent = add(.choose(.less), x, least, add(.apply(.subtractWhole), k, .constant(23)), k)
    return extended(logarithm(less(factor, 1), add(.toFloat, exponent)), of: x, from: 0)
  }

  private mutating func log1p(_ x: Operand) -> Operand {
    let (k, factor) = split(plus(1, x))
    let exponent = add(.toFloat, k)
    // For a large k the rounding of 1 + x no longer matters.
    let scale = powerOfTwo(
      add(.choose(.greater), exponent, 24, .constant(0), add(.apply(.subtractWhole), .constant(0), k)))
    let f = add(.choose(.greater), exponent, 24, less(factor, 1), fused(x, scale, less(scale, 1)))
    return extended(logarithm(f, exponent), of: x, from: -1)
  }

  // MARK: Sigmoid and its relatives

  private mutating func tanh(_ x: Operand) -> Operand {
    let t = expm1(times(-2, magnitude(x)))
    let y = magnitude(over(t, plus(2, t)))
    return add(.apply(.or), y, add(.apply(.and), x, .sign))
  }

  /// exp(-|x|).
  private mutating func decay(_ x: Operand) -> Operand { exp(add(.apply(.or), x, .sign)) }

  private mutating func sigmoid(_ x: Operand) -> Operand {
    let e = decay(x)
    let y = over(1, plus(1, e))
    return add(.choose(.less), x, 0, times(e, y), y)
  }

  private mutating func softplus(_ x: Operand) -> Operand {
    let e = decay(x)
    let limit: Operand = 0.414213562
    let f = add(.choose(.greater), e, limit, fused(e, 0.5, -0.5), e)
    let k = add(.choose(.greater), e, limit, 1, 0)
    return plus(add(.apply(.maximum), x, 0), logarithm(f, k))
  }
}

extension VectorChain.Operand: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  init(floatLiteral value: Float) { self = .number(value) }
  init(integerLiteral value: Int) { self = .number(Float(value)) }

  fileprivate static func number(_ value: Float) -> Self { .constant(value.bitPattern) }
  /// The bit of the sign.
  fileprivate static let sign = Self.constant(0x8000_0000)
}
