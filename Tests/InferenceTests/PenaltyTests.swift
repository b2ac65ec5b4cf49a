import Distributions
import Inference
import TensorTestSupport
import Tensors
import Testing

@Suite struct PenaltyTests {
  /// Two latent dimensions whose divergences are 0.5 and 2, of which the data say nothing.
  private struct Flat: LatentVariableModel {
    var prior: any Distribution { Normal.standard(2, type: .float64) }
    func likelihood(given z: Tensor) -> any Distribution {
      Normal(mean: z.sum(axis: -1, keepingDimensions: true) * 0, standardDeviation: 1)
    }
  }

  private let posterior = Normal(mean: Tensor([1.0, 2], shape: [1, 2]), standardDeviation: 1)

  private func figures(_ objective: Objective, finishedSteps: Double? = nil) throws -> (loss: Double, weight: Double) {
    let steps = finishedSteps.map { Tensor([$0]) }
    let estimate = objective.estimate(
      Flat(), posterior, Tensor([0.0], shape: [1, 1]), noise: RandomKey(seed: 1), finishedSteps: steps)
    let found = try interpreted([
      estimate.bound.reconstruction - estimate.objective, estimate.weight, estimate.loss, estimate.objective,
    ])
    #expect(found[2][0] == -found[3][0])
    return (found[0][0], found[1][0])
  }

  @Test func penaltiesAreTheirFormulas() throws {
    func expect(_ penalty: DivergencePenalty, _ loss: Double, _ weight: Double) throws {
      let found = try figures(Objective(penalty: penalty))
      #expect(abs(found.loss - loss) < 1e-14 && found.weight == weight)
    }
    try expect(.weighted(1), 2.5, 1)
    try expect(.weighted(4), 10, 4)
    try expect(.weighted(0), 0, 0)
    try expect(.capacity(3, weight: 10), 5, 10)
    try expect(.capacity(2, weight: 10), 5, 10)
    try expect(.freeBits(1), 3, 1)
    try expect(.freeBits(0.1, weight: 2), 5, 2)
  }

  @Test func annealingGrowsWithTheSteps() throws {
    let beta = Objective(beta: 4, annealing: .linear(0, to: 1, over: 100))
    #expect(try figures(beta, finishedSteps: 0).loss == 0)
    #expect(try figures(beta, finishedSteps: 25).loss == 2.5)
    #expect(try figures(beta, finishedSteps: 25).weight == 1)
    #expect(try figures(beta, finishedSteps: 1000).loss == 10)
    // Where training is over the penalty is fully in force.
    #expect(try figures(beta).loss == 10)
    let capacity = Objective(penalty: .capacity(5, weight: 2), annealing: .linear(0, to: 1, over: 100))
    #expect(try figures(capacity, finishedSteps: 0) == (5, 2))
    #expect(try figures(capacity, finishedSteps: 50) == (0, 2))
    #expect(try figures(capacity, finishedSteps: 100) == (5, 2))
  }

  @Test func cyclesRiseAndStay() throws {
    let schedule = Schedule.cyclical(every: 10, rising: 0.5)
    let steps: [Double] = [0, 1, 4, 5, 9, 10, 12, 19, 20, 100_003]
    let expected = [0, 0.2, 0.8, 1, 1, 0, 0.4, 1, 0, 0.6]
    for (step, expected) in zip(steps, expected) {
      #expect(abs(try interpreted(schedule(Tensor([step])))[0] - expected) < 1e-12)
    }
  }

  /// A penalty is what its function says, though its weight is 1.
  @Test func penaltiesOfOnesOwnAreTaken() throws {
    let half = DivergencePenalty(weight: 1) { divergence, annealing in divergence.sum(axis: -1) * annealing * 0.5 }
    #expect(try figures(Objective(penalty: half)).loss == 1.25)
  }

