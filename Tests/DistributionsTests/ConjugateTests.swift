import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

/// Gamma, Dirichlet and categorical distributions: what their figures are by other ways.
@Suite struct ConjugateTests {
  @Test func digammaIsTheSlopeOfLogGamma() throws {
    let x = Tensor([0.05, 0.5, 1, 2, 3.7, 7.9, 8.1, 40, 1000])
    let slope = gradient(of: x.logGamma().sum(), withRespectTo: x)
    let found = try interpreted([x.digamma(), slope])
    for (a, b) in zip(found[0], found[1]) { #expect(abs(a - b) <= 1e-12 * max(1, abs(b))) }
    // Minus Euler's constant, of a constant too.
    #expect(abs(try interpreted(Tensor.ones([1], type: .float64).digamma())[0] + 0.577_215_664_901_532_9) < 1e-14)
  }

  @Test func gammaDivergencesAreThoseOfQuadrature() throws {
    let (q, p) = (Gamma(shape: Tensor([3.0]), rate: Tensor([2.0])), Gamma(shape: Tensor([2.0]), rate: Tensor([0.7])))
    let step = 1e-3
    let x = Tensor(stride(from: step, through: 30, by: step).map { $0 }).expandedDimensions(at: -1)
    let found = try interpreted([q.logProbability(of: x), p.logProbability(of: x), q.klDivergence(from: p)!])
    let expected = zip(found[0], found[1]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) * step }
    #expect(abs(found[2][0] - expected) < 1e-6)
    // An exponential distribution is a gamma distribution of shape 1.
    let pair = try interpreted([
      Gamma(shape: Tensor([1.0]), rate: Tensor([3.0])).klDivergence(
        from: Gamma(shape: Tensor([1.0]), rate: Tensor([0.5])))!,
      Exponential(rate: Tensor([3.0])).klDivergence(from: Exponential(rate: Tensor([0.5])))!,
    ])
    #expect(abs(pair[0][0] - pair[1][0]) < 1e-13)
  }

  /// Of two values it is a beta distribution, whose density a sum over one number integrates.
  @Test func dirichletOfTwoIsBeta() throws {
    let (q, p) = (Dirichlet(concentration: Tensor([3.0, 2])), Dirichlet(concentration: Tensor([1.5, 4])))
    let step = 1e-4
    let x = stride(from: step / 2, to: 1, by: step).map { $0 }
    let rows = Tensor(x.flatMap { [$0, 1 - $0] }, shape: [x.count, 2])
    let found = try interpreted([
      q.logProbability(of: rows), p.logProbability(of: rows), q.klDivergence(from: p)!, q.entropy!, q.mean,
    ])
    #expect(abs(found[0].reduce(0) { $0 + exp($1) * step } - 1) < 1e-6)
    let divergence = zip(found[0], found[1]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) * step }
    #expect(abs(found[2][0] - divergence) < 1e-5)
    #expect(abs(found[3][0] + found[0].reduce(0) { $0 + exp($1) * $1 * step }) < 1e-5)
    #expect(abs(found[4][0] - 0.6) < 1e-15)
    let draws = try interpreted(q.repeated(4000).sample(RandomKey(seed: 3)))
    let mean = stride(from: 0, to: draws.count, by: 2).reduce(0) { $0 + draws[$1] } / 4000
    #expect(abs(mean - 0.6) < 4 * (0.6 * 0.4 / 6 / 4000).squareRoot())
  }

  @Test func categoricalFiguresAreSums() throws {
    let (q, p) = (Categorical(logits: Tensor([0.2, -1, 0.7])), Categorical(logits: Tensor([0.0, 0.5, -2])))
    let found = try interpreted([q.mean, p.mean, q.klDivergence(from: p)!, q.entropy!])
    let expected = zip(found[0], found[1]).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    #expect(abs(found[2][0] - expected) < 1e-14)
    #expect(abs(found[3][0] + found[0].reduce(0) { $0 + $1 * log($1) }) < 1e-14)
    let draws = try interpreted(q.repeated(4000).sample(RandomKey(seed: 4)))
    for k in 0..<3 {
      let share = stride(from: k, to: draws.count, by: 3).reduce(0) { $0 + draws[$1] } / 4000
      #expect(abs(share - found[0][k]) < 4 * (found[0][k] * (1 - found[0][k]) / 4000).squareRoot())
    }
    #expect(abs(try interpreted(q.logProbability(of: Tensor([0.0, 0, 1])))[0] - log(found[0][2])) < 1e-14)
  }
}
