import Layers
import TensorTestSupport
import Tensors
import Testing

@Suite struct InitializerTests {
  private static let shape: Shape = [50, 80]
  private static let count = 4000.0

  private func draws(_ initializer: Initializer, _ shape: Shape = shape) throws -> [Double] {
    try interpreted(initializer(shape, type: .float64, key: RandomKey(seed: 11)))
  }

  /// Mean and variance of draws, which lie within 4 standard errors of what they should be.
  private func check(_ draws: [Double], variance: Double, kurtosis: Double) {
    let mean = draws.reduce(0, +) / Self.count
    let found = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Self.count
    #expect(abs(mean) < 4 * (variance / Self.count).squareRoot())
    #expect(abs(found / variance - 1) < 4 * ((kurtosis - 1) / Self.count).squareRoot())
  }

  static let uniform: [(Initializer, Double)] = [
    (.fanInUniform, 1 / 80.0.squareRoot()), (.glorotUniform, (6 / 130.0).squareRoot()),
    (.heUniform, (6 / 80.0).squareRoot()), (.uniform(in: -0.25...0.25), 0.25),
  ]

  @Test(arguments: uniform) func uniformDraws(_ initializer: Initializer, bound: Double) throws {
    let draws = try draws(initializer)
    #expect(draws.allSatisfy { abs($0) < bound })
    // The largest of 4000 comes near the bound: with a probability of 1 - 5e-9 within half a percent.
    #expect(draws.contains { abs($0) > 0.995 * bound })
    check(draws, variance: bound * bound / 3, kurtosis: 1.8)
  }

  static let normal: [(Initializer, Double)] = [
    (.glorotNormal, 2 / 130.0), (.heNormal, 2 / 80.0), (.normal(standardDeviation: 0.5), 0.25),
  ]

  @Test(arguments: normal) func normalDraws(_ initializer: Initializer, variance: Double) throws {
    check(try draws(initializer), variance: variance, kurtosis: 3)
  }

  @Test func filtersCountTheirWindow() throws {
    let bound = 1 / 27.0.squareRoot()
    let draws = try draws(.fanInUniform, [40, 3, 3, 3])
    #expect(draws.allSatisfy { abs($0) < bound })
    #expect(draws.contains { abs($0) > 0.98 * bound })
  }

  @Test func numbersAreWhatTheySay() async throws {
    #expect(try draws(.zeros, [3]) == [0, 0, 0])
    #expect(try draws(.ones, [2]) == [1, 1])
    #expect(try draws(.constant(-2.5), [2]) == [-2.5, -2.5])
    #expect(try draws(.values([1, 2, 3]), [3]) == [1, 2, 3])
    await #expect(processExitsWith: .failure) {
      _ = Initializer.values([1, 2, 3])([4], key: RandomKey(seed: 0))
    }
  }

  @Test func linearLayersBeginAsPyTorchs() throws {
    let layer = Linear(16, 4)
    let key = RandomKey(seed: 5)
    let weight = try interpreted(layer.weight.initializer([64, 16], type: .float64, key: key))
    let bias = try interpreted(#require(layer.bias).initializer([512], type: .float64, key: key))
    for draws in [weight, bias] {
      #expect(draws.allSatisfy { abs($0) < 0.25 })
      #expect(draws.contains { abs($0) > 0.24 })
    }
    let glorot = Linear(16, 4, initialization: .glorot)
    #expect(try interpreted(#require(glorot.bias).initializer([4], key: key)) == [0, 0, 0, 0])
  }
}
