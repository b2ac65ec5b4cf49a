import ClassicalModels
import Distributions
import Foundation
import Inference
import LinearAlgebra
import Testing

@Suite struct GaussianTests {
  private func gaussian(_ size: Int, seed: Int) throws -> Gaussian {
    var problem = Problem(seed)
    let mean = problem.matrix(1, size).elements
    return try Gaussian(mean: mean, covariance: problem.covariance(size))
  }

  /// p(a) p(b|a) = p(a, b), with both sides' own factorizations.
  @Test(arguments: [[0], [1, 3], [3, 0, 2]]) func conditionalsAndMarginalsMultiply(known: [Int]) throws {
    let joint = try gaussian(4, seed: 7)
    let x = [0.3, -1.2, 0.8, 2.1]
    let others = (0..<4).filter { !known.contains($0) }
    let values = known.map { x[$0] }
    let conditional = try joint.conditional(on: known, values)
    let product =
      try joint.marginal(known).logProbability(of: values)
      + conditional.logProbability(of: others.map { x[$0] })
    #expect(agree(product, try joint.logProbability(of: x), 1e-12))
    // Schur's complement is the inverse of the precision's block.
    let block = try joint.precision.block(rows: others, columns: others)
    #expect(conditional.covariance.distance(to: try Cholesky(block).inverse()) < 1e-12)
  }

  @Test func meanFieldHasTheInversePrecisions() throws {
    let joint = try gaussian(3, seed: 8)
    let field = try joint.meanField()
    #expect(field.mean == joint.mean)
    let best = try field.klDivergence(from: joint)
    // log |Λ| and the diagonal's.
    let precision = try joint.precision
    let gap = 0.5 * (precision.diagonal.reduce(0) { $0 + log($1) } + joint.cholesky.logDeterminant)
    #expect(agree(best, gap, 1e-12))
    for place in 0..<3 {
      for factor in [0.9, 1.1] {
        var variances = field.covariance.diagonal
        variances[place] *= factor
        let other = try Gaussian(mean: joint.mean, covariance: Matrix(diagonal: variances))
        #expect(try other.klDivergence(from: joint) > best)
      }
    }
  }

  @Test func divergencesAreMeansOfLogRatios() throws {
    let (q, p) = (try gaussian(3, seed: 9), try gaussian(3, seed: 10))
    let closed = try q.klDivergence(from: p)
    let draws = try q.sample(40_000, seed: 1)
    var (sum, squares) = (0.0, 0.0)
    for row in 0..<draws.rows {
      let x = Array(draws[row: row])
      let ratio = try q.logProbability(of: x) - p.logProbability(of: x)
      sum += ratio
      squares += ratio * ratio
    }
    let mean = sum / 40_000
    let deviation = ((squares / 40_000 - mean * mean) / 40_000).squareRoot()
    #expect(abs(mean - closed) < 4 * deviation)
    #expect(abs(try q.klDivergence(from: q)) < 1e-12)
    #expect(try q.mahalanobisDistance(to: q.mean) == 0)
  }

  @Test func affineMapsMoveMeanAndCovariance() throws {
    let x = try gaussian(3, seed: 11)
    let a = Matrix([[1, 2, 0], [0, 1, -1]])
    let y = try x.affine(a, [1, 1])
    #expect(agree(y.mean[0], x.mean[0] + 2 * x.mean[1] + 1))
    let variance = x.covariance[1, 1] + x.covariance[2, 2] - 2 * x.covariance[1, 2]
    #expect(agree(y.covariance[1, 1], variance, 1e-12))
    #expect(agree(try Gaussian(mean: x.mean, precision: x.precision).entropy, x.entropy, 1e-12))
  }
}

@Suite struct NetworkTests {
  private typealias Variable = BayesianNetwork.Variable

  /// Salary by age and gender, y by salary and marital status.
  private static let variables = [
    Variable("age", values: 3), Variable("gender", values: 2), Variable("salary", values: 3, parents: [0, 1]),
    Variable("marital status", values: 2), Variable("y", values: 2, parents: [2, 3]),
  ]

  @Test func parametersAreCounted() {
    let order = [Variable("age", values: 3), Variable("salary", values: 3), Variable("gender", values: 2)]
    let all = BayesianNetwork.complete(
      order + [Variable("marital status", values: 2), Variable("y", values: 2)])
    #expect(BayesianNetwork.tableEntryCount(all) == 138)
    #expect(BayesianNetwork.parameterCount(all) == 71)
    #expect(BayesianNetwork.tableEntryCount(Self.variables) == 37)
    #expect(BayesianNetwork.parameterCount(Self.variables) == 22)
  }

