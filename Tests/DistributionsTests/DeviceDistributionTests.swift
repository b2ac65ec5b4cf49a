import DeviceTestSupport
import Distributions
import Foundation
import TensorTestSupport
import Tensors
import Testing

@testable import Distributions

/// Densities and draws in float32, as devices compute them.
@Suite struct DeviceDistributionTests {
  private static let draws = 8000

  /// Every case at its places and so many draws of it, all in one program; the cases of a distribution are the rows of
  /// one, so that few kernels are compiled.
  private func computed(
    _ cases: [Case], at places: (Case) -> [Double], on device: NamedBackend
  ) throws -> [(one: Case, logarithms: [Double], draws: [Double])] {
    let families = Dictionary(grouping: cases, by: \.name).values.map { $0.map { (one: $0, places: places($0)) } }
    let tensors = families.flatMap { family in
      let width = family.map(\.places.count).max()!
      func distribution(_ count: Int) -> any Distribution {
        family[0].one.make(
          family[0].one.parameters.indices.map { index in
            let column = Tensor(family.map { Float($0.one.parameters[index]) }, shape: [family.count, 1])
            return column.broadcast(to: [family.count, count])
          })
      }
      let padded = family.flatMap { row in
        row.places.map(Float.init) + [Float](repeating: Float(row.places[0]), count: width - row.places.count)
      }
      return [
        distribution(width).logProbability(of: Tensor(padded, shape: [family.count, width])),
        distribution(Self.draws).sample(RandomKey(seed: 8)),
      ]
    }
    let found = try evaluate(tensors, on: device.backend).map { try $0.scalars() }
    return families.enumerated().flatMap { place, family in
      let width = found[2 * place].count / family.count
      return family.enumerated().map { row, member in
        (
          member.one, Array(found[2 * place][row * width..<row * width + member.places.count]),
          Array(found[2 * place + 1][row * Self.draws..<(row + 1) * Self.draws])
        )
      }
    }
  }

  @Test(arguments: Backends.devices) func densitiesIntegrateToOneAndDrawsAreOfThem(_ device: NamedBackend) throws {
    for (one, logarithms, draws) in try computed(Case.continuous, at: \.rule.places, on: device) {
      let total = zip(logarithms, one.rule.weights).reduce(0) { $0 + exp($1.0) * $1.1 }
      #expect(abs(total - 1) < 1e-5, "\(one.testDescription)")
      #expect(draws.allSatisfy { one.distribution.support.contains($0) }, "\(one.testDescription)")
      #expect(kolmogorovSmirnov(draws, try one.distributionFunction()) < 1.95, "\(one.testDescription)")
    }
  }

  @Test(arguments: Backends.devices) func probabilitiesSumToOneAndDrawsAreOfThem(_ device: NamedBackend) throws {
    for (one, logarithms, draws) in try computed(Case.discrete, at: \.outcomes, on: device) {
      #expect(abs(logarithms.reduce(0) { $0 + exp($1) } - 1) < 1e-5, "\(one.testDescription)")
      #expect(draws.allSatisfy { one.distribution.support.contains($0) }, "\(one.testDescription)")
      #expect(chiSquaredExcess(one.counts(of: draws), try one.probabilities()) < 5, "\(one.testDescription)")
    }
  }

  /// A uniform number above the last sum, which rounding leaves below 1, is no outcome beyond those that have a
  /// probability.
  @Test(arguments: Backends.devices) func noOutcomeIsDrawnThatCannotBe(_ device: NamedBackend) throws {
    let probabilities = Tensor([0.25, 0.25, 0] as [Float]).broadcast(to: [1000, 3])
    let found = try RandomKey(seed: 3).countPassed(probabilities).scalars(on: device.backend)
    #expect(Set(found) == [0, 1])
  }
}
