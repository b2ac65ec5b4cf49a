import Distributions
import Tensors

/// What training makes as large as it can: a bound of log p(x), what is made of its divergence, and how its gradient
/// with respect to the posterior's parameters is estimated.
///
/// ```swift
/// Objective()                                                        // the evidence lower bound
/// Objective(beta: 4, annealing: .linear(0, to: 1, over: 10_000))     // with a weight of the divergence that grows
/// Objective(.importanceWeighted, samples: 5, gradient: .doublyReparameterized)
/// ```
public struct Objective: Sendable {
  public var bound: Bound
  /// Draws of z for each datum.
  public var samples: Int
  /// How the gradient with respect to the posterior's parameters is estimated.
  public var gradient: GradientEstimator
  /// How the divergence is computed; of the evidence lower bound with path gradients.
  public var divergence: DivergenceEstimate
  /// What is made of the divergence; of the evidence lower bound only.
  public var penalty: DivergencePenalty
  /// How far the penalty is in force, from 0 to 1, by the number of finished steps; always fully where nil.
  public var annealing: Schedule?

  /// An objective; traps where its parts do not go together, which `misfit` says without a trap.
  public init(
    _ bound: Bound = .elbo, samples: Int = 1, gradient: GradientEstimator = .pathwise,
    divergence: DivergenceEstimate = .closedWhereKnown, penalty: DivergencePenalty = .weighted(1),
    annealing: Schedule? = nil
  ) {
    (self.bound, self.samples, self.gradient) = (bound, samples, gradient)
    (self.divergence, self.penalty, self.annealing) = (divergence, penalty, annealing)
    precondition(samples > 0 && penalty.weight >= 0, "[objective] \(samples) samples, a weight of \(penalty.weight)")
    if let misfit { fatalError("[objective] \(misfit)") }
  }

  /// The evidence lower bound with its divergence weighted.
  public init(beta: Double, samples: Int = 1, annealing: Schedule? = nil) {
    self.init(.elbo, samples: samples, penalty: .weighted(beta), annealing: annealing)
  }

  /// Why the parts do not go together, or nil where they do.
  public var misfit: String? {
    Self.misfit(bound, samples: samples, gradient: gradient, penalty: penalty, isAnnealed: annealing != nil)
  }

  /// The same of parts, before an objective is made of them.
  public static func misfit(
    _ bound: Bound, samples: Int, gradient: GradientEstimator, penalty: DivergencePenalty, isAnnealed: Bool
  ) -> String? {
    if !bound.isELBO, !penalty.isDivergence || isAnnealed {
      return "weights, capacities and free bits are of the divergence, which the \(bound.name) bound has no term for"
    }
    if gradient == .stickingTheLanding, !bound.isELBO {
      return "sticking the landing is biased for the \(bound.name) bound; "
        + "doubly reparameterized gradients are its unbiased form"
    }
    if gradient != .pathwise, !penalty.isLinear {
      return "a penalty that is no multiple of the divergence takes path gradients, not \(gradient)"
    }
    if gradient == .scoreFunction, samples < 2 {
      return "the baseline of score-function gradients is made of the other draws, so it needs at least 2 samples"
    }
    return nil
  }

  /// Why the penalty is not one of this posterior's divergence from this prior, or nil where it is.
  public func misfit(to posterior: any ReparameterizedDistribution, _ prior: any Distribution) -> String? {
    let isKnown = divergence == .closedWhereKnown
    switch penalty.form {
    case .multiple, .own: return nil
    case .whole:
      if isKnown, posterior.klDivergence(from: prior) != nil { return nil }
      return
        "a capacity is of a divergence in closed form, which is not computed here; of an estimate it would be biased"
    case .dimensions:
      if byDimension(posterior, prior) != nil { return nil }
      return "free bits are of each latent dimension's divergence, which is not known here in closed form"
    }
  }

  /// The objective at data; traps where `misfit(to:_:)` has a reason.
  ///
  /// - Parameters:
  ///   - posterior: q(z|x), of one batch dimension.
  ///   - x: (batch, data...).
  ///   - finishedSteps: How many steps of training are done, (1,), for annealing; nil where training is over, so that
  ///     the penalty is fully in force.
  public func estimate(
    _ model: some LatentVariableModel, _ posterior: any ReparameterizedDistribution, _ x: Tensor, noise: RandomKey,
    finishedSteps: Tensor? = nil
  ) -> Estimate {
    let one = Tensor.ones([1], type: x.type)
    let annealing = zip(annealing, finishedSteps).map { $0($1) } ?? one
    let weight = (penalty.annealed == .capacity ? one : annealing) * penalty.weight
    if bound.isELBO, gradient == .pathwise {
      let bound = elbo(model, posterior.drawn(noise, samples: samples, divergence: divergence), x)
      if penalty.isDivergence, self.annealing == nil {
        return Estimate(bound: bound, objective: bound.value, loss: bound.loss, weight: weight)
      }
      if let misfit = misfit(to: posterior, model.prior) { fatalError("[objective] \(misfit)") }
      let divergence = byDimension(posterior, model.prior) ?? bound.kl.expandedDimensions(at: -1)
      let penalty = penalty.penalty(divergence, annealing)
      let objective = bound.reconstruction - penalty
      return Estimate(bound: bound, objective: objective, loss: -objective.mean(), weight: weight)
    }
    return weighted(model, posterior, x, noise: noise, weight: weight)
  }

  /// The divergence by dimension, (batch, dimensions), where it is known so.
  private func byDimension(_ posterior: any ReparameterizedDistribution, _ prior: any Distribution) -> Tensor? {
    guard divergence == .closedWhereKnown else { return nil }
    return (posterior as? any FactorizedDistribution)?.elementKLDivergence(from: prior)
  }
}

/// An objective at a batch of data.
public struct Estimate: Sendable {
  /// The evidence lower bound in its parts, (batch), whatever the objective.
  public let bound: ELBO
  /// What is made large: (batch), nats.
  public let objective: Tensor
  /// What an optimizer makes small, one number: its gradient is that of the objective's mean, negated. Its value need
  /// not be.
  public let loss: Tensor
  /// The weight of the divergence, (1,).
  public let weight: Tensor

  public init(bound: ELBO, objective: Tensor, loss: Tensor, weight: Tensor) {
    (self.bound, self.objective, self.loss, self.weight) = (bound, objective, loss, weight)
  }
}

/// Both values where both are there.
private func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
  if let a, let b { (a, b) } else { nil }
}
