import Inference
import Tensors

/// Classification by Bayes' rule with a conditional model of classes, p(y|x) ∝ p(x|y) p(y).
public struct GenerativeClassifier: Sendable {
  public let model: any TrainableModel
  /// Draws of z for each datum and class.
  public let samples: Int

  /// A classifier with p(y) uniform.
  public init(_ model: any TrainableModel, samples: Int) {
    precondition(model.conditionSize > 1 && samples > 0, "[classifier] \(model.conditionSize) classes")
    (self.model, self.samples) = (model, samples)
  }

  /// Estimates of log p(x|y) for each class, (batch, classes), in nats: by importance sampling from q(z|x, y), and the
  /// mean evidence lower bound of the same draws.
  ///
  /// - Parameter noise: a fresh key of the same numbers for each class, so that classes differ by nothing else.
  public func logLikelihoods(
    of x: Tensor, noise: () -> RandomKey
  ) -> (importanceWeighted: Tensor, elbo: Tensor) {
    let objective = Objective(.importanceWeighted, samples: samples)
    let classes = model.conditionSize
    let estimates = (0..<classes).map { label in
      let row = Tensor.eye(classes, type: x.type).sliced(label..<label + 1)
      return model.given(row.broadcast(to: [x.shape[0], classes])).estimate(objective, x, noise: noise())
    }
    return (
      stacked(estimates.map(\.objective), axis: -1), stacked(estimates.map(\.bound.value), axis: -1)
    )
  }
}
