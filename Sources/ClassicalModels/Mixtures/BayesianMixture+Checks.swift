import Basics
import Distributions
import Glibc
import LinearAlgebra

// What the mean field is held against: every choice counted, and draws from the exact posterior.
extension BayesianMixture {
  /// Choices that are summed over at most.
  public static let largestEnumeration = 1 << 22

  /// log p(x) and E[cᵢ = k] by a sum over all Kⁿ choices; nil where there are more than `largestEnumeration`.
  ///
  /// Given the choices the means integrate out, component by component:
  ///
  /// ```
  /// log p(x_k) = -n d log(2π)/2 - d log(1 + n v)/2 - (Σ |x|² - v |Σ x|² / (1 + n v)) / 2
  /// ```
  public func enumerated(_ x: DataMatrix) -> (logEvidence: Double, choices: Enumerated)? {
    let total = pow(Double(count), Double(x.count))
    guard total <= Double(Self.largestEnumeration) else { return nil }
    var logTerms: [Double] = []
    var choices = [Int](repeating: 0, count: x.count)
    for number in 0..<Int(total) {
      var rest = number
      for row in 0..<x.count {
        choices[row] = rest % count
        rest /= count
      }
      logTerms.append(logJoint(of: choices, x) - Double(x.count) * log(Double(count)))
    }
    let largest = logTerms.max() ?? 0
    let logEvidence = largest + log(logTerms.reduce(0) { $0 + exp($1 - largest) })
    var probabilities = Matrix(rows: x.count, columns: count)
    for (number, term) in logTerms.enumerated() {
      var rest = number
      for row in 0..<x.count {
        probabilities[row, rest % count] += exp(term - logEvidence)
        rest /= count
      }
    }
    return (logEvidence, Enumerated(probabilities: probabilities))
  }

  /// log p(x | c), the means integrated out.
  private func logJoint(of choices: [Int], _ x: DataMatrix) -> Double {
    (0..<count).reduce(0) { sum, k in
      let rows = choices.indices.filter { choices[$0] == k }
      let n = Double(rows.count)
      var (square, center) = (0.0, [Double](repeating: 0, count: size))
      for row in rows {
        for (column, value) in x.values[row: row].enumerated() {
          square += value * value
          center[column] += value
        }
      }
      let shrunk = 1 + n * meanVariance
      return sum - 0.5
        * (n * Double(size) * logTwoPi + Double(size) * log(shrunk) + square - meanVariance * dot(center, center)
          / shrunk)
    }
  }

  /// E[cᵢ = cⱼ], which no renaming of the components changes, by Gibbs sampling of choices and means: data x data.
  public func gibbsCoincidence(_ x: DataMatrix, sweeps: Int, seed: UInt64) -> Matrix {
    var generator = SplitMix64(seed: seed, stream: 0x6769_6262, index: 0)
    var choices = (0..<x.count).map { _ in generator.next(below: count) }
    var together = Matrix(rows: x.count, columns: x.count)
    for _ in 0..<sweeps {
      var means = Matrix(rows: count, columns: size)
      for k in 0..<count {
        let rows = choices.indices.filter { choices[$0] == k }
        let variance = 1 / (1 / meanVariance + Double(rows.count))
        for column in 0..<size {
          let sum = rows.reduce(0) { $0 + x.values[$1, column] }
          means[k, column] = variance * sum + variance.squareRoot() * generator.normal()
        }
      }
      for row in 0..<x.count {
        let distances = (0..<count).map { k in
          zip(x.values[row: row], means[row: k]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let nearest = distances.min() ?? 0
        choices[row] = generator.index(weights: distances.map { exp(-0.5 * ($0 - nearest)) })
      }
      for a in 0..<x.count { for b in 0..<x.count where choices[a] == choices[b] { together[a, b] += 1 } }
    }
    return together * (1 / Double(sweeps))
  }

  /// E[cᵢ = cⱼ] by the sum over all choices; nil where there are too many.
  public func enumeratedCoincidence(_ x: DataMatrix) -> Matrix? {
    guard let (logEvidence, _) = enumerated(x) else { return nil }
    var together = Matrix(rows: x.count, columns: x.count)
    for number in 0..<Int(pow(Double(count), Double(x.count))) {
      var rest = number
      let choices = (0..<x.count).map { _ in
        defer { rest /= count }
        return rest % count
      }
      let probability = exp(logJoint(of: choices, x) - Double(x.count) * log(Double(count)) - logEvidence)
      for a in 0..<x.count { for b in 0..<x.count where choices[a] == choices[b] { together[a, b] += probability } }
    }
    return together
  }
}
