import Graphs
import TestSupport
import Testing

@Suite struct ClosenessTests {
  @Test func anUlpTooFarIsFound() {
    let next = Double(Float(1).nextUp)
    #expect(isClose([next], [1], .float32, ulps: 1).isClose)
    #expect(!isClose([next], [1], .float32, ulps: 0.5).isClose)
    #expect(isClose([1e-6], [0], .float32, ulps: 1, magnitude: [16]).isClose)
    #expect(!isClose([1e-6], [0], .float32, ulps: 1, magnitude: [1]).isClose)
    #expect(!isClose([.nan], [0], .float32, ulps: 1e9).isClose)
    #expect(!isClose([1, 2], [1], .float32, ulps: 1).isClose)
    #expect("\(isClose([2], [1], .float64, ulps: 1))".contains("[0] expected 1.0, found 2.0"))
  }

  @Test func integersMustBeEqual() {
    #expect(compare([3], Reference([1], .int32, [3])).isClose)
    #expect(!compare([4], Reference([1], .int32, [3])).isClose)
  }

  @Test func uncheckableResultsAreNoSuccess() {
    let unknown = Reference([2], .float32, [0, 0], errors: [.infinity, 0])
    #expect(!compare([0, 0], unknown).isClose)
  }

  /// One running float32 sum of a million numbers is what the tolerance of sums must not let through.
  @Test func aNaiveLongSumIsFound() throws {
    var random = SplitMix(seed: 3)
    let x = random.uniform(1 << 20, in: 0..<1)
    let reference = try ReferenceInterpreter.apply(.reduce(.sum, axes: [0]), [Reference([1 << 20], .float32, x)])
    var naive: Float = 0
    var lanes = [Float](repeating: 0, count: 1024)
    for (i, x) in x.enumerated() {
      naive += Float(x)
      lanes[i % 1024] += Float(x)
    }
    #expect(!compare([Double(naive)], reference).isClose)
    #expect(compare([Double(lanes.reduce(0, +))], reference).isClose)
  }

  @Test func cancellationWidensTheToleranceWhereItHappens() throws {
    let a = Reference([2], .float32, [1e6, 1])
    let b = Reference([2], .float32, [1e-3, 1e-3])
    let sum = try ReferenceInterpreter.apply(.binary(.add), [a, b])
    let rest = try ReferenceInterpreter.apply(.binary(.subtract), [sum, a])
    #expect(rest.errors[0] > 0.05 && rest.errors[1] < 1e-6)
  }
}
