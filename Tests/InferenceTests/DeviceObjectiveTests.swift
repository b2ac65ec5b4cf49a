import DeviceTestSupport
import Distributions
import Inference
import TensorTestSupport
import Tensors
import Testing

/// Bounds and gradient estimators in float32, as devices compute them.
@Suite struct DeviceObjectiveTests {
  private static let line = Line(rows: 3000, type: .float32)

  /// The mean of each estimator over independent draws against the analytic gradient, four standard errors; of the
  /// importance-weighted bound against the same in Double.
  @Test(arguments: Backends.devices) func gradientsAreUnbiased(_ device: NamedBackend) throws {
    let weighted = [GradientEstimator.doublyReparameterized, .scoreFunction].map {
      Objective(.importanceWeighted, samples: 4, gradient: $0)
    }
    let all = ObjectiveTests.estimators.map(\.1) + weighted
    let computed = try evaluate(all.flatMap { Self.line.gradientTensors(of: $0) }, on: device.backend)
    let found = try computed.map { try $0.scalars() }
    let exact = Line(rows: 1)
    let expected = try interpreted(gradients(of: exact.exactELBO.sum(), withRespectTo: exact.parameters))
    let reference = try Line(rows: 3000).gradients(of: Objective(.importanceWeighted, samples: 4), seed: 7)
    for index in all.indices {
      for parameter in 0..<3 {
        if index < ObjectiveTests.estimators.count {
          expectMean(of: found[3 * index + parameter], expected[parameter][0])
        } else {
          expectSameMean(found[3 * index + parameter], reference[parameter])
        }
      }
    }
  }

  /// The forms of the bound have the exact bound as their mean, and importance weighting lies between it and log p(x).
  @Test(arguments: Backends.devices) func boundsAreWhatTheyShouldBe(_ device: NamedBackend) throws {
    let objectives =
      DivergenceEstimate.allCases.map { Objective(divergence: $0) } + [
        Objective(.importanceWeighted, samples: 16)
      ]
    let computed = try evaluate(objectives.map { Self.line.estimate($0).objective }, on: device.backend)
    let found = try computed.map { try $0.scalars() }
    let exact = Line(rows: 1)
    let (bound, evidence) = (try interpreted(exact.exactELBO)[0], try interpreted(exact.evidence)[0])
    for values in found.dropLast() { expectMean(of: values, bound) }
    let weighted = found[found.count - 1]
    let mean = weighted.reduce(0, +) / Double(weighted.count)
    #expect(mean > bound + 0.5 * (evidence - bound) && mean < evidence)
  }
}
