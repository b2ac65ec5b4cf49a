import Tensors

// A discrete variable that is summed over: the bound given each of its values, weighted by their probabilities.
extension Estimate {
  /// Estimates given each value of a discrete variable, as one.
  ///
  /// - Parameters:
  ///   - parts: One for each value.
  ///   - weights: q of the values, (batch, values).
  ///   - divergence: KL of q from the values' prior: (batch), nats.
  public static func marginal(of parts: [Estimate], weights: Tensor, divergence: Tensor) -> Estimate {
    func average(_ figure: (Estimate) -> Tensor) -> Tensor {
      (stacked(parts.map(figure), axis: -1) * weights).sum(axis: -1)
    }
    let objective = average(\.objective) - divergence
    return Estimate(
      bound: parts[0].bound.mapping { part in average { $0.bound[keyPath: part] } }.adding(kl: divergence),
      objective: objective, loss: -objective.mean(), weight: parts[0].weight)
  }

  /// With one more term, (batch), in the objective; the bound stays.
  public func adding(_ term: Tensor) -> Estimate {
    Estimate(bound: bound, objective: objective + term, loss: loss - term.mean(), weight: weight)
  }
}
