import Distributions
import Foundation
import TensorTestSupport
import Tensors

// What a case's numbers are by quadrature and by counting, in Double.

extension Case {
  /// Places and weights of Simpson's rule on pieces between kinks.
  var rule: (places: [Double], weights: [Double]) {
    let inner = kinks.filter { $0 > range.lowerBound && $0 < range.upperBound }
    let ends = [range.lowerBound] + inner.sorted() + [range.upperBound]
    let intervals = ends.count > 50 ? 100 : ends.count > 3 ? 600 : 2000
    var (places, weights): ([Double], [Double]) = ([], [])
    for (low, high) in zip(ends, ends.dropFirst()) {
      let step = (high - low) / Double(intervals)
      for i in 0...intervals {
        places.append(min(low + Double(i) * step, high))
        weights.append((i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2) * step / 3)
      }
    }
    return (places, weights)
  }

  /// P(X ≤ x) by the trapezoidal rule between neighbouring places, which is near enough for a distance of a hundredth.
  func distributionFunction() throws -> (Double) -> Double {
    let places = rule.places
    let densities = try logProbabilities(of: places).map { exp($0) }
    var integral = [0.0]
    for i in 1..<places.count {
      integral.append(integral[i - 1] + (places[i] - places[i - 1]) * (densities[i] + densities[i - 1]) / 2)
    }
    return { x in
      let above = places.partitionIndex { $0 >= x }
      guard above > 0 else { return 0 }
      guard above < places.count else { return 1 }
      let share = (x - places[above - 1]) / max(places[above] - places[above - 1], .leastNormalMagnitude)
      return integral[above - 1] + share * (integral[above] - integral[above - 1])
    }
  }

  /// The outcomes that are looked at: counts, or levels from 0 to 1.
  var outcomes: [Double] {
    let indices = Array(Int(range.lowerBound)...Int(range.upperBound)).map(Double.init)
    return levelCount.map { count in indices.map { $0 / Double(count - 1) } } ?? indices
  }

  /// The probability of each outcome.
  func probabilities() throws -> [Double] {
    let outcomes = outcomes
    let distribution = make(parameters.map { Tensor([$0]).broadcast(to: [outcomes.count]) })
    return try interpreted(distribution.logProbability(of: Tensor(outcomes))).map { exp($0) }
  }

  /// How often each outcome came.
  func counts(of draws: [Double]) -> [Int] {
    let steps = levelCount.map { Double($0 - 1) } ?? 1
    var counts = [Int](repeating: 0, count: outcomes.count)
    for draw in draws { counts[min(Int((draw * steps).rounded()), counts.count - 1)] += 1 }
    return counts
  }
}

extension Array {
  /// The first index of an ascending partition at which the condition holds; the count where it never does.
  func partitionIndex(where condition: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
