import Tensors

/// A lower bound of log p(x) as a function of log importance weights, log p(x, z) - log q(z|x), of k draws of z.
///
/// One more bound is one more function of the weights; `importanceWeighted` is the shortest.
public struct Bound: Sendable {
  /// What messages call it.
  public let name: String
  /// Whether it is the evidence lower bound, which alone has a term for the divergence.
  let isELBO: Bool
  /// (..., k) to (...), nats.
  let value: @Sendable (_ logWeights: Tensor) -> Tensor
  /// What of a draw's path gradient is left once the gradient of log q's own parameters is turned into one along the
  /// path too: 1 - F''ₖₖ / F'ₖ with the derivatives of the value by log weight k. (..., k) to (..., k) or a number.
  let pathShare: @Sendable (_ logWeights: Tensor) -> Tensor

  /// A bound of one's own.
  ///
  /// - Parameters:
  ///   - value: (..., k) to (...), nats.
  ///   - pathShare: 1 - F''ₖₖ / F'ₖ of the value F, for doubly reparameterized gradients: (..., k) to (..., k).
  public init(
    _ name: String, value: @escaping @Sendable (_ logWeights: Tensor) -> Tensor,
    pathShare: @escaping @Sendable (_ logWeights: Tensor) -> Tensor
  ) {
    self.init(name, isELBO: false, value: value, pathShare: pathShare)
  }

  private init(
    _ name: String, isELBO: Bool, value: @escaping @Sendable (Tensor) -> Tensor,
    pathShare: @escaping @Sendable (Tensor) -> Tensor
  ) {
    (self.name, self.isELBO, self.value, self.pathShare) = (name, isELBO, value, pathShare)
  }

  /// The mean of log wₖ: the evidence lower bound (Kingma and Welling, ICLR 2014).
  public static let elbo = Bound(
    "elbo", isELBO: true, value: { $0.mean(axis: -1) }, pathShare: { .ones(like: $0) })

  /// log((1/k) Σ wₖ) (Burda, Grosse and Salakhutdinov, Importance weighted autoencoders, ICLR 2016, equation 8).
  public static let importanceWeighted = Bound(
    "iwae", value: { $0.logMeanExp(axis: -1) }, pathShare: { $0.softmax() })

  /// The mean of so many importance-weighted bounds, each of its part of the draws (Rainforth et al., Tighter
  /// variational bounds are not necessarily better, ICML 2018: MIWAE).
  public static func multiple(_ groups: Int) -> Bound {
    @Sendable func grouped(_ weights: Tensor) -> Tensor {
      let count = weights.shape[weights.rank - 1]
      guard count % groups == 0 else { fatalError("[miwae] \(count) draws do not make \(groups) equal groups") }
      return weights.reshaped(Shape(weights.shape.dimensions.dropLast() + [groups, count / groups]))
    }
    return Bound(
      "miwae", value: { grouped($0).logMeanExp(axis: -1).mean(axis: -1) },
      pathShare: { grouped($0).softmax().reshaped($0.shape) })
  }

  /// A share of the evidence lower bound and the rest of the importance-weighted one (the same: CIWAE).
  public static func combined(elboShare share: Double) -> Bound {
    Bound(
      "ciwae", value: { $0.mean(axis: -1) * share + $0.logMeanExp(axis: -1) * (1 - share) },
      pathShare: { weights in
        let even = share / Double(weights.shape[weights.rank - 1])
        let normalized = weights.softmax()
        return (normalized.squared() * (1 - share) + even) / (normalized * (1 - share) + even)
      })
  }
}
