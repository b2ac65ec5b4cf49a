import Graphs

// Functions of one tensor, element by element; shape and type stay.
extension Tensor {
  private func unary(_ op: UnaryOp) -> Tensor { Tensor.apply(.unary(op), [self]) }

  /// eˣ.
  public func exp() -> Tensor { unary(.exp) }
  /// eˣ - 1, exact for small x.
  public func expm1() -> Tensor { unary(.expm1) }
  /// The natural logarithm.
  public func log() -> Tensor { unary(.log) }
  /// log(1 + x), exact for small x.
  public func log1p() -> Tensor { unary(.log1p) }
  /// √x.
  public func sqrt() -> Tensor { unary(.sqrt) }
  /// 1 / √x.
  public func rsqrt() -> Tensor { sqrt().reciprocal() }
  /// 1 / x.
  public func reciprocal() -> Tensor { unary(.reciprocal) }
  /// The sine of x in radians.
  public func sin() -> Tensor { unary(.sin) }
  /// The cosine of x in radians.
  public func cos() -> Tensor { unary(.cos) }
  /// The hyperbolic tangent.
  public func tanh() -> Tensor { unary(.tanh) }
  /// The error function, 2/√π ∫₀ˣ exp(-t²) dt.
  public func erf() -> Tensor { unary(.erf) }
  /// |x|.
  public func abs() -> Tensor { unary(.absolute) }
  /// -1, 0 or 1.
  public func sign() -> Tensor { unary(.sign) }
  /// The largest whole number that is not above x; its gradient is 0.
  public func floor() -> Tensor { unary(.floor) }
  /// The smallest whole number that is not below x; its gradient is 0.
  public func ceil() -> Tensor { -(-self).floor() }
  /// x².
  public func squared() -> Tensor { self * self }

  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() -> Tensor { unary(.sigmoid) }
  /// log(1 / (1 + e⁻ˣ)), without overflow.
  public func logSigmoid() -> Tensor { -(-self).softplus() }
  /// log(1 + eˣ), without overflow.
  public func softplus() -> Tensor { unary(.softplus) }
  /// max(x, 0).
  public func relu() -> Tensor { unary(.relu) }

  /// x raised to a number; a whole exponent up to 4 in size is multiplied out, so that x may be negative.
  public func pow(_ exponent: Double) -> Tensor {
    switch exponent {
    case 0: return .ones(like: self)
    case 1: return self
    case 2: return squared()
    case 3: return squared() * self
    case 4: return squared().squared()
    case 0.5: return sqrt()
    case -0.5: return rsqrt()
    case -1, -2, -3, -4: return pow(-exponent).reciprocal()
    default: return pow(like(exponent, "power"))
    }
  }

  /// x raised to a tensor; x ≥ 0 unless the exponent is a whole number.
  public func pow(_ exponent: Tensor) -> Tensor { Tensor.binary(.power, self, exponent) }

  /// The nearest number in a closed interval; the gradient is 0 outside.
  public func clamped(to limits: ClosedRange<Double>) -> Tensor {
    minimum(maximum(self, limits.lowerBound), limits.upperBound)
  }

  /// The nearest number that is not below `lower`.
  public func clamped(to limits: PartialRangeFrom<Double>) -> Tensor { maximum(self, limits.lowerBound) }

  /// The nearest number that is not above `upper`.
  public func clamped(to limits: PartialRangeThrough<Double>) -> Tensor { minimum(self, limits.upperBound) }

  /// 1 where x is neither infinite nor NaN, else 0.
  public func isFinite() -> Tensor { abs() .< .infinity }

  /// 1 where x is NaN, else 0.
  public func isNaN() -> Tensor { self .!= self }

  /// The elements in another type; floating point to integer truncates toward zero.
  public func cast(to type: ElementType) -> Tensor { Tensor.apply(.cast(type), [self]) }

  /// The same values, through which no gradient passes.
  public func stoppingGradient() -> Tensor { Tensor.apply(.stopGradient, [self]) }
}
