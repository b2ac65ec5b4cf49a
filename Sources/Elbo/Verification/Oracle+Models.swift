import ClassicalModels
import Datasets
import Distributions
import Inference
import LinearAlgebra
import Tensors

// Models whose evidence is known to more digits than anyone needs.
extension Oracle {
  static let all: [Oracle] =
    geyser + iris + bayesianMixture + gaussians + networks + distributions + linearGaussianBounds

  private static func data(_ table: Table) -> DataMatrix { table.dataSet.dataMatrix() }

  private static func geyserFit() throws -> ExpectationMaximization.Outcome<GaussianMixture> {
    try GaussianMixture.fit(
      components: 2, to: data(.geyser), regularization: 0,
      by: ExpectationMaximization(iterations: 500, tolerance: 1e-12))
  }

  /// Old Faithful, two components of full covariance, by EM to convergence.
  private static let geyser: [Oracle] = [
    .host("geyser mixture: log p(X)", -1130.2640, within: 5e-5) { try geyserFit().logEvidence },
    .host("geyser mixture: BIC", -2322.192, within: 5e-4) {
      let fit = try geyserFit()
      return InformationCriteria.bayesian(fit.logEvidence, parameters: fit.model.parameterCount, count: 272)
    },
    .host("geyser mixture: steps of EM that lower the bound", 0, within: 0) {
      let steps = try geyserFit().steps
      return Double(zip(steps, steps.dropFirst()).filter { $1.objective < $0.objective - 1e-9 }.count)
    },
    .host("geyser mixture: log p(X) - ELBO after the E-step", 0, within: 1e-9) {
      let fit = try geyserFit()
      return try fit.logEvidence - elbo(fit.model, fit.posterior, data(.geyser)).value
    },
  ]

  private static func principalComponents() throws -> LinearGaussianModel {
    try .principalComponents(2, of: data(.iris))
  }

  /// Probabilistic PCA of iris in two dimensions.
  private static let iris: [Oracle] = [
    .host("iris PPCA: log p(X)", -404.962_780_156_1, within: 1e-9) {
      let evidence = try principalComponents().evidence()
      let x = data(.iris)
      return try (0..<x.count).reduce(0) { try $0 + evidence.logProbability(of: Array(x.values[row: $1])) }
    },
    .host("iris PPCA: ELBO at the exact posterior", -404.962_780_156_1, within: 1e-9) {
      let model = try principalComponents()
      return try elbo(model, model.inferred(from: data(.iris)).posterior, data(.iris)).value
    },
    .host("iris PPCA, W turned by 45 degrees: gap of the mean field", 118.737, within: 5e-4) {
      let half = 0.5.squareRoot()
      let model = try principalComponents().rotated(by: Matrix([[half, -half], [half, half]]))
      let (posterior, logEvidence) = try model.inferred(from: data(.iris))
      return try logEvidence - elbo(model, posterior.meanField(), data(.iris)).value
    },
  ]

  private static let eight = DataMatrix(
    Matrix(rows: 8, columns: 1, [-2.1, -1.9, -2.3, 0.1, 2.2, 1.8, 2.4, -0.2]))

  private static let bayesianMixture: [Oracle] = [
    .host("Bayesian mixture: log p(x) by enumeration", -17.753_584_688_7, within: 1e-9) {
      BayesianMixture(components: 2, size: 1, meanVariance: 9).enumerated(eight)?.logEvidence ?? .nan
    },
    .host("Bayesian mixture: best ELBO of the mean field", -18.835_363_155_4, within: 1e-9) {
      try BayesianMixture(components: 2, size: 1, meanVariance: 9).fit(eight).bound.value
    },
  ]

  private static func correlated() throws -> Gaussian {
    try Gaussian(mean: [1, -2, 0.5], covariance: Matrix([[2, 0.6, -0.4], [0.6, 1, 0.3], [-0.4, 0.3, 1.5]]))
  }

  private static let gaussians: [Oracle] = [
    .host("Schur complement - inverse of the precision's block", 0, within: 1e-12) {
      let joint = try correlated()
      let block = try Cholesky(joint.precision.block(rows: [1, 2], columns: [1, 2])).inverse()
      return try joint.conditional(on: [0], [2]).covariance.distance(to: block)
    },
    // μ_b - Λ_bb⁻¹ Λ_ba (x_a - μ_a), by the precision.
    .host("conditional mean - the same by the precision", 0, within: 1e-12) {
      let joint = try correlated()
      let precision = try joint.precision
      let pull = precision.block(rows: [1, 2], columns: [0]).column(0)
      let shift = try Cholesky(precision.block(rows: [1, 2], columns: [1, 2])).solve(pull)
      let found = try joint.conditional(on: [0], [2]).mean
      return max(abs(found[0] - (joint.mean[1] - shift[0])), abs(found[1] - (joint.mean[2] - shift[1])))
    },
    // The two roots of the quadratic in the variance: gradient of KL(q ‖ p) by each, which the optimum makes 0.
    .host("mean field of a correlated Gaussian: slope of the KL at 1/Λ", 0, within: 1e-8) {
      let joint = try correlated().marginal([0, 1])
      let field = try joint.meanField()
      return try (0..<2).reduce(0.0) { largest, place in
        func divergence(_ step: Double) throws -> Double {
          var variances = field.covariance.diagonal
          variances[place] += step
          return try Gaussian(mean: joint.mean, covariance: Matrix(diagonal: variances)).klDivergence(from: joint)
        }
        return try max(largest, abs(divergence(1e-5) - divergence(-1e-5)) / 2e-5)
      }
    },
  ]

  private static let chainRule = BayesianNetwork.complete([
    .init("age", values: 3), .init("salary", values: 3), .init("gender", values: 2),
    .init("marital status", values: 2), .init("y", values: 2),
  ])

  private static let expert: [BayesianNetwork.Variable] = [
    .init("age", values: 3), .init("gender", values: 2), .init("salary", values: 3, parents: [0, 1]),
    .init("marital status", values: 2), .init("y", values: 2, parents: [2, 3]),
  ]

  private static let networks: [Oracle] = [
    .host("network of five variables: table entries by the chain rule", 138, within: 0) {
      Double(BayesianNetwork.tableEntryCount(chainRule))
    },
    .host("the same with the expert's structure", 37, within: 0) {
      Double(BayesianNetwork.tableEntryCount(expert))
    },
    .host("network of five variables: free parameters by the chain rule", 71, within: 0) {
      Double(BayesianNetwork.parameterCount(chainRule))
    },
    .host("the same with the expert's structure", 22, within: 0) {
      Double(BayesianNetwork.parameterCount(expert))
    },
  ]
}
