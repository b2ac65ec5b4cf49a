import Distributions
import Foundation
import Inference
import TensorTestSupport
import Tensors
import Testing

/// Leapfrog steps under log f(z) = -z⁴/4 - z₁ z₂/2, whose paths are no circles.
@Suite struct ParticlesTests {
  private static func logDensity(_ z: Tensor) -> Tensor {
    -(z.squared().squared().sum(axis: -1) * 0.25) - z.sliced(0..<1, axis: -1).squeezed(axis: -1)
      * z.sliced(1..<2, axis: -1).squeezed(axis: -1) * 0.5
  }

  private static func slope(_ z: Tensor) -> Tensor { gradient(of: logDensity(z), withRespectTo: z) }

  private func energy(_ particles: Particles) -> Tensor {
    particles.kineticEnergy - Self.logDensity(particles.position)
  }

  private func start(_ position: Tensor? = nil, _ momentum: Tensor? = nil) -> Particles {
    let position = position ?? Tensor([0.7, -1.1, 0.2, 0.4], shape: [2, 2])
    let momentum = momentum ?? Tensor([0.3, 0.8, -1.2, 0.5], shape: [2, 2])
    return Particles(position: position, momentum: momentum, slope: Self.slope(position))
  }

  private func leapt(_ particles: Particles, _ stepSize: Double, times: Int) -> Particles {
    let stepSize = Tensor([stepSize, stepSize])
    return (0..<times).reduce(particles) { particles, _ in particles.leapt(by: stepSize, slope: Self.slope) }
  }

  @Test func turnedRoundTheyGoBack() throws {
    let there = leapt(start(), 0.13, times: 12)
    let turned = Particles(position: there.position, momentum: -there.momentum, slope: there.slope)
    let back = leapt(turned, 0.13, times: 12)
    let found = try interpreted([back.position, start().position, -back.momentum, start().momentum, there.position])
    for (a, b) in zip(found[0] + found[2], found[1] + found[3]) { #expect(abs(a - b) < 1e-12) }
    #expect(zip(found[4], found[1]).allSatisfy { abs($0 - $1) > 0.1 })
  }

  /// The energy's error is of second order: half the step, a quarter of it.
  @Test func energyStays() throws {
    let before = try interpreted(energy(start()))
    let errors = try [0.04, 0.02].map { stepSize in
      let after = try interpreted(energy(leapt(start(), stepSize, times: Int(0.8 / stepSize))))
      return zip(after, before).map { $0 - $1 }
    }
    for (coarse, fine) in zip(errors[0], errors[1]) {
      #expect(abs(coarse) < 1e-2)
      #expect(abs(coarse / fine - 4) < 0.1)
    }
  }

  /// The determinant of new positions and momenta by the old ones is 1.
  @Test func volumesStay() throws {
    let position = Tensor([0.7, -1.1], shape: [1, 2])
    let momentum = Tensor([0.3, 0.8], shape: [1, 2])
    let end = start(position, momentum).leapt(by: Tensor([0.4]), slope: Self.slope)
    let outputs = [end.position, end.momentum].flatMap { tensor in (0..<2).map { tensor.sliced($0..<$0 + 1, axis: 1) } }
    let rows = try outputs.map { output in
      try interpreted(gradients(of: output, withRespectTo: [position, momentum])).flatMap { $0 }
    }
    // By elimination.
    var m = rows
    var determinant = 1.0
    for column in 0..<4 {
      determinant *= m[column][column]
      for row in column + 1..<4 {
        let factor = m[row][column] / m[column][column]
        for place in column..<4 { m[row][place] -= factor * m[column][place] }
      }
    }
    #expect(abs(determinant - 1) < 1e-12)
  }

  @Test func schedulesRiseFromZeroToOne() {
    let sigmoid = AnnealingSchedule.sigmoid(100).powers
    #expect(sigmoid.count == 100 && sigmoid.last == 1)
    // As slow at the end as at the beginning.
    for number in 0..<49 { #expect(abs(sigmoid[number] + sigmoid[98 - number] - 1) < 1e-12) }
    #expect(sigmoid[0] < 0.002 && sigmoid[49] > 0.499)
    #expect(AnnealingSchedule.linear(4).powers == [0.25, 0.5, 0.75, 1])
    #expect(AnnealingSchedule.sigmoid(1).powers == [1])
  }
}
