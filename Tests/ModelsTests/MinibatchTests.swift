import DeviceTestSupport
import Inference
import Layers
import Models
import TensorTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct MinibatchTests {
  private let device = ReferenceBackend()

  static let objectives: [(String, Objective)] = [
    ("elbo", Objective()),
    ("two draws", Objective(samples: 2)),
    ("beta", Objective(beta: 3)),
    ("free bits", Objective(penalty: .freeBits(0.2))),
    ("capacity", Objective(penalty: .capacity(1, weight: 5))),
    ("iwae", Objective(.importanceWeighted, samples: 3)),
    ("dreg", Objective(.importanceWeighted, samples: 3, gradient: .doublyReparameterized)),
    ("miwae", Objective(.multiple(2), samples: 4)),
    ("score function", Objective(samples: 2, gradient: .scoreFunction)),
  ]

  /// With noise that belongs to the data, the mean of the gradients of an epoch's batches, weighted by their sizes, is
  /// the gradient of all data at once.
  @Test(arguments: objectives.indices) func anEpochOfBatchesIsTheWholeData(_ index: Int) throws {
    let objective = Self.objectives[index].1
    let vae = VAE(
      encoder: .mlp(6, 4, activation: .tanh, head: .diagonalNormal(2)),
      decoder: .mlp(2, 4, activation: .tanh, head: .bernoulli(6)), prior: .learnedNormal(2))
    let arena = ParameterArena(vae, seed: 7)
    _ = try arena.variable.tensor.evaluated(on: device)
    let x = (0..<96).map { Float(($0 * 37 + 11) % 64) / 64 }

    func gradient(_ rows: Range<Int>) throws -> [Double] {
      let batch = Tensor(Array(x[rows.lowerBound * 6..<rows.upperBound * 6]), shape: [rows.count, 6])
      let key = RandomKey(seed: 2, domain: .training, rows: Tensor(rows.map(Int32.init)))
      return try interpreted(arena.gradient(of: vae.estimate(objective, batch, noise: key).loss))
    }
    // Sizes whose reciprocals single precision has exactly, so that nothing but the order of sums differs.
    let whole = try gradient(0..<16)
    var sum = [Double](repeating: 0, count: whole.count)
    for rows in [0..<8, 8..<12, 12..<16] {
      for (i, slope) in try gradient(rows).enumerated() { sum[i] += slope * Double(rows.count) / 16 }
    }
    for (a, b) in zip(sum, whole) { #expect(abs(a - b) < 1e-12 * max(1, abs(b))) }
    #expect(whole.contains { $0 != 0 })
  }

  /// The same on devices, of batches of any size: to the rounding of single precision.
  @Test(arguments: Backends.devices) func onDevicesToRounding(_ device: NamedBackend) throws {
    func vae() -> any TrainableModel {
      VAE(
        encoder: .mlp(6, 4, activation: .tanh, head: .diagonalNormal(2)),
        decoder: .mlp(2, 4, activation: .tanh, head: .bernoulli(6)), prior: .learnedNormal(2))
    }
    func cvae() -> CVAE {
      CVAE(
        encoder: .mlp(9, 4, activation: .softplus, head: .fullCovarianceNormal(2)),
        decoder: .mlp(5, 4, activation: .softplus, head: .bernoulli(6)), prior: .conditionalNormal(2, given: 3),
        conditionSize: 3)
    }
    let m2 = SemiSupervisedVAE(cvae(), features: MLP([6, 4], activation: .tanh), featureCount: 4, classifierWeight: 2)
    let doubly = Objective(.importanceWeighted, samples: 3, gradient: .doublyReparameterized)
    let learned: [(model: any TrainableModel, objective: Objective)] = [
      (vae(), doubly), (cvae(), Objective()), (m2, Objective()),
    ]
    let x = (0..<96).map { Float(($0 * 37 + 11) % 64) / 64 }
    let parts = [0..<12, 0..<7, 7..<12]
    for (model, objective) in device.isCompiler ? Array(learned.prefix(1)) : learned {
      let arena = ParameterArena(model, seed: 7)
      let gradients = parts.map { rows in
        let batch = Tensor(Array(x[rows.lowerBound * 6..<rows.upperBound * 6]), shape: [rows.count, 6])
        // Every fourth label is missing.
        let classes = rows.flatMap { row in (0..<3).map { Float(row % 4 != 3 && row % 3 == $0 ? 1 : 0) } }
        let condition = model.conditionSize > 0 ? Tensor(classes, shape: [rows.count, 3]) : nil
        let key = RandomKey(seed: 2, domain: .training, rows: Tensor(rows.map(Int32.init)))
        let loss = model.estimate(objective, batch, given: condition, noise: key, finishedSteps: nil).loss
        return arena.gradient(of: loss)
      }
      let found = try evaluate(gradients, on: device.backend).map { try $0.scalars() }
      let largest = found[0].map(abs).max() ?? 0
      #expect(largest > 0.1)
      for (i, expected) in found[0].enumerated() {
        var sum = 0.0
        for (part, rows) in zip(found, parts).dropFirst() { sum += part[i] * Double(rows.count) / 12 }
        #expect(abs(sum - expected) < 1e-6 * largest)
      }
    }
  }
}
