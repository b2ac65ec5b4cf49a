import Tensors

/// A nonlinear function, element by element.
///
/// The names are those that commands and configurations take: `Activation(rawValue: "relu")`.
public enum Activation: String, Sendable, CaseIterable, Codable {
  /// x.
  case identity
  /// max(x, 0).
  case relu
  case tanh
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// log(1 + eˣ).
  case softplus
  /// x Φ(x) with the normal distribution function Φ, exact by the error function (Hendrycks and Gimpel, 2016).
  case gelu
  /// x / (1 + e⁻ˣ) (Elfwing et al., 2017).
  case silu
  /// x where x > 0, else eˣ - 1 (Clevert et al., 2015).
  case elu
  /// x where x > 0, else x / 100 (Maas et al., 2013).
  case leakyRelu
}

extension Activation: Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .identity: x
    case .relu: x.relu()
    case .tanh: x.tanh()
    case .sigmoid: x.sigmoid()
    case .softplus: x.softplus()
    case .gelu: x * 0.5 * ((x * 0.5.squareRoot()).erf() + 1)
    case .silu: x * x.sigmoid()
    // Of what is not positive only, so that what is not chosen cannot overflow.
    case .elu: select(x .> 0, x, minimum(x, 0).expm1())
    case .leakyRelu: select(x .> 0, x, x * 0.01)
    }
  }

  public var parameters: ParameterList { [:] }
}