  @Test func posteriorsAreRatiosOfSums() throws {
    let network = BayesianNetwork(Self.variables, seed: 4)
    var (total, evidence) = (0.0, 0.0)
    var expected = [0.0, 0, 0]
    func visit(_ x: [Int]) {
      guard x.count < 5 else {
        let probability = exp(network.logProbability(of: x))
        total += probability
        if x[4] == 1, x[1] == 0 {
          evidence += probability
          expected[x[0]] += probability
        }
        return
      }
      for value in 0..<Self.variables[x.count].valueCount { visit(x + [value]) }
    }
    visit([])
    #expect(agree(total, 1, 1e-12))
    let found = network.posterior(of: 0, given: [4: 1, 1: 0])
    #expect(agree(found.logEvidence, log(evidence), 1e-12))
    for (a, b) in zip(found.probabilities, expected) { #expect(agree(a, b / evidence, 1e-12)) }
    let draws = network.sample(20_000, seed: 2).filter { $0[4] == 1 && $0[1] == 0 }
    for value in 0..<3 {
      let share = Double(draws.filter { $0[0] == value }.count) / Double(draws.count)
      let p = found.probabilities[value]
      #expect(abs(share - p) < 4 * (p * (1 - p) / Double(draws.count)).squareRoot())
    }
  }
}

@Suite struct RegressionTests {
  @Test func linearRegressionStaysBelowItsEvidence() throws {
    var problem = Problem(12)
    let x = problem.matrix(40, 3)
    let y = (0..<40).map { 0.7 * x[$0, 0] - 1.3 * x[$0, 1] + 0.3 * problem.normal() }
    let data = try BayesianLinearRegression.Observations(x: x, y: y)
    let prior = BayesianLinearRegression.Gamma(shape: 2, rate: 3)
    let model = BayesianLinearRegression(noisePrecision: 10, precisionPrior: prior)
    var bounds: [Double] = []
    let found = try CoordinateAscent().fit(model, from: model.start(data), data) { bounds.append($2.value) }
    for (a, b) in zip(bounds, bounds.dropFirst()) { #expect(b >= a - 1e-9 * abs(a)) }
    // log p(y) = log ∫ p(y|α) p(α) dα by a fine sum over log α.
    let step = 0.005
    let terms = try stride(from: -8.0, through: 8, by: step).map { t in
      let alpha = exp(t)
      let logPrior = 2 * log(3) - lgamma(2) + log(alpha) - 3 * alpha
      return try model.logEvidence(given: alpha, data) + logPrior + t
    }
    let largest = try #require(terms.max())
    let evidence = largest + log(terms.reduce(0) { $0 + exp($1 - largest) } * step)
    #expect(found.bound.value <= evidence && found.bound.value > evidence - 0.2)
    // Given α the posterior is exact, and the evidence is that of N(y; 0, 1/β + X X'/α).
    let covariance = try Matrix.product(x, x, transposingB: true) * 0.5 + Matrix.identity(40) * 0.1
    let direct = try Gaussian(mean: .init(repeating: 0, count: 40), covariance: covariance).logProbability(of: y)
    #expect(agree(try model.logEvidence(given: 2, data), direct, 1e-10))
  }

  @Test func logisticRegressionStaysBelowItsEvidence() throws {
    var problem = Problem(13)
    let x = problem.matrix(30, 1)
    let y = (0..<30).map { x[$0, 0] + 0.5 * problem.normal() > 0 ? 1 : 0 }
    let model = BayesianLogisticRegression(weightVariance: 4)
    let data = BayesianLogisticRegression.Observations(x: x, y: y)
    var rounds: [Double] = []
    let q = try model.fit(data) { rounds.append($0) }
    for (a, b) in zip(rounds, rounds.dropFirst()) { #expect(b >= a - 1e-9 * abs(a)) }
    let bound = try elbo(model, q, data).value
    // One weight: the evidence by a fine sum.
    let step = 0.001
    let terms = stride(from: -12.0, through: 12, by: step).map { w in
      (0..<30).reduce(-w * w / 8 - 0.5 * log(8 * Double.pi)) {
        $0 - log1p(exp((y[$1] == 1 ? -1 : 1) * w * x[$1, 0]))
      }
    }
    let largest = try #require(terms.max())
    let evidence = largest + log(terms.reduce(0) { $0 + exp($1 - largest) } * step)
    #expect(try #require(rounds.last) <= bound + 1e-9)
    #expect(bound <= evidence && bound > evidence - 0.1)
  }

  @Test func naiveBayesTellsClassesApart() throws {
    var problem = Problem(14)
    let labels = (0..<90).map { $0 % 3 }
    var values = problem.matrix(90, 2)
    for row in 0..<90 { values[row, 0] += 8 * Double(labels[row]) }
    let x = DataMatrix(values)
    let model = try NaiveBayes(x, labels: labels, classCount: 3)
    #expect(try model.posterior(of: x).modes == labels)
    #expect(agree(model.classes.weights[0], 1 / 3.0))
  }
}
