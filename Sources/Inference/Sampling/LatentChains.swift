import Distributions
import Glibc
import Runtime
import Tensors

/// Chains of latent values for each datum, that move from the prior to the posterior by Hamiltonian Monte Carlo and
/// estimate p(x) on the way: annealed importance sampling.
///
/// ```
/// fₜ(z) = p(z) p(x|z)^βₜ     log w ← log w + (βₜ - βₜ₋₁) log p(x|z)     E[w] = p(x)
/// ```
///
/// It asks nothing of a posterior q, and so is what estimates that do are held against. Once β is 1 further moves are draws
/// of p(z|x). Everything happens on the device: a leapfrog step is one replay of a captured step.
///
/// (Neal, Annealed importance sampling, 2001; Wu, Burda, Salakhutdinov and Grosse, On the quantitative analysis of
/// decoder-based generative models, ICLR 2017.)
public final class LatentChains {
  /// How the chains move.
  public struct Options: Hashable, Sendable {
    /// Chains of each datum.
    public var chains = 16
    /// Leapfrog steps of a move.
    public var leapfrogSteps = 10
    /// ε, to begin with.
    public var stepSize = 0.1
    /// By what share of itself ε differs from move to move at most, so that no chain comes back to where it was again and
    /// again.
    public var jitter = 0.2
    /// The share of moves that should be accepted.
    public var targetAcceptance = 0.65
    /// How much of the distance from the target the logarithm of a chain's ε takes up after a move; 0 for none. Annealing
    /// adapts on a pass of its own and then lets ε be: only so are weights without bias.
    public var adaptation = 0.1

    public init() {}
  }

  /// A model, and data in the shape that its likelihood takes: (data, ...).
  public struct Target {
    public let model: any LatentVariableModel
    public let x: Tensor

    public init(_ model: any LatentVariableModel, _ x: Tensor) { (self.model, self.x) = (model, x) }
  }

  public let options: Options
  public let schedule: AnnealingSchedule
  public let count: Int
  public let latentSize: Int
  /// Finished moves.
  public private(set) var moves = 0

  private let state: ChainState
  private let start, begin, leap, end: Step

  /// Draws the chains from the prior.
  ///
  /// - Parameters:
  ///   - schedule: powers of the likelihood, one for each move; after the last β stays 1.
  ///   - latentSize: d.
  ///   - type: of the latent values and all that is computed of them.
  ///   - fields: realized tensors (data, ...).
  ///   - target: The model and its data, from a batch of all fields; it must be the same whenever it is called. The model's
  ///     latent values must be any real numbers.
  public init(
    _ options: Options = Options(), along schedule: AnnealingSchedule, latentSize: Int, type: ElementType = .float32,
    seed: UInt64, over fields: [Tensor], on backend: any Backend, _ target: (Batch) throws -> Target
  ) throws {
    precondition(
      options.chains > 0 && options.leapfrogSteps > 0 && options.stepSize > 0 && (0..<1).contains(options.jitter)
        && 0 < options.targetAcceptance && options.targetAcceptance < 1, "[chains] \(options)")
    (self.options, self.schedule, self.latentSize) = (options, schedule, latentSize)
    let source = BatchSource(fields, order: .sequential)
    count = source.count
    let state = ChainState(count, options.chains, latentSize, type, options)
    self.state = state
    let workspace = Workspace()
    /// Numbers of a step begin with stream 0, so each has a seed of its own.
    func step(_ number: UInt64, _ body: (Batch, Target, _ noise: RandomKey) -> Void) throws -> Step {
      try Step(
        on: backend, over: source, batchSize: source.count, seed: seed &+ number &* 0x9E37_79B9_7F4A_7C15, metrics: [],
        ringLength: 1, workspace: workspace
      ) { batch in
        body(batch, try target(batch), RandomKey(state: batch.noise.state, domain: .evaluation, rows: batch.rows))
        return []
      }
    }
    let powers = Tensor([0] + schedule.powers).cast(to: type)
    var power: Tensor { powers.gathered(rows: state.move.tensor) }

    start = try step(0) { batch, target, noise in
      let prior = target.model.prior
      let each = prior.mean.rank > 1 ? prior : prior.repeated(batch.count)
      state.here.assign(ChainTerms(target, each.repeated(options.chains).sample(noise)))
    }
    begin = try step(1) { _, _, noise in
      let number = state.move.tensor + state.stride.tensor
      let next = powers.gathered(rows: number)
      state.logWeights.assign(state.logWeights.tensor + (next - power) * state.here.logLikelihood.tensor)
      state.move.assign(number)
      let momentum = noise.normal(state.momentum.shape, type: type)
      state.momentum.assign(momentum)
      let factor = noise.uniform(state.stepSize.shape, in: 1 - options.jitter...1 + options.jitter, type: type)
      state.stepSize.assign(state.logStepSize.tensor.exp() * factor)
      state.before.assign(state.here.terms)
      state.energyBefore.assign(Particles.kineticEnergy(of: momentum) - state.here.terms.logDensity(next))
    }
    leap = try step(2) { _, target, _ in
      var terms = state.here.terms
      let power = power
      let particles = Particles(
        position: terms.position, momentum: state.momentum.tensor, slope: terms.slope(power)
      ).leapt(by: state.stepSize.tensor) {
        terms = ChainTerms(target, $0)
        return terms.slope(power)
      }
      state.momentum.assign(particles.momentum)
      state.here.assign(terms)
    }
    end = try step(3) { _, _, noise in
      let (terms, before) = (state.here.terms, state.before.terms)
      let energy = Particles.kineticEnergy(of: state.momentum.tensor) - terms.logDensity(power)
      let gain = state.energyBefore.tensor - energy
      // A step too far comes to no number, and is not accepted.
      let acceptance = select(gain.isFinite(), minimum(gain, 0).exp(), 0)
      let isAccepted = noise.uniform(gain.shape, type: type) .< acceptance
      state.here.assign(terms.chosen(isAccepted, else: before))
      state.acceptance.assign(state.acceptance.tensor + acceptance)
      state.logStepSize.assign(
        state.logStepSize.tensor + (acceptance - options.targetAcceptance) * state.adaptation.tensor)
    }
    try start.replay(times: 1)
  }

