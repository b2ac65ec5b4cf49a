import Tensors

// Draws by rejection. A graph has no loop that ends when a draw is accepted, so all candidates are made at once along a
// last dimension, and the first that is accepted is taken.
extension RandomKey {
  /// Candidates for each draw; that none of them is accepted has a probability below 1e-9.
  private static let candidateCount = 16

  /// Gamma numbers of shape a > 0 and rate 1, one for each element (Marsaglia and Tsang, A simple method for generating
  /// gamma variables, 2000; below a = 1 by their boost, Γ(a + 1) U^(1/a)). No gradient passes.
  func gamma(shape a: Tensor) -> Tensor {
    let a = a.stoppingGradient()
    let isSmall = a .< 1
    let d = (a + isSmall - 1 / 3.0).expandedDimensions(at: -1)
    let shape = Shape(a.shape.dimensions + [Self.candidateCount])
    let x = normal(shape, type: a.type)
    let root = x / (d * 9).sqrt() + 1
    let cube = root.squared() * root
    // Of what is positive only; the others are not accepted.
    let logarithm = select(cube .> 0, cube, 1).log()
    let bound = x.squared() * 0.5 + d - d * cube + d * logarithm
    let isAccepted = (cube .> 0) * (uniform(shape, type: a.type).log() .< bound)
    let boost = (uniform(a.shape, type: a.type).log() / a).exp()
    return Self.first(of: d * cube, where: isAccepted) * select(isSmall, boost, 1)
  }

  /// Poisson numbers of a rate, one for each element: below 10 by the inverse of the distribution function, from there
  /// on by transformed rejection (Hörmann, The transformed rejection method for generating Poisson random variables,
  /// 1993, algorithm PTRS without its squeezes). No gradient passes.
  func poisson(rate: Tensor) -> Tensor {
    let rate = rate.stoppingGradient()
    let isSmall = rate .< Self.largestInverted
    return select(
      isSmall, poissonByInversion(minimum(rate, Self.largestInverted)),
      poissonByRejection(maximum(rate, Self.largestInverted)))
  }

  private static let largestInverted = 10.0

  /// The first place at which the distribution function reaches a uniform number; at a rate of 10 what lies behind the
  /// last of them has a probability of 1e-16.
  private func poissonByInversion(_ rate: Tensor) -> Tensor {
    let places = 48
    let counts = Tensor.iota([places], type: rate.type)
    let rate = rate.expandedDimensions(at: -1)
    let probabilities = (counts * maximum(rate, 1e-30).log() - rate - (counts + 1).logGamma()).exp()
    return countPassed(probabilities)
  }

  /// The index along the last dimension at which the sum of probabilities up to it reaches a uniform number.
  ///
  /// The number is a share of the largest sum, which rounding leaves a little below 1 or above: one that is larger than
  /// every sum would pass all places, to an outcome that has no probability.
  func countPassed(_ probabilities: Tensor) -> Tensor {
    let sums = probabilities.cumulativeSum()
    let largest = sums.max(axis: -1, keepingDimensions: true)
    return (sums .< largest * uniform(largest.shape, type: sums.type)).sum(axis: -1)
  }

  private func poissonByRejection(_ rate: Tensor) -> Tensor {
    let rate = rate.expandedDimensions(at: -1)
    let b = rate.sqrt() * 2.53 + 0.931
    let a = b * 0.02483 - 0.059
    let inverseAlpha = (b - 3.4).reciprocal() * 1.1328 + 1.1239
    let shape = Shape(rate.shape.dimensions.dropLast() + [Self.candidateCount])
    let u = uniform(shape, type: rate.type) - 0.5
    let v = uniform(shape, type: rate.type)
    let distance = 0.5 - u.abs()
    let count = ((a * 2 / distance + b) * u + rate + 0.43).floor()
    let natural = maximum(count, 0)
    let height = (v * inverseAlpha / (a / distance.squared() + b)).log()
    let logProbability = natural * rate.log() - rate - (natural + 1).logGamma()
    return Self.first(of: natural, where: (count .>= 0) * (height .<= logProbability))
  }

  /// The first accepted candidate along the last dimension, or the first of all where none is.
  private static func first(of candidates: Tensor, where isAccepted: Tensor) -> Tensor {
    candidates.gathered(alongLastAxis: isAccepted.argmax())
  }
}
