import Distributions
import Inference
import LinearAlgebra
import Tensors

/// Bayesian logistic regression in tensors: the weights are the latent variable of one datum, which is all classes together.
///
/// Its bound goes up by gradients through draws, or by draws alone, as that of any other model: black-box variational
/// inference (Ranganath, Gerrish and Blei, AISTATS 2014).
public struct LogisticDecoder: LatentVariableModel {
  /// (n, d).
  public let inputs: Tensor
  /// v, of the weights before data.
  public let weightVariance: Double

  public init(_ model: BayesianLogisticRegression, inputs: Matrix, type: ElementType) {
    self.inputs = Tensor(inputs.elements, shape: [inputs.rows, inputs.columns]).cast(to: type)
    weightVariance = model.weightVariance
  }

  public var prior: any Distribution {
    Normal(mean: .zeros([inputs.shape[1]], type: inputs.type), standardDeviation: weightVariance.squareRoot())
  }

  /// Weights (batch..., d) to classes 0 and 1, (batch..., n).
  public func likelihood(given z: Tensor) -> any Distribution { Bernoulli(logits: z.matmul(inputs.transposed())) }
}
