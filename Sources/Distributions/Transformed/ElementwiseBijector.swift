import Glibc
import Tensors

/// Functions of one number that rise everywhere, applied to each element by itself.
public enum ElementwiseBijector: Bijector, Hashable, CaseIterable {
  /// eˣ.
  case exp
  /// log(1 + eˣ).
  case softplus
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  case tanh

  public var range: Support {
    switch self {
    case .exp, .softplus: .positiveNumbers
    case .sigmoid: .unitInterval
    case .tanh: .interval(-1, 1)
    }
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .exp: x.exp()
    case .softplus: x.softplus()
    case .sigmoid: x.sigmoid()
    case .tanh: x.tanh()
    }
  }

  public func inverse(of y: Tensor) -> Tensor {
    switch self {
    case .exp: y.log()
    // log(eʸ - 1), of which eʸ would overflow.
    case .softplus: y + (-(-y).expm1()).log()
    case .sigmoid: y.log() - (-y).log1p()
    case .tanh: (y.log1p() - (-y).log1p()) * 0.5
    }
  }

  /// log f'(x) of each element: (batch..., event...), as is x.
  public func logSlope(at x: Tensor) -> Tensor {
    switch self {
    case .exp: x
    case .softplus: x.logSigmoid()
    case .sigmoid: -x.softplus() - (-x).softplus()
    // 1 - tanh² by exponentials, whose logarithm stays where tanh is all but 1.
    case .tanh: (log(2) - x - (x * -2).softplus()) * 2
    }
  }

  public func logDeterminant(at x: Tensor, eventRank: Int) -> Tensor { logSlope(at: x).summedOverEvent(eventRank) }
}
