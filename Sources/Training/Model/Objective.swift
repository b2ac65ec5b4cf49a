import Inference
import Models
import Tensors

/// What training makes as large as it can: the evidence lower bound, its divergence weighted.
///
/// ```
/// E_q[log p(x|z)] - β KL(q(z|x) ‖ p(z))
/// ```
///
/// β = 1 is the bound itself; other weights are those of Higgins et al., beta-VAE, ICLR 2017.
public struct Objective: Hashable, Sendable {
  /// β.
  public var beta: Double
  /// Draws of z for each datum, over which the reconstruction is averaged.
  public var samples: Int

  public init(beta: Double = 1, samples: Int = 1) {
    precondition(beta >= 0 && samples > 0, "[Objective] beta \(beta), \(samples) samples")
    self.beta = beta
    self.samples = samples
  }

  /// The parts of the bound at data (batch, data), averaged over the draws: (batch) each.
  func bound(_ model: VAE, _ x: Tensor, noise: RandomKey) -> ELBO {
    model.elbo(x, noise: noise, samples: samples)
  }

  /// What an optimizer makes small, one number: the objective's mean over the batch, negated.
  func loss(_ bound: ELBO) -> Tensor {
    beta == 1 ? bound.loss : -(bound.reconstruction - bound.kl * beta).mean()
  }
}
