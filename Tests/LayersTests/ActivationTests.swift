import Foundation
import Layers
import TensorTestSupport
import Tensors
import Testing

@Suite struct ActivationTests {
  /// The definitions, as plainly as they can be said.
  private func expected(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .identity: x
    case .relu: max(x, 0)
    case .tanh: tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .softplus: x > 30 ? x : log1p(exp(x))
    case .gelu: x * 0.5 * erfc(-x / 2.0.squareRoot())
    case .silu: x / (1 + exp(-x))
    case .elu: x > 0 ? x : exp(x) - 1
    case .leakyRelu: x > 0 ? x : 0.01 * x
    }
  }

  static let places = [-40, -3, -1.25, -0.5, -1e-3, 0, 1e-3, 0.75, 2, 5, 800]

  @Test(arguments: Activation.allCases) func values(_ activation: Activation) throws {
    let found = try interpreted(activation(Tensor(Self.places)))
    #expect(agree(found, Self.places.map { expected(activation, $0) }).isClose)
  }

  /// Slopes are right on both sides of 0 and finite far from it.
  @Test(arguments: Activation.allCases) func slopes(_ activation: Activation) throws {
    let x = Tensor(Self.places)
    let found = try interpreted(gradient(of: activation(x), withRespectTo: x))
    for (slope, x) in zip(found, Self.places) where x != 0 {
      let h = 1e-5
      let difference = (expected(activation, x + h) - expected(activation, x - h)) / (2 * h)
      #expect(abs(slope - difference) < 1e-7 * max(1, abs(x)), "at \(x): \(slope), where \(difference) is expected")
    }
    #expect(found.allSatisfy { $0.isFinite })
  }

  @Test func namesAreThoseOfTheCommands() {
    #expect(
      Activation.allCases.map(\.rawValue)
        == ["identity", "relu", "tanh", "sigmoid", "softplus", "gelu", "silu", "elu", "leakyRelu"])
    #expect(Activation(rawValue: "swish") == nil)
  }
}
