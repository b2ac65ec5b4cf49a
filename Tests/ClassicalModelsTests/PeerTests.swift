import ClassicalModels
import Datasets
import Distributions
import Foundation
import Inference
import LinearAlgebra
import Testing

/// The optima that scikit-learn finds from the same starts, by `Benchmarks/Goldens/mixtures.py`.
@Suite struct PeerTests {
  private static func table(_ table: Table) -> Matrix {
    Matrix(rows: table.count, columns: table.columns.count, table.values)
  }

  /// The script's `made`: sums of four uniform numbers around a few corners, correlated by a running sum.
  private static func made(_ seed: Int, _ count: Int, _ size: Int, _ clusters: Int) -> Matrix {
    var problem = Problem(seed)
    var values = Matrix(rows: count, columns: size)
    for row in 0..<count {
      var sum = 0.0
      for column in 0..<size {
        for _ in 0..<4 { sum += problem.uniform() }
        sum -= 2
        values[row, column] = sum + 3 * Double((row % clusters + column) % clusters)
      }
    }
    return values
  }

  /// The script's `factored`: one factor seen in every dimension, with noise that differs.
  private static func factored(_ seed: Int, _ count: Int, _ size: Int) -> Matrix {
    var problem = Problem(seed)
    var values = Matrix(rows: count, columns: size)
    for row in 0..<count {
      let draws = (0...size).map { _ in (0..<4).reduce(-2.0) { sum, _ in sum + problem.uniform() } }
      for column in 0..<size {
        values[row, column] =
          draws[0] * (1 + 0.4 * Double(column)) + draws[column + 1] * (0.6 + 0.3 * Double(column * 2 % 5))
      }
    }
    return values
  }

  private static let data: [String: (x: DataMatrix, components: Int)] = [
    "geyser": (DataMatrix(table(.geyser)), 2), "iris": (DataMatrix(table(.iris)), 3),
    "made 1": (DataMatrix(made(1, 200, 3, 3)), 3), "made 2": (DataMatrix(made(2, 300, 2, 4)), 4),
    "made 3": (DataMatrix(made(3, 120, 5, 2)), 2),
  ]

  private let em = ExpectationMaximization(iterations: 20_000, tolerance: 1e-10)

  @Test(arguments: MixtureGoldens.mixtures.indices) func mixtures(number: Int) throws {
    let golden = MixtureGoldens.mixtures[number]
    let (x, count) = try #require(Self.data[golden.data])
    let shape = try #require(CovarianceShape(rawValue: golden.shape))
    let rows = (0..<count).map { $0 * x.count / count }
    let means = x.values.block(rows: rows, columns: Array(0..<x.size))
    let covariance = try x.covariance()
    let variance = covariance.trace / Double(x.size)
    let components =
      switch shape {
      case .full: try GaussianComponents(means: means, covariances: .init(repeating: covariance, count: count))
      case .tied: try GaussianComponents(means: means, covariances: [covariance], isTied: true)
      case .diagonal:
        try GaussianComponents(
          means: means, variances: Matrix(rows: count, columns: x.size) { covariance[$1, $1] })
      case .spherical:
        try GaussianComponents(
          means: means, variances: Matrix(rows: count, columns: x.size, repeating: variance), shape: .spherical)
      }
    let start = GaussianMixture(weights: .init(repeating: 1 / Double(count), count: count), components: components)
    let fit = try em.fit(start, to: x, count: x.count)
    #expect(agree(fit.logEvidence, golden.logLikelihood, 1e-6), "\(golden): \(fit.logEvidence)")
    let information = InformationCriteria.bayesian(
      fit.logEvidence, parameters: fit.model.parameterCount, count: x.count)
    #expect(agree(-information, golden.bic, 1e-6))
  }

  @Test(arguments: MixtureGoldens.factors.indices) func factors(number: Int) throws {
    let golden = MixtureGoldens.factors[number]
    if golden.noise == "isotropic" {
      let (x, _) = try #require(Self.data[golden.data])
      let model = try LinearGaussianModel.principalComponents(golden.latent, of: x)
      #expect(agree(try model.inferred(from: x).logEvidence, golden.logLikelihood, 1e-9))
    } else {
      let which = try #require(golden.data.last?.wholeNumberValue)
      let x = DataMatrix(Self.factored(10 + which, 80 + 20 * which, 3 + which))
      // scikit-learn begins with unit noise and the leading eigenvector.
      let eigen = try SymmetricEigen(x.covariance())
      let length = max(eigen.values[0] - 1, 0.01).squareRoot()
      let start = try LinearGaussianModel(
        weights: Matrix(rows: x.size, columns: 1) { row, _ in length * eigen.vectors[0, row] }, mean: x.means,
        noise: .init(repeating: 1, count: x.size), shape: .diagonal)
      let fit = try em.fit(start, to: x, count: x.count)
      #expect(agree(fit.logEvidence, golden.logLikelihood, 1e-6), "\(golden): \(fit.logEvidence)")
    }
  }
}
