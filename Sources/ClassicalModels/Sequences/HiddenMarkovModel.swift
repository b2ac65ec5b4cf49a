import Basics
import Distributions
import Glibc
import Inference
import LinearAlgebra

/// Sequences of data, one after the other in one table.
public struct Sequences: Sendable {
  public let data: DataMatrix
  /// The rows of each sequence.
  public let ranges: [Range<Int>]

  /// Sequences of these lengths; all data as one where none are given.
  public init(_ data: DataMatrix, lengths: [Int]? = nil) {
    var ranges: [Range<Int>] = []
    for length in lengths ?? [data.count] {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + length)
    }
    precondition(
      ranges.last?.upperBound ?? 0 == data.count && ranges.allSatisfy { !$0.isEmpty },
      "[sequences] lengths that do not make \(data.count)")
    (self.data, self.ranges) = (data, ranges)
  }
}

/// The hidden Markov model: a chain of states, each of which emits a normal datum.
///
/// ```
/// p(z₁ = k) = πₖ     p(zₜ = k | zₜ₋₁ = j) = Aⱼₖ     p(xₜ | zₜ = k) = N(xₜ; μₖ, Σₖ)
/// ```
///
/// The posterior over paths is a Markov chain again, which forward-backward gives; its M-step is Baum and Welch's.
/// (Rabiner, A tutorial on hidden Markov models, 1989; Bishop, 2006, section 13.2.)
public struct HiddenMarkovModel: MaximizableModel {
  /// π: K numbers.
  public let initial: [Double]
  /// A: K x K, rows that sum to 1.
  public let transitions: Matrix
  public let emissions: GaussianComponents
  /// λ of the emissions' penalty -λ/2 Σ tr Σₖ⁻¹.
  public let regularization: Double
  private let known = KnownDensities()

  public init(
    initial: [Double], transitions: Matrix, emissions: GaussianComponents, regularization: Double = 0
  ) {
    precondition(
      initial.count == emissions.count && transitions.rows == initial.count && transitions.columns == initial.count,
      "[hidden markov model] \(initial.count) states, \(emissions.count) emissions")
    (self.initial, self.transitions) = (initial, transitions)
    (self.emissions, self.regularization) = (emissions, regularization)
  }

  /// K.
  public var stateCount: Int { initial.count }

  /// A posterior chain over the states of every sequence.
  public struct Posterior: Sendable {
    /// p(zₜ = k | x): data x K.
    public let states: Enumerated
    /// Σ p(z₁ = k | x) over the sequences.
    public let initial: [Double]
    /// Σ p(zₜ₋₁ = j, zₜ = k | x) over all steps: K x K.
    public let transitions: Matrix
    /// Σ q log q of the paths, nats.
    public let negativeEntropy: Double
  }

  private func logDensities(_ x: DataMatrix) throws(LinearAlgebraError) -> Matrix {
    if let densities = known.densities(of: x) { return densities }
    let densities = try emissions.logDensities(of: x.values)
    known.keep(densities, of: x)
    return densities
  }

  public func expectedLogLikelihood(of x: Sequences, under q: Posterior) throws(LinearAlgebraError) -> Double {
    q.states.expectation(of: try logDensities(x.data))
  }

