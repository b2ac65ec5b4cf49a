import Distributions
import Tensors

/// How the gradient of a bound with respect to the posterior's parameters is estimated.
///
/// All are unbiased where a draw is part of its own log weight alone, as it is unless a model mixes the data of a batch, as
/// `BatchNorm` does in training: there the last two are biased.
///
/// All but `pathwise` ask log q of values that are held, which a posterior transformed by a map without an inverse does
/// not know.
public enum GradientEstimator: Sendable, CaseIterable, CustomStringConvertible {
  /// Through the draws and through log q (Kingma and Welling, ICLR 2014).
  case pathwise
  /// Through the draws alone, since the expectation of log q's own gradient is 0: it has no noise where q is exact (Roeder,
  /// Wu and Duvenaud, Sticking the landing, NeurIPS 2017).
  case stickingTheLanding
  /// The same for importance-weighted bounds, whose signal would otherwise vanish with many draws (Tucker et al., Doubly
  /// reparameterized gradient estimators for Monte Carlo objectives, ICLR 2019).
  case doublyReparameterized
  /// By log q's gradient and the bound as a reward, without passing through the draws; the baseline of each draw is the
  /// bound that the others give (Mnih and Rezende, Variational inference for Monte Carlo objectives, ICML 2016).
  case scoreFunction

  public var description: String {
    switch self {
    case .pathwise: "path gradients"
    case .stickingTheLanding: "gradients that stick to the landing"
    case .doublyReparameterized: "doubly reparameterized gradients"
    case .scoreFunction: "score-function gradients"
    }
  }
}

extension Objective {
  /// The objective from importance weights of the divergence's weight.
  func weighted(
    _ model: some LatentVariableModel, _ posterior: any ReparameterizedDistribution, _ x: Tensor, noise: RandomKey,
    weight: Tensor
  ) -> Estimate {
    let draw = posterior.repeated(samples).draw(noise)  // (batch, k, latent)
    // The same values, through which no gradient passes to the posterior's parameters.
    let held = draw.value.stoppingGradient()
    let weighed =
      switch gradient {
      case .pathwise: draw
      case .stickingTheLanding, .doublyReparameterized: fixed(by: posterior.stoppingGradient())
      case .scoreFunction: fixed(by: posterior)
      }
    func fixed(by density: any ReparameterizedDistribution) -> Draw {
      Draw(value: held, logProbability: density.repeated(samples).logProbability(of: held))
    }
    let terms = WeightTerms(model, x, weighed, samples: samples)

    let logWeights = terms.logLikelihood + (terms.logPrior - terms.logPosterior) * weight  // (batch, k)
    let objective = bound.value(logWeights)
    let direct = -objective.mean()
    let loss =
      switch gradient {
      case .pathwise: direct
      case .stickingTheLanding:
        direct + alongPath(draw.value, held, direct, share: .ones(like: logWeights))
      case .doublyReparameterized:
        direct + alongPath(draw.value, held, direct, share: bound.pathShare(logWeights))
      case .scoreFunction:
        direct
          - ((objective.expandedDimensions(at: -1) - baselines(logWeights)).stoppingGradient()
          * terms.logPosterior).sum(axis: -1).mean()
      }
    let bound = elbo(model, DrawnPosterior(posterior, draw: weighed, samples: samples), x)
    return Estimate(bound: bound, objective: objective, loss: loss, weight: weight)
  }

  /// 0, with the gradient of a loss along the draws, of which each draw passes on its share.
  ///
  /// The loss has been made of held draws. Its gradient is asked for here and once more by the optimizer: it is the same
  /// graph, computed once.
  private func alongPath(_ draws: Tensor, _ held: Tensor, _ loss: Tensor, share: Tensor) -> Tensor {
    let slopes = Tensors.gradient(of: loss, withRespectTo: held) * share.expandedDimensions(at: -1)
    return (slopes.stoppingGradient() * (draws - held)).sum()
  }

  /// For each draw, the bound with its log weight replaced by the mean of the others': (batch, k).
  private func baselines(_ logWeights: Tensor) -> Tensor {
    let others = (logWeights.sum(axis: -1, keepingDimensions: true) - logWeights) / Double(samples - 1)
    let isOwn = Tensor.eye(samples, type: logWeights.type)
    return bound.value(select(isOwn, others.expandedDimensions(at: -1), logWeights.expandedDimensions(at: -2)))
  }
}
