import Elbo
import Foundation

// What the README and the articles say in Swift, word for word: `SnippetTests` holds them to it. Nothing here need run.

// README.md
private func readme() throws {
  let mnist = try MNIST(in: "data/mnist")
  let vae = VAE(
    encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),
    decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(784)))

  let trainer = try Trainer(vae, optimizer: Adam(learningRate: 1e-3), on: .best, seed: 0)
  try trainer.fit(mnist.train, batchSize: 128, epochs: 10, validating: mnist.test)
}

private func readmeStep(
  device: any Backend, images: Tensor, minimizer: Minimizer, vae: VAE
) throws {
  let step = try Step(on: device, over: BatchSource([images]), batchSize: 128, seed: 0, metrics: ["loss"]) { batch in
    Pass.training(batch.noise) {
      let x = batch.fields[0].cast(to: .float32) / 255
      return [minimizer.minimize(vae.elbo(x, noise: batch.noise).loss).loss]
    }
  }
  try step.runEpoch()
}

// GettingStarted.md
private func gettingStarted() throws {
  let mnist = try MNIST(in: "data/mnist")
  let vae = VAE(
    encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),
    decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(784)))

  let trainer = try Trainer(vae, optimizer: Adam(learningRate: 1e-3), on: .best, seed: 0)
  try trainer.fit(mnist.train, batchSize: 128, epochs: 10, validating: mnist.test)
}

// Composition.md
private func composition(mnist: MNIST) throws {
  let vae = VAE(
    encoder: .mlp(784, 400, activation: .relu, head: .fullCovarianceNormal(20)),  // network and q(z|x)
    decoder: .mlp(20, 400, activation: .relu, head: .discretizedLogistic(784)),  // network and p(x|z)
    prior: .mixture(20, components: 10))  // p(z)
  let objective = Objective(beta: 4, annealing: .linear(0, to: 1, over: 10_000))
  try Trainer(vae, on: .best).fit(mnist.train, objective: objective)
}

private func smallestLikelihood(dataSize: Int) -> LikelihoodFamily {
  LikelihoodFamily("Poisson", of: dataSize, on: .naturalNumbers, by: [.affine("logRate", dataSize)]) {
    Poisson(logRate: $0[0])
  }
}

private func smallestPosterior(latentSize: Int) -> PosteriorFamily {
  PosteriorFamily("exponential", of: latentSize, on: .positiveNumbers, by: [.affine("logRate", latentSize)]) {
    Exponential(rate: $0[0].exp())
  }
}

private func smallestPrior(latentSize: Int) -> Prior {
  Prior.fixed(Exponential.standard(latentSize), name: "exponential")
}

private func smallestBound() -> Bound {
  Bound("iwae", value: { $0.logMeanExp(axis: -1) }, pathShare: { $0.softmax() })
}

// Likelihoods.md
extension LikelihoodFamily {
  static func poisson(_ dataSize: Int) -> LikelihoodFamily {
    LikelihoodFamily("Poisson", of: dataSize, on: .naturalNumbers, by: [.affine("logRate", dataSize)]) {
      Poisson(logRate: $0[0])
    }
  }
}

// TheStep.md
private func theStep(device: any Backend, images: Tensor, minimizer: Minimizer, vae: VAE) throws {
  let step = try Step(on: device, over: BatchSource([images]), batchSize: 128, seed: 0, metrics: ["loss"]) { batch in
    Pass.training(batch.noise) {
      let x = batch.fields[0].cast(to: .float32) / 255
      let loss = vae.elbo(x, noise: batch.noise).loss
      minimizer.minimize(loss)
      return [loss]
    }
  }
  let records = try step.runEpoch()
  _ = records
}

// YourPictures.md
func keepPictures(_ pictures: [Picture], at path: String) throws {
  let first = pictures[0]
  let shape = first.channels == 3 ? [3, first.height, first.width] : [first.height, first.width]
  try NPY.write(DataArray(pictures.flatMap(\.planar), shape: [pictures.count] + shape), to: path)
}

func readPictures(_ path: String) throws -> DataSource {
  let source = try DataSource.resolve(path)
  return try source.holdingOut(source.train.count / 10)
}

// ConditionalModel.md
func trainConditional(on mnist: MNIST) throws -> CVAE {
  let cvae = CVAE(
    encoder: .mlp(784 + 10, 500, activation: .softplus, head: .diagonalNormal(50)),
    decoder: .mlp(50 + 10, 500, activation: .softplus, head: .bernoulli(784)),
    conditionSize: 10)
  let trainer = try Trainer(cvae, options: .init(averageDecay: 0.999), on: .best)
  try trainer.fit(mnist.train, epochs: 10, validating: mnist.test, patience: 3, restoresBest: true)
  return cvae
}

