import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

@Suite struct BijectorTests {
  private static let triangular = TriangularBijector(
    factor: Tensor([1.5, 9, 9, -0.4, -0.5, 9, 0.8, 0.3, 1.2], shape: [3, 3]), shift: Tensor([0.5, -1, 2]))
  private static let affine = AffineBijector(scale: Tensor([2, -0.5, 0.1]), shift: Tensor([0.0, 1, -3]))

  static let maps: [any Bijector] =
    ElementwiseBijector.allCases + [
      affine, triangular, Inverse(triangular), Inverse(affine), Inverse(ElementwiseBijector.exp),
      Inverse(ElementwiseBijector.sigmoid), Chain([triangular, ElementwiseBijector.softplus, Inverse(affine)]),
      Chain([]),
    ]

  /// Values that every map takes: those inside (0, 1).
  private let x = Tensor([0.3, 0.8, 0.1, 0.55, 0.02, 0.93], shape: [2, 3])

  @Test(arguments: maps.indices) func inversesLeadBack(_ index: Int) throws {
    let map = Self.maps[index]
    let found = try interpreted([map.inverse(of: map(x)), x, Inverse(map)(map(x))])
    #expect(agree(found[0], found[1], ulps: 4096).isClose && found[0] == found[2])
  }

  /// log |det| of the matrix of all slopes.
  @Test(arguments: maps.indices) func logDeterminantsAreThoseOfTheSlopes(_ index: Int) throws {
    let map = Self.maps[index]
    let y = map(x)
    let rows = (0..<3).map { gradient(of: y.sliced($0..<$0 + 1, axis: 1), withRespectTo: x) }
    let slopes = try interpreted(rows)
    let found = try interpreted(map.logDeterminant(at: x, eventRank: 1))
    #expect(found.count == 2)
    for event in 0..<2 {
      let m = slopes.map { Array($0[event * 3..<event * 3 + 3]) }
      let determinant =
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
      #expect(abs(found[event] - log(abs(determinant))) < 1e-10)
    }
  }

  /// Where e^x is far beyond the largest number, or 1 - tanh² below the smallest.
  @Test func tailsStayFinite() throws {
    let far = Tensor([-800.0, -40, 40, 800])
    for map in ElementwiseBijector.allCases where map != .exp {
      let slopes = try interpreted(map.logSlope(at: far))
      #expect(slopes.allSatisfy { $0.isFinite })
      if map == .tanh { #expect(abs(slopes[3] - (2 * log(2) - 1600)) < 1e-9) }
    }
    let back = try interpreted(ElementwiseBijector.softplus.inverse(of: Tensor([1e-8, 800])))
    #expect(abs(back[0] - log(1e-8)) < 1e-7 && back[1] == 800)
  }

  @Test func logNormalsAreExponentialsOfNormals() throws {
    let normal = Normal(mean: Tensor([0.4, -0.2]), standardDeviation: Tensor([0.7, 1.3]))
    let other = Normal(mean: Tensor([0.1, 0.3]), standardDeviation: Tensor([1, 0.6]))
    let transformed = Transformed(normal, by: ElementwiseBijector.exp)
    let known = LogNormal(logarithm: normal)
    let y = Tensor([0.3, 2.5, 1, 0.05], shape: [2, 2])
    let found = try interpreted([
      transformed.logProbability(of: y), known.logProbability(of: y),
      #require(transformed.klDivergence(from: Transformed(other, by: ElementwiseBijector.exp))),
      #require(known.klDivergence(from: LogNormal(logarithm: other))),
    ])
    #expect(agree(found[0], found[1], ulps: 16).isClose && agree(found[2], found[3], ulps: 16).isClose)
    #expect(transformed.klDivergence(from: Transformed(other, by: ElementwiseBijector.tanh)) == nil)
    #expect(transformed.support == .positiveNumbers)
  }

  /// log(eˣ - 1) of an exponential x is logistic: density e⁻ʸ / (1 + e⁻ʸ)².
  @Test func logisticNumbersAreMadeOfExponentialOnes() throws {
    let logistic = Transformed(Exponential.standard(1, type: .float64), by: Inverse(ElementwiseBijector.softplus))
    let y = [-30.0, -2, 0, 0.7, 5, 30]
    let found = try interpreted(logistic.logProbability(of: Tensor(y, shape: [6, 1])))
    for (y, found) in zip(y, found) { #expect(abs(found - (-y - 2 * log1p(exp(-y)))) < 1e-12 * max(1, abs(found))) }
  }

  /// A full normal distribution is a standard one under a triangular map.
  @Test func triangularMapsMakeFullNormals() throws {
    let map = TriangularBijector(
      factor: Tensor([1.5, 0, 0, -0.4, 0.5, 0, 0.8, 0.3, 1.2], shape: [3, 3]), shift: Tensor([0.5, -1, 2]))
    let full = MultivariateNormal(mean: map.shift, factor: map.factor)
    let made = Transformed(Normal.standard(3, type: .float64), by: map)
    let many = made.repeated(4).draw(RandomKey(seed: 1))
    let found = try interpreted([
      made.logProbability(of: x), full.logProbability(of: x), many.logProbability,
      full.logProbability(of: many.value),
    ])
    #expect(agree(found[0], found[1], ulps: 64).isClose && agree(found[2], found[3], ulps: 256).isClose)
    #expect(many.value.shape == [4, 3])
  }

  @Test func mapsThatDoNotFitTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = Chain([ElementwiseBijector.tanh, Inverse(ElementwiseBijector.exp)])
    }
    await #expect(processExitsWith: .failure) {
      _ = Transformed(Normal.standard(1), by: Inverse(ElementwiseBijector.sigmoid))
    }
  }
}
