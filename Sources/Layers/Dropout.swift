import Tensors

/// Drops elements at random in training (Srivastava et al., Dropout: a simple way to prevent neural networks from
/// overfitting, JMLR 2014).
///
/// ```
/// y = x · m / (1 - p),   m = 0 with probability p, else 1        in training
/// y = x                                                          in evaluation
/// ```
///
/// So the expectation of y is x in both. See `Pass` for what training is; each application to another tensor has a mask of
/// its own, by seed, step and datum.
public struct Dropout: Layer {
  /// p: that of an element to be dropped.
  public let probability: Double
  private let identity = Identity()

  private final class Identity: Sendable {}

  /// - Parameter probability: from 0 to below 1.
  public init(_ probability: Double) {
    guard (0..<1).contains(probability) else { fatalError("[dropout] a probability of \(probability)") }
    self.probability = probability
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard let pass = Pass.current, probability > 0 else { return x }
    return pass.output(of: identity, x) {
      select(pass.uniform(x.shape, type: x.type) .>= probability, x / (1 - probability), 0)
    }
  }

  public var parameters: ParameterList { [:] }
}