  /// What is no multiple of the divergence must know it: of each dimension for free bits.
  @Test func penaltiesNeedWhatTheyAreOf() async {
    let whole = MultivariateNormal(
      mean: Tensor([0.0, 0], shape: [1, 2]), factor: Tensor([1.0, 0, 0, 1], shape: [1, 2, 2]))
    let prior = Normal.standard(2, type: .float64)
    let mixture = NormalMixture(
      logits: Tensor([0.0]), components: Normal(mean: Tensor([0.0, 0], shape: [1, 2]), standardDeviation: 1))
    func misfit(
      _ penalty: DivergencePenalty, _ posterior: any ReparameterizedDistribution, _ prior: any Distribution,
      _ divergence: DivergenceEstimate = .closedWhereKnown
    ) -> String? {
      Objective(divergence: divergence, penalty: penalty).misfit(to: posterior, prior)
    }
    let (bits, capacity) = (DivergencePenalty.freeBits(0.5), DivergencePenalty.capacity(5, weight: 1))
    #expect(misfit(bits, posterior, prior) == nil && misfit(capacity, whole, prior) == nil)
    #expect(misfit(bits, whole, prior)?.contains("each latent dimension") == true)
    #expect(misfit(bits, posterior, mixture)?.contains("each latent dimension") == true)
    #expect(misfit(bits, posterior, prior, .sampled)?.contains("each latent dimension") == true)
    #expect(misfit(capacity, posterior, mixture)?.contains("biased") == true)
    #expect(misfit(capacity, posterior, prior, .entropy)?.contains("biased") == true)
    #expect(misfit(.weighted(3), whole, mixture, .sampled) == nil)
    await #expect(processExitsWith: .failure) {
      let whole = MultivariateNormal(
        mean: Tensor([0.0, 0], shape: [1, 2]), factor: Tensor([1.0, 0, 0, 1], shape: [1, 2, 2]))
      _ = Objective(penalty: .freeBits(0.5)).estimate(
        Flat(), whole, Tensor([0.0], shape: [1, 1]), noise: RandomKey(seed: 1))
    }
  }

  @Test func gradientsBelowTheFreeBitsAreZero() throws {
    let mean = Tensor([1.0, 2], shape: [1, 2])
    let estimate = Objective(penalty: .freeBits(1)).estimate(
      Flat(), Normal(mean: mean, standardDeviation: 1), Tensor([0.0], shape: [1, 1]), noise: RandomKey(seed: 1))
    // KL = m²/2: the first dimension is free.
    #expect(try interpreted(gradient(of: estimate.loss, withRespectTo: mean)) == [0, 2])
  }

  @Test func whatDoesNotGoTogetherIsSaid() async {
    func misfit(
      _ bound: Bound, _ gradient: GradientEstimator = .pathwise, samples: Int = 2,
      penalty: DivergencePenalty = .weighted(1), isAnnealed: Bool = false
    ) -> String? {
      Objective.misfit(bound, samples: samples, gradient: gradient, penalty: penalty, isAnnealed: isAnnealed)
    }
    #expect(misfit(.elbo) == nil)
    #expect(misfit(.elbo, penalty: .freeBits(1)) == nil)
    #expect(misfit(.importanceWeighted, .doublyReparameterized) == nil)
    #expect(misfit(.importanceWeighted, penalty: .weighted(2))?.contains("divergence") == true)
    #expect(misfit(.importanceWeighted, .stickingTheLanding)?.contains("biased") == true)
    #expect(misfit(.elbo, .scoreFunction, samples: 1)?.contains("2 samples") == true)
    #expect(misfit(.elbo, .scoreFunction, penalty: .capacity(1, weight: 1))?.contains("path gradients") == true)
    #expect(misfit(.importanceWeighted, isAnnealed: true)?.contains("divergence") == true)
    await #expect(processExitsWith: .failure) {
      _ = Objective(.importanceWeighted, penalty: .weighted(2))
    }
  }
}
