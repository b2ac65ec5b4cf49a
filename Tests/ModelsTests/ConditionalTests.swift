import Distributions
import Foundation
import Inference
import Layers
import Models
import TensorTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct ConditionalTests {
  private let device = ReferenceBackend()
  private let x = Tensor([0, 1, 0.5, 0.25, 1, 0, 1, 1, 0, 0.75, 0, 0.125] as [Float], shape: [4, 3])
  private let y = Tensor([1, 0, 0, 1, 1, 0, 0, 1] as [Float], shape: [4, 2])

  private func cvae(_ prior: Prior? = nil) -> CVAE {
    CVAE(
      encoder: .mlp(5, 4, activation: .tanh, head: .diagonalNormal(2)),
      decoder: .mlp(4, 4, activation: .tanh, head: .bernoulli(3)), prior: prior, conditionSize: 2)
  }

  private func placed(_ model: some TrainableModel) throws -> ParameterArena {
    let arena = ParameterArena(model, seed: 7)
    _ = try arena.variable.tensor.evaluated(on: device)
    return arena
  }

  private func key(_ seed: UInt64 = 1) -> RandomKey { RandomKey(seed: seed, domain: .training) }

  @Test(arguments: [false, true]) func aConditionalModelHasItsSlopes(hasConditionalPrior: Bool) throws {
    let cvae = cvae(hasConditionalPrior ? .conditionalNormal(2, given: 2) : nil)
    let arena = try placed(cvae)
    #expect(arena.parameters.contains { $0.path == "prior.mean.weight" } == hasConditionalPrior)
    for objective in [Objective(), Objective(.importanceWeighted, samples: 3)] {
      let estimate = cvae.estimate(objective, x, given: y, noise: key(), finishedSteps: nil)
      #expect(estimate.objective.shape == [4])
      try expectSlopes(of: estimate.loss, in: arena)
    }
    let gradient = try interpreted(arena.gradient(of: cvae.given(y).elbo(x, noise: key()).loss))
    for entry in arena.parameters { #expect(gradient[entry.range].contains { $0 != 0 }, "\(entry.path)") }
  }

  /// The condition is read: another one gives another bound; and it is read row by row.
  @Test func conditionsBelongToTheirRows() throws {
    let cvae = cvae(.conditionalNormal(2, given: 2))
    _ = try placed(cvae)
    func bounds(_ y: Tensor) throws -> [Double] { try interpreted(cvae.given(y).elbo(x, noise: key()).value) }
    let (one, other) = (try bounds(y), try bounds(1 - y))
    #expect(zip(one, other).allSatisfy { $0 != $1 })
    let mixed = concatenated([y.sliced(0..<2), (1 - y).sliced(2..<4)])
    #expect(try bounds(mixed) == Array(one[..<2]) + Array(other[2...]))
    #expect(cvae.given(y).sampleMean(4, key()).shape == [4, 3])
  }

  /// Each column of a classifier is the bound of that class, with the same noise for all.
  @Test func aClassifierComparesTheBounds() throws {
    let cvae = cvae()
    _ = try placed(cvae)
    let classifier = GenerativeClassifier(cvae, samples: 5)
    let found = classifier.logLikelihoods(of: x) { key(3) }
    let objective = Objective(.importanceWeighted, samples: 5)
    let values = try interpreted([found.importanceWeighted, found.elbo])
    for label in 0..<2 {
      let condition = Tensor([0, 1, 2, 3].flatMap { _ in (0..<2).map { Float($0 == label ? 1 : 0) } }, shape: [4, 2])
      let one = cvae.given(condition).estimate(objective, x, noise: key(3))
      let expected = try interpreted([one.objective, one.bound.value])
      for row in 0..<4 {
        #expect(values[0][row * 2 + label] == expected[0][row])
        #expect(values[1][row * 2 + label] == expected[1][row])
      }
    }
  }

  private func semiSupervised() -> SemiSupervisedVAE {
    SemiSupervisedVAE(
      cvae(), features: MLP([3, 4], activation: .tanh), featureCount: 4, classifierWeight: 2)
  }

  /// The paper's two formulas, written out: rows with a label, and rows without.
  @Test func labelsAreSummedOverWhereTheyAreMissing() throws {
    let model = semiSupervised()
    let arena = try placed(model)
    let labels = concatenated([y.sliced(0..<2), .zeros([2, 2])])
    let estimate = model.estimate(Objective(), x, given: labels, noise: key(), finishedSteps: nil)
    let classes = (0..<2).map { label -> Tensor in
      let row = Tensor.eye(2).sliced(label..<label + 1).broadcast(to: [4, 2])
      return row
    }
    // The keys of both classes draw from one stream after the other, as in the model.
    let shared = key()
    let bounds = classes.map { model.given($0).elbo(x, noise: shared).value }
    let found = try interpreted([estimate.objective, model.logClassProbabilities(given: x)] + bounds)
    let logPrior = -0.693_147_180_559_945_3
    for row in 0..<4 {
      let logQ = Array(found[1][row * 2..<row * 2 + 2])
      let joint = (0..<2).map { found[2 + $0][row] + logPrior }
      let expected =
        row < 2
        ? joint[row == 0 ? 0 : 1] + 2 * logQ[row == 0 ? 0 : 1]
        : (0..<2).reduce(0) { $0 + exponential(logQ[$1]) * (joint[$1] - logQ[$1]) }
      #expect(abs(found[0][row] - expected) < 1e-6 * abs(expected), "row \(row)")
    }
    try expectSlopes(of: estimate.loss, in: arena)
  }

  private func exponential(_ x: Double) -> Double { Foundation.exp(x) }

  /// What is not observed is neither read nor counted.
  @Test func hiddenElementsDoNotCount() throws {
    let vae = VAE(
      encoder: .mlp(3, 4, activation: .tanh, head: .diagonalNormal(2)),
      decoder: .mlp(2, 4, activation: .tanh, head: .bernoulli(3)))
    _ = try placed(vae)
    let observed = Tensor([1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0] as [Float], shape: [4, 3])
    let masked = MaskedAutoencoder(vae, observed: observed)
    let elsewhere = x + (1 - observed) * 0.25
    for objective in [Objective(), Objective(.importanceWeighted, samples: 3)] {
      let found = try interpreted([
        masked.estimate(objective, x, noise: key()).objective,
        masked.estimate(objective, elsewhere, noise: key()).objective,
      ])
      #expect(found[0] == found[1])
    }
    // Nothing observed: the bound is minus the divergence, and 0 at most.
    let nothing = try interpreted(masked.elbo(x, noise: key()).reconstruction)
    #expect(nothing[3] == 0 && nothing[0] < 0)

    let refilled = vae.refilled(x * observed, observed: observed)
    let filled = try interpreted([
      vae.imputed(refilled, observed: observed, samples: 8, noise: key()), x, observed, refilled,
    ])
    for i in 0..<12 {
      if filled[2][i] == 1 {
        #expect(filled[0][i] == filled[1][i] && filled[3][i] == filled[1][i])
      } else {
        #expect(filled[0][i] > 0 && filled[0][i] < 1 && filled[3][i] > 0 && filled[3][i] < 1)
      }
    }
  }

  /// What is masked twice counts where both let it, with one draw and with several.
  @Test func masksGoOnTopOfEachOther() throws {
    let vae = VAE(
      encoder: .mlp(3, 4, activation: .tanh, head: .diagonalNormal(2)),
      decoder: .mlp(2, 4, activation: .tanh, head: .bernoulli(3)))
    _ = try placed(vae)
    let first = Tensor([1, 1, 0] as [Float], shape: [1, 3])
    let second = Tensor([1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0] as [Float], shape: [4, 3])
    let inner = MaskedAutoencoder(vae, observed: first, hidesFromEncoder: false)
    let twice = MaskedAutoencoder(inner, observed: second, hidesFromEncoder: false)
    let once = MaskedAutoencoder(vae, observed: first * second, hidesFromEncoder: false)
    for samples in [1, 3] {
      let objective = Objective(.importanceWeighted, samples: samples)
      let found = try interpreted(
        [twice, once].map { $0.estimate(objective, x, noise: key()).objective })
      #expect(found[0] == found[1])
    }
    let filled = try interpreted([inner.imputed(x, observed: second, samples: 3, noise: key())])
    #expect(filled[0].allSatisfy { $0.isFinite })
  }

  /// Two modalities and a product of experts need nothing of the library that is not there.
  @Test func aProductOfExpertsIsAModel() throws {
    let model = TwoModalities(
      encoders: [
        .mlp(2, 3, activation: .tanh, head: .diagonalNormal(2)),
        .mlp(1, 3, activation: .tanh, head: .diagonalNormal(2)),
      ],
      decoders: [
        .mlp(2, 3, activation: .tanh, head: .bernoulli(2)),
        .mlp(2, 3, activation: .tanh, head: .gaussian(1, scale: .learned)),
      ], sizes: [2, 1])
    let arena = try placed(model)
    for objective in [Objective(), Objective(.importanceWeighted, samples: 2, gradient: .doublyReparameterized)] {
      let estimate = model.estimate(objective, x, given: nil, noise: key(), finishedSteps: nil)
      let gradient = try interpreted(arena.gradient(of: estimate.loss))
      for entry in arena.parameters { #expect(gradient[entry.range].contains { $0 != 0 }, "\(entry.path)") }
    }
    try expectSlopes(of: model.elbo(x, noise: key()).loss, in: arena)
    #expect(model.sample(5, key()).shape == [5, 3])
  }
}
