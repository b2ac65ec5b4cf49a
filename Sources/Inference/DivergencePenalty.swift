import Tensors

/// What is taken from the reconstruction for the divergence of the posterior from the prior. In the evidence lower bound
/// it is the divergence itself.
public struct DivergencePenalty: Sendable {
  /// What it is a function of.
  let form: Form
  /// The weight of the divergence, before it is annealed.
  public let weight: Double
  /// What annealing lets grow.
  public let annealed: Annealed
  /// From the divergence by dimension, (batch, dimensions), and the annealing from 0 to 1, (1,), to (batch).
  let penalty: @Sendable (_ divergence: Tensor, _ annealing: Tensor) -> Tensor

  enum Form {
    /// A multiple of the divergence, of which any unbiased estimate will do.
    case multiple
    /// The divergence as a whole, which must be known: an estimate's noise would bias what is no multiple of it.
    case whole
    /// The divergence of each latent dimension.
    case dimensions
    /// What somebody's function makes of what it is given.
    case own
  }

  /// Whether the penalty is a multiple of the divergence.
  public var isLinear: Bool { form == .multiple }

  /// Whether the penalty is the divergence itself.
  var isDivergence: Bool { isLinear && weight == 1 }

  /// What of a penalty grows while it is annealed.
  public enum Annealed: Sendable { case weight, capacity }

  /// A penalty of one's own.
  ///
  /// - Parameter penalty: from the divergence by dimension, (batch, dimensions) or (batch, 1) where it is known as a
  ///   whole only, and the annealing from 0 to 1, (1,), to (batch), nats.
  public init(
    weight: Double, annealing annealed: Annealed = .weight,
    penalty: @escaping @Sendable (_ divergence: Tensor, _ annealing: Tensor) -> Tensor
  ) {
    self.init(.own, weight: weight, annealing: annealed, penalty: penalty)
  }

  private init(
    _ form: Form, weight: Double, annealing annealed: Annealed,
    penalty: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) {
    (self.form, self.weight, self.annealed, self.penalty) = (form, weight, annealed, penalty)
  }

  /// β KL, β rising with the annealing (Higgins et al., beta-VAE, ICLR 2017; Bowman et al., Generating sentences from a
  /// continuous space, CoNLL 2016, for annealing).
  public static func weighted(_ beta: Double) -> DivergencePenalty {
    DivergencePenalty(.multiple, weight: beta, annealing: .weight) { divergence, annealing in
      divergence.sum(axis: -1) * (annealing * beta)
    }
  }

  /// γ |KL - C|, the capacity C rising with the annealing (Burgess et al., Understanding disentangling in beta-VAE,
  /// 2018).
  public static func capacity(_ nats: Double, weight: Double) -> DivergencePenalty {
    DivergencePenalty(.whole, weight: weight, annealing: .capacity) { divergence, annealing in
      (divergence.sum(axis: -1) - annealing * nats).abs() * weight
    }
  }

  /// β Σ max(λ, KLⱼ) over the dimensions: the first λ nats of each are free (Kingma et al., Improved variational
  /// inference with inverse autoregressive flow, NeurIPS 2016, appendix C.8), taken datum by datum so that a batch is an
  /// unbiased sample of the data.
  public static func freeBits(_ nats: Double, weight: Double = 1) -> DivergencePenalty {
    DivergencePenalty(.dimensions, weight: weight, annealing: .weight) { divergence, annealing in
      maximum(divergence, nats).sum(axis: -1) * (annealing * weight)
    }
  }
}
