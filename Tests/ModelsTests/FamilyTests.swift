import Distributions
import Inference
import Layers
import Models
import TensorTestSupport
import Tensors
import TestSupport
import Testing

/// Every likelihood, posterior and prior in a model of its own.
@Suite struct FamilyTests {
  private let device = ReferenceBackend()

  struct Likelihood: Sendable, CustomTestStringConvertible {
    let name: String
    let family: LikelihoodFamily
    let x: [Float]
    let parameters: Set<String>
    var testDescription: String { name }

    init(_ name: String, _ family: LikelihoodFamily, _ x: [Float], _ parameters: Set<String>) {
      (self.name, self.family, self.x, self.parameters) = (name, family, x, parameters)
    }
  }

  private static let grey: [Float] = [0, 0.25, 1, 0.5, 0.125, 0.75]
  private static let levels: [Float] = [0, 51 / 255, 1, 128 / 255, 254 / 255, 7 / 255]
  // Away from 4 with r = 1 added, where the single precision of log Γ changes its form.
  private static let counts: [Float] = [0, 5, 1, 12, 0, 40]

  static let likelihoods: [Likelihood] = [
    Likelihood("Bernoulli", .bernoulli(3), grey, ["logits"]),
    Likelihood("continuous Bernoulli", .continuousBernoulli(3), grey, ["logits"]),
    Likelihood("Gaussian", .gaussian(3, scale: .fixed(0.5)), grey, ["mean"]),
    Likelihood("Gaussian, learned", .gaussian(3, scale: .learned), grey, ["mean", "logScale"]),
    Likelihood("Gaussian, by dimension", .gaussian(3, scale: .perDimension), grey, ["mean", "logScale"]),
    Likelihood("Gaussian, predicted", .gaussian(3, scale: .predicted), grey, ["mean", "logScale"]),
    Likelihood("Laplace", .laplace(3), grey, ["mean", "logScale"]),
    Likelihood("Student's t", .studentT(3), grey, ["mean", "logScale", "degreesOfFreedom"]),
    Likelihood("discretized logistic", .discretizedLogistic(3), levels, ["mean", "logScale"]),
    Likelihood("categorical", .categorical(3, levelCount: 256), levels, ["logits"]),
    Likelihood("Poisson", .poisson(3), counts, ["logRate"]),
    Likelihood("negative binomial", .negativeBinomial(3), counts, ["logits", "logTotalCount"]),
  ]

  @Test(arguments: likelihoods) func likelihoodsTrain(_ one: Likelihood) throws {
    let vae = VAE(
      encoder: .mlp(3, 2, activation: .tanh, head: .diagonalNormal(1)),
      decoder: .mlp(1, 2, activation: .tanh, head: one.family))
    let arena = ParameterArena(vae, seed: 3)
    _ = try arena.variable.tensor.evaluated(on: device)
    let head = arena.parameters.filter { $0.path.hasPrefix("decoder") && !$0.path.contains("layers") }
    #expect(Set(head.map { String($0.path.split(separator: ".")[1]) }) == one.parameters)

    try vae.decoder.head.support.validate(one.x.map(Double.init), for: vae.decoder.head.name)
    let x = Tensor(one.x, shape: [2, 3])
    let loss = vae.elbo(x * 1, noise: RandomKey(seed: 1)).loss
    // A thousand parameters take too long one by one; their distribution is checked by itself.
    if arena.count < 200 { try expectSlopes(of: loss, in: arena) }
    #expect(try interpreted(arena.gradient(of: loss)).allSatisfy { $0.isFinite })

    let draws = try interpreted(vae.sample(4, RandomKey(seed: 2)))
    #expect(draws.count == 12 && draws.allSatisfy { vae.decoder.head.support.contains($0) })
    // Several latent values for each datum, and the data broadcast against them.
    let wide = vae.likelihood(given: .zeros([2, 5, 1])).logProbability(of: x.expandedDimensions(at: 1))
    #expect(wide.shape == [2, 5])
  }

  /// Made anew for each test: parameters belong to one arena.
  static var posteriors: [(String, PosteriorFamily, Prior)] {
    [
      ("diagonal normal", .diagonalNormal(2), .standardNormal(2)),
      ("diagonal normal, learned prior", .diagonalNormal(2), .learnedNormal(2)),
      ("diagonal normal, mixture", .diagonalNormal(2), .mixture(2, components: 3)),
      ("full covariance", .fullCovarianceNormal(2), .learnedNormal(2)),
      ("full covariance, mixture", .fullCovarianceNormal(2), .mixture(2, components: 2)),
      ("Laplace", .laplace(2), .standardNormal(2)),
      ("log-normal", .logNormal(2), .exponential(2)),
      ("exponential", .exponential(2), .exponential(2)),
    ]
  }

