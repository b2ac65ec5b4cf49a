import Foundation
import TensorTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct SpecialFunctionTests {
  private static let places = [1e-8, 1e-3, 0.1, 0.5, 0.99, 1, 1.5, 2, 2.5, 3.9, 4, 7.9, 8, 8.1, 30, 255, 1e4, 1e8]

  @Test func logGammaIsThatOfTheLibrary() throws {
    let found = try interpreted(Tensor(Self.places).logGamma())
    for (x, found) in zip(Self.places, found) {
      let expected: Double = Foundation.lgamma(x)
      #expect(abs(found - expected) < 1e-14 * max(1, abs(expected)), "at \(x)")
    }
  }

  /// In float32 with each op rounded as a device may.
  @Test func logGammaOfSinglePrecision() throws {
    let found = try Tensor(Self.places.map(Float.init)).logGamma().values(as: Float.self, on: ReferenceBackend())
    for (x, found) in zip(Self.places, found) {
      let expected: Double = Foundation.lgamma(Double(Float(x)))
      #expect(abs(Double(found) - expected) < 1e-6 * max(1, abs(expected)), "at \(x)")
    }
  }

  /// ψ(1) = -γ, ψ(1/2) = -γ - 2 log 2, ψ(x + 1) = ψ(x) + 1/x; ψ'(1) = π²/6.
  @Test func itsGradientsAreTheDigammaAndTheTrigammaFunction() throws {
    let gamma = 0.577_215_664_901_532_86
    let x = Tensor([1, 0.5, 0.25, 1.25, 8, 9])
    let digamma = gradient(of: x.logGamma(), withRespectTo: x)
    let found = try interpreted([digamma, gradient(of: digamma, withRespectTo: x)])
    #expect(abs(found[0][0] + gamma) < 1e-13)
    #expect(abs(found[0][1] + gamma + 2 * log(2)) < 1e-13)
    #expect(abs(found[0][3] - found[0][2] - 4) < 1e-13)
    #expect(abs(found[0][5] - found[0][4] - 0.125) < 1e-13)
    #expect(abs(found[1][0] - Double.pi * Double.pi / 6) < 1e-12)
  }
}