  /// Σ q log q - Σ q(z₁) log π - Σ q(zₜ₋₁, zₜ) log A.
  public func divergence(of q: Posterior) throws(LinearAlgebraError) -> Double {
    func sum(_ counts: [Double], _ probabilities: [Double]) -> Double {
      zip(counts, probabilities).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * log($1.1) : 0) }
    }
    return q.negativeEntropy - sum(q.initial, initial) - sum(q.transitions.elements, transitions.elements)
  }

  /// Forward-backward with every step scaled by p(xₜ | x₁ … xₜ₋₁), whose logarithms sum to the evidence.
  public func inferred(from x: Sequences) throws(LinearAlgebraError) -> (posterior: Posterior, logEvidence: Double) {
    let densities = try logDensities(x.data)
    let count = stateCount
    var states = Matrix(rows: x.data.count, columns: count)
    var initial = [Double](repeating: 0, count: count)
    var transitionSums = Matrix(rows: count, columns: count)
    var (negativeEntropy, logEvidence) = (0.0, 0.0)
    for range in x.ranges {
      // Densities relative to the largest of their step, so that none of them vanishes.
      let shifts = range.map { densities[row: $0].max() ?? 0 }
      let emission = Matrix(rows: range.count, columns: count) {
        exp(densities[range.lowerBound + $0, $1] - shifts[$0])
      }
      var forward = Matrix(rows: range.count, columns: count)
      var scales = [Double](repeating: 0, count: range.count)
      for t in 0..<range.count {
        for k in 0..<count {
          let prior =
            t == 0 ? self.initial[k] : (0..<count).reduce(0) { $0 + forward[t - 1, $1] * transitions[$1, k] }
          forward[t, k] = prior * emission[t, k]
          scales[t] += forward[t, k]
        }
        for k in 0..<count { forward[t, k] /= scales[t] }
        logEvidence += log(scales[t]) + shifts[t]
      }
      var backward = [Double](repeating: 1, count: count)
      for t in (0..<range.count).reversed() {
        let row = range.lowerBound + t
        for k in 0..<count { states[row, k] = forward[t, k] * backward[k] }
        guard t > 0 else { break }
        var previous = [Double](repeating: 0, count: count)
        for j in 0..<count {
          for k in 0..<count {
            let next = transitions[j, k] * emission[t, k] * backward[k] / scales[t]
            previous[j] += next
            let joint = forward[t - 1, j] * next
            transitionSums[j, k] += joint
            if joint > 0 { negativeEntropy += joint * log(next) }
          }
        }
        // q(zₜ | zₜ₋₁) is the joint over q(zₜ₋₁) = forward · backward.
        for j in 0..<count where forward[t - 1, j] * previous[j] > 0 {
          negativeEntropy -= forward[t - 1, j] * previous[j] * log(previous[j])
        }
        backward = previous
      }
      for k in 0..<count {
        let probability = states[range.lowerBound, k]
        initial[k] += probability
        if probability > 0 { negativeEntropy += probability * log(probability) }
      }
    }
    let posterior = Posterior(
      states: Enumerated(probabilities: states), initial: initial, transitions: transitionSums,
      negativeEntropy: negativeEntropy)
    return (posterior, logEvidence)
  }

  public func maximized(under q: Posterior, _ x: Sequences) throws(LinearAlgebraError) -> HiddenMarkovModel {
    let starts = q.initial.reduce(0, +)
    let leaving = (0..<stateCount).map { q.transitions[row: $0].reduce(0, +) }
    return HiddenMarkovModel(
      initial: q.initial.map { $0 / starts },
      transitions: Matrix(rows: stateCount, columns: stateCount) {
        leaving[$0] > 0 ? q.transitions[$0, $1] / leaving[$0] : transitions[$0, $1]
      },
      emissions: try emissions.maximized(under: q.states, x.data.values, regularization: regularization),
      regularization: regularization)
  }

  public var logPenalty: Double { -0.5 * regularization * emissions.precisionTrace }

  /// Free numbers.
  public var parameterCount: Int { stateCount * stateCount - 1 + emissions.parameterCount }

  /// Where Baum-Welch begins: the emissions of a mixture, and states that tend to stay.
  public init(start mixture: GaussianMixture, persistence: Double = 0.8) {
    let count = mixture.components.count
    let change = count > 1 ? (1 - persistence) / Double(count - 1) : 0
    self.init(
      initial: .init(repeating: 1 / Double(count), count: count),
      transitions: Matrix(rows: count, columns: count) { $0 == $1 ? (count > 1 ? persistence : 1) : change },
      emissions: mixture.components, regularization: mixture.regularization)
  }

  /// Draws one sequence, and its states.
  public func sample(_ length: Int, seed: UInt64) throws(LinearAlgebraError) -> (values: Matrix, states: [Int]) {
    var generator = SplitMix64(seed: seed, stream: 0x6864_6D6D, index: 0)
    var factors: [Matrix] = []
    for k in 0..<stateCount { factors.append(try Cholesky(emissions.covariance(of: k)).factor) }
    var states: [Int] = []
    var values = Matrix(rows: length, columns: emissions.size)
    for t in 0..<length {
      let k =
        t == 0 ? generator.index(weights: initial) : generator.index(weights: Array(transitions[row: states[t - 1]]))
      let noise = (0..<emissions.size).map { _ in generator.normal() }
      for column in 0..<emissions.size {
        values[t, column] =
          emissions.means[k, column] + (0...column).reduce(0) { $0 + factors[k][column, $1] * noise[$1] }
      }
      states.append(k)
    }
    return (values, states)
  }

  /// The most probable path of every sequence (Viterbi, 1967).
  public func mostProbableStates(_ x: Sequences) throws(LinearAlgebraError) -> [Int] {
    let densities = try logDensities(x.data)
    var path = [Int](repeating: 0, count: x.data.count)
    for range in x.ranges {
      var best = (0..<stateCount).map { log(initial[$0]) + densities[range.lowerBound, $0] }
      var origins: [[Int]] = []
      for row in range.dropFirst() {
        let reached = (0..<stateCount).map { k in
          (0..<stateCount).map { (origin: $0, value: best[$0] + log(transitions[$0, k])) }
            .max { $0.value < $1.value } ?? (origin: 0, value: -.infinity)
        }
        origins.append(reached.map(\.origin))
        best = (0..<stateCount).map { reached[$0].value + densities[row, $0] }
      }
      var state = best.indices.max { best[$0] < best[$1] } ?? 0
      for row in range.reversed() {
        path[row] = state
        if row > range.lowerBound { state = origins[row - range.lowerBound - 1][state] }
      }
    }
    return path
  }
}
