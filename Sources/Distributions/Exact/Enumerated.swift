import Basics
import Glibc
import LinearAlgebra

/// For each datum a distribution over finitely many values, by their probabilities: a posterior whose expectations are
/// sums.
public struct Enumerated: Sendable {
  /// q(k): data x values, rows that sum to 1.
  public let probabilities: Matrix
  /// Σ q(k) over the data: one number for each value.
  public let totals: [Double]
  /// Σ q(k) log q(k) over data and values, nats.
  public let negativeEntropy: Double

  /// By probabilities; traps where they are none.
  public init(probabilities: Matrix) {
    precondition(
      (0..<probabilities.rows).allSatisfy { row in
        probabilities[row: row].allSatisfy { $0 >= 0 } && abs(probabilities[row: row].reduce(0, +) - 1) < 1e-6
      }, "[enumerated] rows that are no probabilities")
    self.probabilities = probabilities
    totals = (0..<probabilities.columns).map { probabilities.column($0).reduce(0, +) }
    negativeEntropy = probabilities.elements.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
  }

  /// The posterior of log p(x, k), and Σ log p(x) with p(x) = Σₖ p(x, k).
  ///
  /// - Parameters:
  ///   - logLikelihoods: log p(x|k): data x values.
  ///   - logPrior: log p(k), or log p(k) of each datum where it has as many elements.
  /// - Returns: the posterior, and the log evidence of all data.
  public static func posterior(
    logLikelihoods: Matrix, logPrior: [Double]
  ) -> (posterior: Enumerated, logEvidence: Double) {
    let (rows, count) = (logLikelihoods.rows, logLikelihoods.columns)
    var probabilities = Matrix(rows: rows, columns: count)
    let blocks = Matrix.blocks(rows: rows)
    // Of each block: log evidence, Σ q log q, and Σ q by value.
    let sums = concurrentMap(
      over: &probabilities.elements, parts: blocks.map { $0.lowerBound * count..<$0.upperBound * count }
    ) { number, target in
      var sums = [Double](repeating: 0, count: count + 2)
      logLikelihoods.elements.withUnsafeBufferPointer { source in
        for (place, row) in blocks[number].enumerated() {
          normalize(
            source.baseAddress! + row * count, logPrior, into: target.baseAddress! + place * count, adding: &sums)
        }
      }
      return sums
    }
    func total(_ place: Int) -> Double { sums.reduce(0) { $0 + $1[place] } }
    let posterior = Enumerated(
      probabilities: probabilities, totals: (0..<count).map { total($0 + 2) }, negativeEntropy: total(1))
    return (posterior, total(0))
  }

  private init(probabilities: Matrix, totals: [Double], negativeEntropy: Double) {
    (self.probabilities, self.totals, self.negativeEntropy) = (probabilities, totals, negativeEntropy)
  }

  /// One row: what lies below rounding of the whole is 0.
  private static func normalize(
    _ logLikelihood: UnsafePointer<Double>, _ logPrior: [Double], into q: UnsafeMutablePointer<Double>,
    adding sums: inout [Double]
  ) {
    let count = logPrior.count
    var largest = -Double.infinity
    for k in 0..<count {
      q[k] = logLikelihood[k] + logPrior[k]
      largest = max(largest, q[k])
    }
    var sum = 0.0
    for k in 0..<count where q[k] - largest > lowestLogWeight { sum += exp(q[k] - largest) }
    let evidence = largest + log(sum)
    sums[0] += evidence
    for k in 0..<count {
      let logProbability = q[k] - evidence
      let probability = logProbability > lowestLogWeight ? exp(logProbability) : 0
      q[k] = probability
      if probability > 0 { sums[1] += probability * logProbability }
      sums[k + 2] += probability
    }
  }

  private static let lowestLogWeight = -60.0

  /// Σ q(k) f(k) over data and values.
  public func expectation(of values: Matrix) -> Double {
    precondition(
      values.rows == probabilities.rows && values.columns == probabilities.columns,
      "[enumerated] values of \(values.rows) x \(values.columns)")
    let blocks = Matrix.blocks(rows: values.rows)
    let sums = concurrentMap(blocks.count) { number in
      probabilities.elements.withUnsafeBufferPointer { q in
        values.elements.withUnsafeBufferPointer { f in
          let width = values.columns
          var sum = 0.0
          for place in blocks[number].lowerBound * width..<blocks[number].upperBound * width where q[place] > 0 {
            sum += q[place] * f[place]
          }
          return sum
        }
      }
    }
    return sums.reduce(0, +)
  }

  /// KL of all data from one prior p(k): Σ q log q - Σ q(k) log p(k), nats.
  public func klDivergence(fromLogPrior logPrior: [Double]) -> Double {
    negativeEntropy - zip(totals, logPrior).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * $1.1 : 0) }
  }

  /// The most probable value of each datum.
  public var modes: [Int] {
    (0..<probabilities.rows).map { row in
      let values = probabilities[row: row]
      return values.indices.max { values[$0] < values[$1] }! - values.startIndex
    }
  }
}
