import Tensors

/// A probability distribution, or a batch of them.
///
/// Its parameters have the dimensions of the batch and then those of one event: a row of 784 pixels is an event of one
/// dimension. All figures are in nats and are given for each event: summed over its dimensions, constants kept.
public protocol Distribution: Sendable {
  /// Where the density is not 0.
  var support: Support { get }

  /// The expected event: (batch..., event...). A distribution whose expectation has no closed form gives, and
  /// documents, the point that stands for it in reconstructions.
  var mean: Tensor { get }

  /// log p(x) for each event: (batch..., event...) to (batch...); x and the parameters are broadcast.
  func logProbability(of x: Tensor) -> Tensor

  /// One event drawn from each distribution of the batch: (batch..., event...).
  func sample(_ noise: RandomKey) -> Tensor

  /// The entropy of each distribution, (batch...), or nil where it has no closed form.
  var entropy: Tensor? { get }

  /// KL(self ‖ other) for each distribution, (batch...), or nil where it has no closed form.
  func klDivergence(from other: any Distribution) -> Tensor?

  /// Each distribution `count` times: a batch (batch..., count), from which a sample has `count` events for each.
  func repeated(_ count: Int) -> Self
}

extension Distribution {
  public var entropy: Tensor? { nil }

  public func klDivergence(from other: any Distribution) -> Tensor? { nil }

  /// KL(self ‖ other) for each distribution, (batch...), nats: in closed form where there is one, else the mean of log q(x)
  /// - log p(x) over so many draws of each.
  ///
  /// A `ReparameterizedDistribution` gives its draws' log q(x) itself, and gradients pass through them. Of others gradients
  /// lack what the parameters do to the draws, the term of the score function.
  public func klDivergence(from other: any Distribution, samples: Int, noise: RandomKey) -> Tensor {
    if let closed = klDivergence(from: other) { return closed }
    let many = repeated(samples)
    let draw: Draw
    if let many = many as? any ReparameterizedDistribution {
      draw = many.draw(noise)
    } else {
      let x = many.sample(noise)
      draw = Draw(value: x, logProbability: many.logProbability(of: x))
    }
    return (draw.logProbability - other.repeated(samples).logProbability(of: draw.value)).mean(axis: -1)
  }
}

/// A distribution whose samples are a differentiable function of its parameters and of noise that does not depend on
/// them, z = g(ε, φ): the gradient of an expectation is the expectation of a gradient (Kingma and Welling, 2014, 2.4).
///
/// This is all that an approximate posterior has to be.
public protocol ReparameterizedDistribution: Distribution {
  /// An event for each distribution of the batch, and its log probability, which may come cheaper or more exactly from
  /// the noise than from the event.
  func draw(_ noise: RandomKey) -> Draw

  /// The same distribution with parameters through which no gradient passes.
  func stoppingGradient() -> Self
}

/// Events with their log probabilities under the distribution that they were drawn from.
public struct Draw: Sendable {
  /// (batch..., event...).
  public let value: Tensor
  /// log q(value): (batch...), nats.
  public let logProbability: Tensor

  public init(value: Tensor, logProbability: Tensor) {
    self.value = value
    self.logProbability = logProbability
  }
}

extension ReparameterizedDistribution {
  public func sample(_ noise: RandomKey) -> Tensor { draw(noise).value }
}
