import Distributions
import Inference
import Layers
import Tensors

/// A conditional model of classes, most of which need not be known: model M2 of Kingma et al., Semi-supervised learning with
/// deep generative models, NIPS 2014.
///
/// A classifier q(y|x) stands in for a label that is missing:
///
/// ```
/// with a label      L(x, y) = ELBO(x|y) + log p(y),   and   α log q(y|x)   beside it
/// without           Σ q(y|x) (L(x, y) - log q(y|x))
/// ```
///
/// with p(y) uniform. Parameters: those of `CVAE`, and `classifier.layers.0.weight`, … , `classifier.logits.weight`.
public struct SemiSupervisedVAE: TrainableModel {
  /// p(x|y) and q(z|x, y).
  public let generative: CVAE
  /// The features that q(y|x) is read off.
  public let features: any Layer
  private let logits: Linear
  /// α: the weight of the classifier's own likelihood of a label.
  public let classifierWeight: Double

  /// A generative model with running statistics traps: each label that is tried would be a batch of its own.
  ///
  /// - Parameters:
  ///   - features: (batch, data) to (batch, `featureCount`).
  ///   - classifierWeight: α; 0.1 times the number of data for each label, in the paper.
  public init(
    _ generative: CVAE, features: any Layer, featureCount: Int, classifierWeight: Double,
    initialization: LinearInitialization = .fanIn
  ) {
    guard generative.parameters.state.isEmpty else {
      fatalError("[m2] every label is tried on every datum, and running statistics would be of a batch for each label")
    }
    self.generative = generative
    self.features = features
    self.classifierWeight = classifierWeight
    logits = Linear(featureCount, generative.conditionSize, initialization: initialization)
  }

  public var decoder: Decoder { generative.decoder }
  public var conditionSize: Int { generative.conditionSize }

  public func given(_ condition: Tensor?) -> any Autoencoder { generative.given(condition) }

  /// log q(y|x): (batch, data) to (batch, classes).
  public func logClassProbabilities(given x: Tensor) -> Tensor { logits(features(x)).logSoftmax() }

  /// - Parameter condition: one-hot, (batch, classes), with zeros where the label is missing.
  public func estimate(
    _ objective: Objective, _ x: Tensor, given condition: Tensor?, noise: RandomKey, finishedSteps: Tensor?
  ) -> Estimate {
    guard let condition else { fatalError("[m2] no labels; where all are missing they are zeros") }
    let classes = (0..<conditionSize).map { label in
      let row = Tensor.eye(conditionSize, type: x.type).sliced(label..<label + 1).broadcast(to: condition.shape)
      return given(row).estimate(objective, x, noise: noise, finishedSteps: finishedSteps)
    }
    let logProbabilities = logClassProbabilities(given: x)
    let isKnown = condition.sum(axis: -1, keepingDimensions: true)  // (batch, 1)
    // What is known is certain.
    let probabilities = condition + (1 - isKnown) * logProbabilities.exp()
    let surprise = (1 - isKnown) * logProbabilities
    let marginal = Estimate.marginal(
      of: classes, weights: probabilities,
      divergence: (probabilities * surprise).sum(axis: -1) + Tensor(Double(conditionSize), type: x.type).log())
    return marginal.adding((condition * logProbabilities).sum(axis: -1) * classifierWeight)
  }

  public var parameters: ParameterList {
    generative.parameters + ["classifier": features.parameters + ["logits": logits]]
  }
}
