import Distributions
import Foundation
import Inference
import TensorTestSupport
import Tensors
import Testing

@Suite struct ELBOTests {
  private let model = LinearGaussian(slope: 1.5, deviation: 0.75)
  private let x = Tensor([-2.0, 0, 0.5, 3], shape: [4, 1])

  /// At the exact posterior log p(x|z) + log p(z) - log p(z|x) is log p(x), whatever z is.
  @Test func atTheExactPosteriorEverySampleGivesTheEvidence() throws {
    let bound = elbo(
      model, model.posterior(given: x).drawn(RandomKey(seed: 1, domain: .training), divergence: .sampled), x)
    #expect(bound.value.shape == [4])
    let found = try interpreted([bound.value, model.evidence.logProbability(of: x)])
    #expect(agree(found[0], found[1], ulps: 64).isClose)
  }

  /// The bound is below the evidence by the divergence from the exact posterior.
  @Test func theGapIsTheDivergenceFromTheExactPosterior() throws {
    let count = 4000
    let posterior = Normal(mean: x * 0.4 + 0.1, standardDeviation: 0.6)
    let gap = posterior.klDivergence(from: model.posterior(given: x))
    let expected = try interpreted(model.evidence.logProbability(of: x) - gap)
    for divergence in [DivergenceEstimate.closedWhereKnown, .sampled] {
      let bound = elbo(
        model, posterior.repeated(count).drawn(RandomKey(seed: 2), divergence: divergence),
        x.expandedDimensions(at: 1))
      #expect(bound.value.broadcast(to: [4, count]).shape == [4, count])
      let draws = try interpreted(bound.value.broadcast(to: [4, count]))
      for (datum, expected) in expected.enumerated() {
        let draws = draws[datum * count..<(datum + 1) * count]
        let mean = draws.reduce(0, +) / Double(count)
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        #expect(abs(mean - expected) < 4 * (variance / Double(count)).squareRoot())
      }
    }
  }

  @Test func theClosedDivergenceIsUsedWhereItIsKnown() throws {
    let posterior = Normal(mean: x * 0.4, standardDeviation: 0.6)
    let closed = elbo(model, posterior.drawn(RandomKey(seed: 1)), x)
    let sampled = elbo(model, posterior.drawn(RandomKey(seed: 1), divergence: .sampled), x)
    let standard = Normal.standard(1, type: .float64)
    let found = try interpreted([
      closed.kl, posterior.klDivergence(from: standard), sampled.kl, closed.reconstruction, sampled.reconstruction,
    ])
    #expect(found[0] == found[1])
    #expect(found[0] != found[2])
    #expect(found[3] == found[4])
  }

  @Test func meansAreOverTheData() throws {
    let bound = ELBO(reconstruction: Tensor([-80.0, -90]), kl: Tensor([20.0, 30]))
    #expect(try interpreted([bound.value, bound.mean, bound.loss]) == [[-100, -120], [-110], [110]])
  }

  /// A flow is a posterior like any other: without a closed divergence its draws give one. That the bound with it is
  /// one shows in E[p(x, z) / q(z)] = p(x).
  @Test func aPlanarFlowIsAPosterior() throws {
    let count = 4000
    let x = Tensor([0.5, 2], shape: [2, 1])
    let base = Normal(mean: x * 0.5, standardDeviation: 0.7).repeated(count)
    let planes = [
      PlanarFlow(u: Tensor([0.6]), w: Tensor([1.1]), b: Tensor([0.2])),
      PlanarFlow(u: Tensor([-0.3]), w: Tensor([0.9]), b: Tensor([-0.5])),
    ]
    let flow = Transformed(base, by: Chain(planes))
    let bound = elbo(model, flow.drawn(RandomKey(seed: 8)), x.expandedDimensions(at: 1))
    #expect(bound.value.shape == [2, count])
    let found = try interpreted([bound.value, model.evidence.logProbability(of: x)])
    for datum in 0..<2 {
      let weights = found[0][datum * count..<(datum + 1) * count].map { exp($0) }
      let mean = weights.reduce(0, +) / Double(count)
      let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      #expect(abs(mean - exp(found[1][datum])) < 4 * (variance / Double(count)).squareRoot())
    }
    let slopes = gradients(of: bound.mean, withRespectTo: planes.flatMap { [$0.u, $0.w, $0.b] })
    #expect(try interpreted(slopes).allSatisfy { $0[0].isFinite && $0[0] != 0 })
  }

  /// Every estimate of the bound comes from one place.
  @Test func theBoundIsDefinedOnce() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardized
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var definitions: [String] = []
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      for line in lines {
        let makes = ["func elbo<", "LowerBound(", "ELBO(reconstruction"].contains { line.contains($0) }
        if makes { definitions.append(file.lastPathComponent) }
      }
    }
    // The function's own line, and the one on which it makes the bound.
    #expect(definitions == ["ELBO.swift", "ELBO.swift"])
  }
}