func drawSevens(_ cvae: CVAE, count: Int) throws -> [Float] {
  let seven = Tensor([Int32](repeating: 7, count: count)).oneHot(10)
  let pictures = cvae.given(seven).sampleMean(count, RandomKey(seed: 0))
  return try evaluate([pictures], on: .best)[0].values(as: Float.self)
}

// FromMixturesToVAEs.md
private func sameBound(x: Tensor, noise: RandomKey) {
  let vae = VAE(
    encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),
    decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(784)))
  let bound = elbo(vae, vae.posterior(given: x).drawn(noise), x)  // E_q[log p(x|z)] and KL(q(z|x) ‖ p(z)) by datum
  _ = bound
}

private func annealed(_ vae: VAE, x: Tensor, on backend: any Backend) throws {
  let chains = try LatentChains(along: .sigmoid(1000), latentSize: 20, seed: 0, over: [x], on: backend) { batch in
    LatentChains.Target(vae, batch.fields[0])
  }
  let evidence = try chains.anneal()  // log p(x) of each datum, with its error
  _ = evidence
}

struct Coins: MaximizableModel {
  let weights, heads: [Double]  // p(k) and p(heads|k)

  /// log p(x|k) of rows (heads, tails).
  func logLikelihoods(of x: Matrix) -> Matrix {
    Matrix(rows: x.rows, columns: heads.count) { x[$0, 0] * log(heads[$1]) + x[$0, 1] * log(1 - heads[$1]) }
  }

  func expectedLogLikelihood(of x: Matrix, under q: Enumerated) -> Double { q.expectation(of: logLikelihoods(of: x)) }

  func divergence(of q: Enumerated) -> Double { q.klDivergence(fromLogPrior: weights.map { log($0) }) }

  func inferred(from x: Matrix) -> (posterior: Enumerated, logEvidence: Double) {
    Enumerated.posterior(logLikelihoods: logLikelihoods(of: x), logPrior: weights.map { log($0) })
  }

  func maximized(under q: Enumerated, _ x: Matrix) -> Coins {
    func expected(_ side: Int, _ k: Int) -> Double {
      zip(q.probabilities.column(k), x.column(side)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return Coins(
      weights: q.totals.map { $0 / Double(x.rows) },
      heads: heads.indices.map { expected(0, $0) / (expected(0, $0) + expected(1, $0)) })
  }
}

func fitted(_ start: Coins, to x: Matrix) throws -> Coins {
  let fit = try ExpectationMaximization().fit(start, to: x, count: x.rows)
  return fit.model
}

// AddingADistribution.md
struct Logistic: FactorizedDistribution {
  /// μ: (batch..., event...).
  let mean: Tensor
  /// s > 0: (batch..., event...).
  let scale: Tensor
  var eventRank: Int { 1 }

  var support: Support { .realNumbers }

  func elementLogProbability(of x: Tensor) -> Tensor {
    let y = (x - mean) / scale
    return -y - scale.log() - (-y).softplus() * 2
  }

  /// The inverse of the distribution function, 1 / (1 + exp(-y)), at a uniform number.
  func sample(_ noise: RandomKey) -> Tensor {
    let u = noise.uniform(mean.shape)
    return mean + scale * (u.log() - (-u).log1p())
  }

  func mappingParameters(_ transform: (Tensor) -> Tensor) -> Logistic {
    Logistic(mean: transform(mean), scale: transform(scale))
  }
}

func logistic(mean: Tensor, scale: Tensor) -> Transformed {
  let map = Chain([Inverse(ElementwiseBijector.softplus), AffineBijector(scale: scale, shift: mean)])
  return Transformed(Exponential(rate: .ones(like: mean)), by: map)
}

func integral(of logistic: Logistic) throws -> Double {
  let step = 0.01
  let grid = Tensor((-4000...4000).map { Float($0) * Float(step) }, shape: [8001, 1])
  let density = logistic.logProbability(of: grid).exp()
  return try evaluate([density.sum() * step], on: .cpu)[0].scalar()
}

extension LikelihoodFamily {
  static func logistic(_ dataSize: Int) -> LikelihoodFamily {
    LikelihoodFamily(
      "logistic", of: dataSize, on: .realNumbers, by: [.affine("mean", dataSize), .free("logScale", dataSize)]
    ) {
      Logistic(mean: $0[0], scale: $0[1].exp().broadcast(to: $0[0].shape))
    }
  }
}

private func logisticModel() -> VAE {
  let vae = VAE(
    encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),
    decoder: .mlp(20, 400, activation: .relu, head: .logistic(784)))
  return vae
}