  @Test(arguments: posteriors.indices) func posteriorsAndPriorsTrain(_ index: Int) throws {
    let (_, posterior, prior) = Self.posteriors[index]
    let vae = VAE(
      encoder: .mlp(3, 2, activation: .tanh, head: posterior),
      decoder: .mlp(2, 2, activation: .tanh, head: .bernoulli(3)), prior: prior)
    let arena = ParameterArena(vae, seed: 3)
    _ = try arena.variable.tensor.evaluated(on: device)
    let learned = arena.parameters.filter { $0.path.hasPrefix("prior.") }.map(\.path)
    #expect(learned == prior.parameters.entries.map { "prior." + $0.path })

    let x = Tensor(Self.grey, shape: [2, 3])
    let loss = vae.elbo(x, noise: RandomKey(seed: 1)).loss
    try expectSlopes(of: loss, in: arena)
    // A prior that is learned moves.
    let gradient = try interpreted(arena.gradient(of: loss))
    for entry in arena.parameters where entry.path.hasPrefix("prior.") {
      #expect(gradient[entry.range].contains { $0 != 0 }, "\(entry.path)")
    }
    #expect(vae.sampleMean(5, RandomKey(seed: 2)).shape == [5, 3])
  }

  /// The steps of a refinement are part of the graph: the gradient passes through them.
  @Test(arguments: posteriors.indices) func refinementsHaveTheirSlopes(_ index: Int) throws {
    let (_, family, prior) = Self.posteriors[index]
    let vae = VAE(
      encoder: .mlp(3, 2, activation: .tanh, head: family),
      decoder: .mlp(2, 2, activation: .tanh, head: .bernoulli(3)), prior: prior)
    let arena = ParameterArena(vae, seed: 3)
    _ = try arena.variable.tensor.evaluated(on: device)
    let x = Tensor(Self.grey, shape: [2, 3])
    func estimate(_ steps: Int) -> Tensor {
      SemiAmortizedVAE(vae, refinement: Refinement(steps: steps, rate: 0.125))
        .estimate(Objective(), x, given: nil, noise: RandomKey(seed: 1), finishedSteps: Tensor([0] as [Float])).loss
    }
    try expectSlopes(of: estimate(2), in: arena)
    let found = try interpreted([estimate(0), vae.elbo(x, noise: RandomKey(seed: 1)).loss])
    #expect(found[0] == found[1])
  }

  /// A table of any family has each datum's own parameters, and a slope in those of the batch alone.
  @Test(arguments: posteriors.indices) func tablesHaveTheirSlopes(_ index: Int) throws {
    let (_, family, prior) = Self.posteriors[index]
    let model = TabulatedVAE(
      decoder: .mlp(2, 2, activation: .tanh, head: .bernoulli(3)), prior: prior, posterior: family, dataCount: 4,
      refinement: Refinement(steps: 2, rate: 0.1))
    let own = ParameterArena(model, seed: 3)
    let arena = ParameterArena(model.datumParameters, seed: 3)
    for arena in [own, arena] { _ = try arena.variable.tensor.evaluated(on: device) }
    let loss = model.learning(from: Tensor([3, 1] as [Int32])).estimate(
      Objective(), Tensor(Self.grey, shape: [2, 3]), given: nil, noise: RandomKey(seed: 1),
      finishedSteps: Tensor([0] as [Float])
    ).loss
    try expectSlopes(of: loss, in: arena)
    let slopes = try interpreted(arena.gradient(of: loss))
    for entry in arena.parameters {
      let rows = slopes[entry.range].count / 4
      let isMoved = (0..<4).map { row in slopes[entry.range].dropFirst(row * rows).prefix(rows).contains { $0 != 0 } }
      #expect(isMoved == [false, true, false, true], "\(entry.path)")
    }
  }

  @Test func aPosteriorOutsideOfThePriorIsRefused() async {
    let head = PosteriorFamily.diagonalNormal(2).head(of: 3, .fanIn)
    #expect(
      Prior.exponential(2).misfit(to: head)
        == "a diagonal normal posterior draws from the finite numbers, but the exponential prior has a density on "
        + "the positive numbers alone, so the divergence would be infinite")
    #expect(Prior.exponential(2).misfit(to: PosteriorFamily.logNormal(2).head(of: 3, .fanIn)) == nil)
    await #expect(processExitsWith: .failure) {
      _ = VAE(
        encoder: .mlp(3, 2, activation: .tanh, head: .diagonalNormal(2)),
        decoder: .mlp(2, 2, activation: .tanh, head: .bernoulli(3)), prior: .exponential(2))
    }
  }

  @Test func runningStatisticsAreRefusedWhereTheyWouldBeWrong() async {
    await #expect(processExitsWith: .failure) {
      let vae = VAE(
        encoder: .mlp(3, 2, activation: .tanh, head: .diagonalNormal(2)),
        decoder: .mlp(2, 2, activation: .tanh, head: .bernoulli(3), normalization: .batch))
      _ = SemiAmortizedVAE(vae, refinement: Refinement(steps: 1, rate: 0.1))
    }
    await #expect(processExitsWith: .failure) {
      let cvae = CVAE(
        encoder: .mlp(5, 2, activation: .tanh, head: .diagonalNormal(2), normalization: .batch),
        decoder: .mlp(4, 2, activation: .tanh, head: .bernoulli(3)), conditionSize: 2)
      _ = SemiSupervisedVAE(cvae, features: MLP([3, 2], activation: .tanh), featureCount: 2, classifierWeight: 1)
    }
  }
}
