import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

/// Divergences of members of one family from each other, and of those that have no closed form.
@Suite struct DivergenceTests {
  @Test func poissonDivergencesAreSums() throws {
    let (q, p) = (
      Poisson(logRate: Tensor([0.7, 2]), eventRank: 0), Poisson(logRate: Tensor([1.1, 1.5]), eventRank: 0)
    )
    let x = Tensor((0..<80).flatMap { [Double($0), Double($0)] }, shape: [80, 2])
    let found = try interpreted([q.logProbability(of: x), p.logProbability(of: x), #require(q.klDivergence(from: p))])
    for place in 0..<2 {
      let terms = stride(from: place, to: 160, by: 2).map { exp(found[0][$0]) * (found[0][$0] - found[1][$0]) }
      #expect(abs(found[2][place] - terms.reduce(0, +)) < 1e-12)
    }
  }

  /// Through the logits at which the normalizer goes over into its series.
  @Test(arguments: [(-3.0, 2.0), (0.05, -0.02), (30, 28)]) func continuousBernoulliDivergences(
    _ y: Double, _ other: Double
  ) throws {
    let q = ContinuousBernoulli(logits: Tensor([y]), eventRank: 0)
    let p = ContinuousBernoulli(logits: Tensor([other]), eventRank: 0)
    let places = 20_000
    let x = Tensor((0..<places).map { (Double($0) + 0.5) / Double(places) })
    let found = try interpreted([q.logProbability(of: x), p.logProbability(of: x), #require(q.klDivergence(from: p))])
    let expected = zip(found[0], found[1]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } / Double(places)
    #expect(abs(found[2][0] - expected) < 1e-6 * max(1, expected))
  }

  /// Without a closed form draws estimate it, for each distribution of a batch; where there is one no noise is seen.
  @Test func drawsStandInForAClosedForm() throws {
    let q = Gamma(shape: Tensor([3.0, 7.5]), rate: Tensor([2.0, 0.5]), eventRank: 0)
    let p = LogNormal(logarithm: Normal(mean: Tensor([0.3]), standardDeviation: 0.8, eventRank: 0))
    #expect(q.klDivergence(from: p) == nil)
    let found = try interpreted(q.klDivergence(from: p, samples: 4000, noise: RandomKey(seed: 1)))
    for (place, (shape, rate)) in [(3.0, 2.0), (7.5, 0.5)].enumerated() {
      let logConstant = shape * log(rate) - lgamma(shape)
      let expected = integral(from: 1e-9, to: 60 / rate, intervals: 20_000) { x in
        let logQ = logConstant + (shape - 1) * log(x) - rate * x
        let distance = (log(x) - 0.3) / 0.8
        let logP = -distance * distance / 2 - log(0.8) - 0.5 * log(2 * Double.pi) - log(x)
        return exp(logQ) * (logQ - logP)
      }
      // A standard error of about 0.01 or 0.05.
      #expect(abs(found[place] - expected) < 0.05 * max(1, expected))
    }
    // Where float32 rounds draws to the end of their range, they still have a density.
    let saturated = Transformed(
      Normal(mean: Tensor([18 as Float]), standardDeviation: 0.1, eventRank: 0), by: ElementwiseBijector.sigmoid,
      eventRank: 0)
    let normal = Normal(mean: Tensor([0 as Float]), standardDeviation: 1, eventRank: 0)
    let divergence = try interpreted(saturated.klDivergence(from: normal, samples: 4, noise: RandomKey(seed: 1)))
    #expect(divergence[0].isFinite, "\(divergence)")
    let rates = (Exponential(rate: Tensor([3.0])), Exponential(rate: Tensor([0.5])))
    let closed = try interpreted([
      rates.0.klDivergence(from: rates.1, samples: 1, noise: RandomKey(seed: 1)),
      #require(rates.0.klDivergence(from: rates.1)),
    ])
    #expect(closed[0] == closed[1])
  }
}
