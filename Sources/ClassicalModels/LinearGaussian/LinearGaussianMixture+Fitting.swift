import Basics
import Inference
import LinearAlgebra

extension LinearGaussianMixture {
  /// Where EM begins: data that each belong to the nearest of some centers, and a linear model of each center's data.
  ///
  /// For this alone a number that is missing stands at its column's mean.
  public static func start(
    _ start: MixtureStart, components count: Int, latentSize: Int, shape: NoiseShape, of x: DataMatrix, seed: UInt64,
    regularization: Double = 0
  ) throws(LinearAlgebraError) -> LinearGaussianMixture {
    precondition(
      count > 0 && count <= x.count && latentSize < x.size,
      "[linear gaussian mixture] \(count) components of \(latentSize) factors, \(x.count) data of \(x.size)")
    let means = x.means
    let filled = Matrix(rows: x.count, columns: x.size) {
      x.values[$0, $1].isNaN ? means[$1] : x.values[$0, $1]
    }
    let nearest = KMeans.assignment(start, components: count, of: filled, seed: seed).nearest
    let wide = DataMatrix(filled).variances
    var components: [LinearGaussianModel] = []
    var weights: [Double] = []
    for k in 0..<count {
      let rows = nearest.indices.filter { nearest[$0] == k }
      weights.append(Double(rows.count) / Double(x.count))
      let own = DataMatrix(filled.block(rows: rows.isEmpty ? Array(0..<x.count) : rows, columns: Array(0..<x.size)))
      components.append(try linear(own, latentSize, shape, wide: wide))
    }
    return LinearGaussianMixture(weights: weights, components: components, regularization: regularization)
  }

  /// Principal components of some data, with at least a hundredth of each dimension's variance over all data as noise:
  /// few data may lie in a plane.
  private static func linear(
    _ x: DataMatrix, _ latentSize: Int, _ shape: NoiseShape, wide: [Double]
  ) throws(LinearAlgebraError) -> LinearGaussianModel {
    let least = max(wide.reduce(0, +) / Double(wide.count) / 100, 1e-12)
    let model = try LinearGaussianModel.principalComponents(latentSize, of: x, leastNoise: least)
    if shape == .isotropic { return model }
    let noise = zip(x.variances, wide).enumerated().map { dimension, variances in
      let weights = model.weights[row: dimension]
      return max(variances.0 - dot(weights, weights), variances.1 / 100, 1e-12)
    }
    return try LinearGaussianModel(weights: model.weights, mean: model.mean, noise: noise, shape: shape)
  }

  /// Fits mixtures from several starts and gives the one with the largest objective.
  ///
  /// - Throws: what every start threw, where none came through.
  public static func fit(
    components count: Int, latentSize: Int, shape: NoiseShape = .isotropic, to x: DataMatrix,
    start: MixtureStart = .kMeans, restarts: Int = 1, seed: UInt64 = 0, regularization: Double = 1e-6,
    by em: ExpectationMaximization = .init(), report: (ExpectationMaximization.Step) throws -> Void = { _ in }
  ) throws -> ExpectationMaximization.Outcome<LinearGaussianMixture> {
    try em.fit(restarts: restarts, to: x, count: x.count, report: report) { restart throws(LinearAlgebraError) in
      try LinearGaussianMixture.start(
        start, components: count, latentSize: latentSize, shape: shape, of: x, seed: seed &+ UInt64(restart),
        regularization: regularization)
    }
  }
}
