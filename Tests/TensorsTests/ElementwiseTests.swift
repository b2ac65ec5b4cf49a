import Foundation
import Graphs
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct ElementwiseTests {
  private let a = numbers(2, 3)
  private let b = numbers(3, from: 20)

  @Test func operatorsBroadcast() throws {
    let (x, y) = (try a.scalars(), try b.scalars())
    func each(_ f: (Double, Double) -> Double) -> [Double] { x.indices.map { f(x[$0], y[$0 % 3]) } }
    #expect(try interpreted(a + b) == each { $0 + $1 })
    #expect(try interpreted(a - b) == each { $0 - $1 })
    #expect(try interpreted(b - a) == each { $1 - $0 })
    #expect(try interpreted(a * b) == each { $0 * $1 })
    #expect(try interpreted(a / b) == each { $0 / $1 })
    #expect(try interpreted(a % b) == each { fmod($0, $1) })
    #expect(try interpreted(maximum(a, b)) == each { Swift.max($0, $1) })
    #expect(try interpreted(minimum(a, b)) == each { Swift.min($0, $1) })
    #expect(try interpreted(select(a .< 0, b, a)) == each { $0 < 0 ? $1 : $0 })
    #expect(try interpreted(select(b .> 0, 7, a)) == each { $1 > 0 ? 7 : $0 })
  }

  @Test func numbersTakeTheTensorsType() throws {
    let x = try a.scalars()
    #expect(try interpreted(2 - a) == x.map { 2 - $0 })
    #expect(try interpreted(1 / a) == x.map { 1 / $0 })
    #expect(try interpreted(a % 1) == x.map { fmod($0, 1) })
    #expect((Tensor([1, 2]) * 3).type == .int32)
    #expect(try interpreted(Tensor([7, -7]) / 2) == [3, -3])
    var y = a
    y += 1
    y *= b
    y -= a
    y /= 2
    #expect(try interpreted(y) == interpreted(((a + 1) * b - a) / 2))
  }

  @Test func comparisonsAreOneOrZeroAndNaNDiffersFromAll() throws {
    let x: Tensor = [1, 2, 3]
    #expect(try interpreted(x .< 2) == [1, 0, 0])
    #expect(try interpreted(x .<= 2) == [1, 1, 0])
    #expect(try interpreted(x .> 2) == [0, 0, 1])
    #expect(try interpreted(x .>= 2) == [0, 1, 1])
    #expect(try interpreted(x .== 2) == [0, 1, 0])
    #expect(try interpreted(x .!= 2) == [1, 0, 1])
    let nan = Tensor([.nan, 1] as [Float])
    for comparison in [nan .< nan, nan .> nan, nan .<= nan, nan .>= nan, nan .== nan] {
      #expect(try interpreted(comparison)[0] == 0)
    }
    #expect(try interpreted(nan .!= nan) == [1, 0])
    #expect(try interpreted(nan.isNaN()) == [1, 0])
    #expect(try interpreted(Tensor([.infinity, -.infinity, .nan, 3] as [Float]).isFinite()) == [0, 0, 0, 1])
  }

  @Test func conditionsMayBeOfAnyType() throws {
    let mask = Tensor([0, 255, 1] as [UInt8])
    #expect(try interpreted(select(mask, Tensor.full(5, [3]), Tensor.zeros([3]))) == [0, 5, 5])
    let weights = Tensor([0.5, 0, -0.25])
    #expect(try interpreted(select(weights, Tensor([1, 1, 1]), 0)) == [1, 0, 1])
  }

  @Test(arguments: Function.all) private func functions(function: Function) throws {
    let x = numbers(40)
    let comparison = agree(try interpreted(function.tensor(x)), try x.scalars().map(function.number), ulps: 64)
    #expect(comparison.isClose, "\(comparison)")
  }

  @Test func castsTruncate() throws {
    #expect(try interpreted(Tensor([1.7, -1.7, 300]).cast(to: .int32)) == [1, -1, 300])
    #expect(Tensor.zeros([2]).cast(to: .uint8).type == .uint8)
  }

  @Test func noGradientPassesWhereItIsStopped() throws {
    let x = numbers(3)
    let slope = gradient(of: (x * x.stoppingGradient()).sum(), withRespectTo: x)
    #expect(try interpreted(slope) == x.scalars())
  }
}

/// A function of tensors beside the one of numbers.
private struct Function: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let tensor: @Sendable (Tensor) -> Tensor
  let number: @Sendable (Double) -> Double

  init(
    _ name: String, _ tensor: @escaping @Sendable (Tensor) -> Tensor,
    _ number: @escaping @Sendable (Double) -> Double
  ) {
    testDescription = name
    self.tensor = tensor
    self.number = number
  }

  static let all = [
    Function("exp", { $0.exp() }, { Foundation.exp($0) }),
    Function("expm1", { $0.expm1() }, { Foundation.expm1($0) }),
    Function("log", { $0.abs().log() }, { Foundation.log(Swift.abs($0)) }),
    Function("log1p", { $0.abs().log1p() }, { Foundation.log1p(Swift.abs($0)) }),
    Function("sqrt", { $0.abs().sqrt() }, { Swift.abs($0).squareRoot() }),
    Function("rsqrt", { $0.abs().rsqrt() }, { 1 / Swift.abs($0).squareRoot() }),
    Function("reciprocal", { $0.reciprocal() }, { 1 / $0 }),
    Function("sin", { $0.sin() }, { Foundation.sin($0) }),
    Function("cos", { $0.cos() }, { Foundation.cos($0) }),
    Function("tanh", { $0.tanh() }, { Foundation.tanh($0) }),
    Function("erf", { $0.erf() }, { Foundation.erf($0) }),
    Function("sign", { $0.sign() }, { $0 < 0 ? -1 : 1 }),
    Function("floor", { $0.floor() }, { Foundation.floor($0) }),
    Function("ceil", { $0.ceil() }, { Foundation.ceil($0) }),
    Function("squared", { $0.squared() }, { $0 * $0 }),
    Function("sigmoid", { $0.sigmoid() }, { 1 / (1 + Foundation.exp(-$0)) }),
    Function("logSigmoid", { $0.logSigmoid() }, { -Foundation.log(1 + Foundation.exp(-$0)) }),
    Function("softplus", { $0.softplus() }, { Foundation.log(1 + Foundation.exp($0)) }),
    Function("relu", { $0.relu() }, { Swift.max($0, 0) }),
    Function("clamped", { $0.clamped(to: -0.5...1) }, { Swift.min(Swift.max($0, -0.5), 1) }),
    Function("clamped above", { $0.clamped(to: ...1) }, { Swift.min($0, 1) }),
    Function("clamped below", { $0.clamped(to: 1...) }, { Swift.max($0, 1) }),
    Function("x^0", { $0.pow(0) }, { _ in 1 }),
    Function("x^3", { $0.pow(3) }, { $0 * $0 * $0 }),
    Function("x^4", { $0.pow(4) }, { $0 * $0 * $0 * $0 }),
    Function("x^-2", { $0.pow(-2) }, { 1 / ($0 * $0) }),
    Function("x^0.5", { $0.abs().pow(0.5) }, { Swift.abs($0).squareRoot() }),
    Function("x^1.7", { $0.abs().pow(1.7) }, { Foundation.pow(Swift.abs($0), 1.7) }),
  ]
}