  /// Moves all chains.
  public func move(times: Int) throws {
    for _ in 0..<times {
      try begin.replay(times: 1)
      try leap.replay(times: options.leapfrogSteps)
      try end.replay(times: 1)
      moves += 1
    }
    try end.synchronize()
  }

  /// Moves all chains along the whole schedule, and gives what they found.
  ///
  /// Chains that have not moved and adapt do so first, on a pass along a tenth of the powers, or fifty moves where those are
  /// more. They begin again from other draws of the prior, with step sizes that stay.
  ///
  /// - Parameter progress: Told the share of the moves that is done.
  public func anneal(progress: (Double) throws -> Void = { _ in }) throws -> [Evidence] {
    let total = schedule.powers.count
    let pass = moves == 0 && options.adaptation > 0 ? max(total / 10, min(total, 50)) : 0
    func advance(to count: Int, after done: Int) throws {
      while moves < count {
        try move(times: min(max(1, total / 100), count - moves))
        try progress(Double(done + moves) / Double(pass + total))
      }
    }
    if pass > 0 {
      try state.stride.write(Tensor([Int32((total + pass - 1) / pass)]))
      try advance(to: pass, after: 0)
      try stopAdapting()
      try beginAgain()
    }
    try advance(to: total, after: pass)
    return try evidence()
  }

  /// Draws the chains from the prior once more, of the same step sizes.
  private func beginAgain() throws {
    for variable in [state.move, state.logWeights, state.acceptance] {
      try variable.write(.zeros(variable.shape, type: variable.type))
    }
    try state.stride.write(Tensor([Int32(1)]))
    moves = 0
    try start.replay(times: 1)
  }

  /// Keeps every chain's step size as it is from here on.
  public func stopAdapting() throws { try state.adaptation.write(.zeros(like: state.adaptation.value())) }

  /// z: (data, chains, d).
  public func positions() throws -> Tensor { try state.here.position.value() }

  /// ε of each chain, without what differs from move to move: (data, chains).
  public func stepSizes(on backend: any Backend) throws -> [Double] {
    try state.logStepSize.value().exp().scalars(on: backend)
  }

  /// The mean probability with which moves so far were accepted.
  public func acceptance() throws -> Double {
    let sums = try state.acceptance.value().scalars()
    return sums.reduce(0, +) / Double(max(sums.count * moves, 1))
  }

  /// What the weights of a datum's chains say of its evidence.
  public struct Evidence: Hashable, Sendable {
    /// log p(x): the logarithm of the mean weight, nats. In expectation it is below log p(x), by less the more chains.
    public let logLikelihood: Double
    /// The standard error of `logLikelihood` by the spread of the chains' weights, nats; infinite where that tells nothing:
    /// of one chain, or where every weight is 0.
    public let standardError: Double

    init(logWeights: ArraySlice<Double>) {
      let largest = logWeights.max() ?? -.infinity
      guard largest > -.infinity else {
        (logLikelihood, standardError) = (-.infinity, .infinity)
        return
      }
      let weights = logWeights.map { exp($0 - largest) }
      let count = Double(weights.count)
      let mean = weights.reduce(0, +) / count
      let squares = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      logLikelihood = largest + log(mean)
      standardError = count > 1 ? (squares / (count - 1) / count).squareRoot() / mean : .infinity
    }
  }

  /// log p(x) of each datum as far as β has come.
  public func evidence() throws -> [Evidence] {
    let weights = try state.logWeights.value().scalars()
    return (0..<count).map {
      Evidence(logWeights: weights[$0 * options.chains..<($0 + 1) * options.chains])
    }
  }
}
