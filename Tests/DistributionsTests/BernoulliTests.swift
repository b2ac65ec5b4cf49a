import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

@Suite struct BernoulliTests {
  private static let logits = [-800, -3, -0.5, 0, 1.25, 4, 800]

  private func probability(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }

  @Test func probabilitiesSumToOne() throws {
    let bernoulli = Bernoulli(logits: Tensor(Self.logits), eventRank: 0)
    let ones = try interpreted(bernoulli.logProbability(of: .ones([7], type: .float64)))
    let zeros = try interpreted(bernoulli.logProbability(of: .zeros([7], type: .float64)))
    for (logit, (one, zero)) in zip(Self.logits, zip(ones, zeros)) {
      #expect(abs(exp(one) + exp(zero) - 1) < 1e-14)
      #expect(abs(exp(one) - probability(logit)) < 1e-15)
    }
    // Where the probability is out of reach its logarithm is not.
    #expect(ones[0] == -800 && zeros[6] == -800)
  }

  @Test func greyValuesGiveTheNegativeCrossEntropy() throws {
    let x = [0, 0.25, 1, 0.5, 0.75, 0, 1]
    let bernoulli = Bernoulli(logits: Tensor(Self.logits))
    let expected = zip(x, Self.logits).reduce(0) { sum, pair in
      let (x, logit) = pair
      // -log(1 + e^y) and x y, apart, as either logarithm of the probability may be infinite.
      return sum + x * logit - (logit > 40 ? logit : log1p(exp(logit)))
    }
    let found = try interpreted(bernoulli.logProbability(of: Tensor(x)))
    #expect(found.count == 1 && abs(found[0] - expected) < 1e-12 * abs(expected))
    #expect(bernoulli.support.contains(0.3) && !bernoulli.support.contains(1.5))
  }

  @Test func entropyAndDivergenceAreSumsOverBothOutcomes() throws {
    let (a, b) = ([-3, -0.5, 0, 1.25, 4], [2, -0.5, 1, 0, 4.5])
    let (p, q) = (Bernoulli(logits: Tensor(a), eventRank: 0), Bernoulli(logits: Tensor(b), eventRank: 0))
    let entropies = try interpreted(#require(p.entropy))
    let divergences = try interpreted(#require(p.klDivergence(from: q)))
    for i in a.indices {
      let (one, other) = (probability(a[i]), probability(b[i]))
      let entropy = -one * log(one) - (1 - one) * log(1 - one)
      let divergence = one * log(one / other) + (1 - one) * log((1 - one) / (1 - other))
      #expect(abs(entropies[i] - entropy) < 1e-14)
      #expect(abs(divergences[i] - divergence) < 1e-14)
    }
    #expect(p.klDivergence(from: Normal.standard(5)) == nil)
  }

  @Test func drawsAreOfTheDistribution() throws {
    let count = 4000
    for logit in [-3, -0.5, 0, 1.25] {
      let bernoulli = Bernoulli(logits: Tensor([logit])).repeated(count)
      let draws = try interpreted(bernoulli.sample(RandomKey(seed: 3)))
      #expect(draws.count == count && draws.allSatisfy { $0 == 0 || $0 == 1 })
      let p = probability(logit)
      let error = (p * (1 - p) / Double(count)).squareRoot()
      #expect(abs(draws.reduce(0, +) / Double(count) - p) < 4 * error)
    }
  }
}

@Suite struct SupportTests {
  private static let all: [Support] = [
    .realNumbers, .positiveNumbers, .unitInterval, .naturalNumbers, .integers(0...255), .integers(0...1),
    .integers(-3...3), .integers(1...9),
  ]

  @Test func whatLiesInASubsetLiesInTheWhole() {
    let probes: [Double] = [-3, -1, -0.5, 0, 0.5, 1, 2, 2.5, 9, 255, 256, 1e9, .infinity, .nan]
    for a in Self.all {
      for b in Self.all where a.isSubset(of: b) {
        for x in probes where a.contains(x) { #expect(b.contains(x), "\(x) is in \(a), not in \(b)") }
      }
    }
    #expect(Self.all.allSatisfy { !$0.contains(.nan) && !$0.contains(.infinity) && $0.isSubset(of: $0) })
    #expect(Support.integers(0...1).isSubset(of: .unitInterval))
    #expect(Support.naturalNumbers.isSubset(of: .realNumbers))
    #expect(!Support.realNumbers.isSubset(of: .positiveNumbers))
    #expect(!Support.naturalNumbers.isSubset(of: .integers(0...255)))
  }

  @Test func dataOutsideAreNamed() throws {
    try Support.unitInterval.validate([0, 0.5, 1], for: "Bernoulli")
    let error = #expect(throws: SupportError.self) {
      try Support.unitInterval.validate([0, 0.5, 255], for: "Bernoulli")
    }
    #expect(
      error?.description
        == "element 2 of the data is 255.0, but a Bernoulli likelihood takes [0, 1]; "
        + "scale the data or choose another likelihood")
  }
}
