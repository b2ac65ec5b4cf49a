import Basics
import Distributions
import Glibc
import LinearAlgebra

extension LinearGaussianModel {
  /// The largest evidence of probabilistic PCA, in closed form: the leading eigenvectors of the covariance, and the mean
  /// of the eigenvalues that are left as the noise.
  ///
  /// ```
  /// W = U (Λ - σ² I)^½     σ² = Σ_{j>q} λⱼ / (d - q)
  /// ```
  ///
  /// (Tipping and Bishop, Probabilistic principal component analysis, 1999, equations 7 and 8.)
  ///
  /// - Parameter leastNoise: what σ² is at least, for data that lie in a plane.
  /// - Throws: `LinearAlgebraError.notPositiveDefinite` where the data leave no noise.
  public static func principalComponents(
    _ latentSize: Int, of x: DataMatrix, leastNoise: Double = 0
  ) throws(LinearAlgebraError) -> LinearGaussianModel {
    precondition(
      0 <= latentSize && latentSize < x.size && !x.hasMissing,
      "[linear gaussian] \(latentSize) of \(x.size) dimensions in closed form")
    let eigen = try SymmetricEigen(x.covariance())
    let left = eigen.values[latentSize...]
    let noise = max(left.reduce(0, +) / Double(left.count), leastNoise)
    let weights = Matrix(rows: x.size, columns: latentSize) { row, column in
      eigen.vectors[column, row] * max(eigen.values[column] - noise, 0).squareRoot()
    }
    return try LinearGaussianModel(
      weights: weights, mean: x.means, noise: .init(repeating: noise, count: x.size), shape: .isotropic)
  }

  /// Where EM begins: drawn weights, and half of each dimension's variance as noise.
  public static func start(
    _ latentSize: Int, shape: NoiseShape, of x: DataMatrix, seed: UInt64
  ) throws(LinearAlgebraError) -> LinearGaussianModel {
    var generator = SplitMix64(seed: seed, stream: 0x6661_6374, index: 0)
    let variances = x.variances
    let mean = variances.reduce(0, +) / Double(variances.count)
    let weights = Matrix(rows: x.size, columns: latentSize) { row, _ in
      generator.normal() * (variances[row] / Double(2 * latentSize)).squareRoot()
    }
    return try LinearGaussianModel(
      weights: weights, mean: x.means,
      noise: variances.map { max((shape == .isotropic ? mean : $0) / 2, 1e-12) },
      shape: shape)
  }

  /// The regression of every dimension on the factors and a constant: over the data that have it.
  ///
  /// ```
  /// (w, μ) = (Σ E[z̃ z̃'])⁻¹ Σ x E[z̃],   z̃ = (z, 1)     ψ = Σ E[(x - w'z - μ)²] / n
  /// ```
  public func maximized(under q: LinearPosterior, _ x: DataMatrix) throws(LinearAlgebraError) -> LinearGaussianModel {
    try maximized(under: q, x, shares: nil, regularization: 0)
  }

  /// The same of data that count by a share each, less a penalty λ/2 Σ 1/ψ that keeps noise from vanishing.
  ///
  /// - Parameters:
  ///   - shares: one number for each datum; 1 where nil.
  ///   - regularization: λ, the scatter that every dimension has before it sees data.
  func maximized(
    under q: LinearPosterior, _ x: DataMatrix, shares: [Double]?, regularization: Double
  ) throws(LinearAlgebraError) -> LinearGaussianModel {
    let width = latentSize + 1
    // For each dimension Σ E[z̃ z̃'], Σ x E[z̃], Σ x² and the count.
    var moments = [Matrix](repeating: Matrix(rows: width, columns: width), count: size)
    var products = Matrix(rows: size, columns: width)
    var squares = [Double](repeating: 0, count: size)
    var counts = [Double](repeating: 0, count: size)
    for group in q.groups {
      // A datum of share r is one of √r times the length.
      let roots = shares.map { shares in group.rows.map { shares[$0].squareRoot() } }
      let count = shares.map { shares in group.rows.reduce(0) { $0 + shares[$1] } } ?? Double(group.rows.count)
      let augmented = Matrix(rows: group.rows.count, columns: width) {
        ($1 < latentSize ? group.means[$0, $1] : 1) * (roots?[$0] ?? 1)
      }
      var second = try augmented.gram()
      for row in 0..<latentSize {
        for column in 0..<latentSize { second[row, column] += count * group.covariance[row, column] }
      }
      // Around the old mean, so that squares of large numbers do not hide small noise.
      let values = Matrix(rows: group.rows.count, columns: group.observed.count) {
        (x.values[group.rows[$0], group.observed[$1]] - self.mean[group.observed[$1]]) * (roots?[$0] ?? 1)
      }
      let cross = try Matrix.product(values, augmented, transposingA: true)
      for (place, dimension) in group.observed.enumerated() {
        moments[dimension] = moments[dimension] + second
        counts[dimension] += count
        for column in 0..<width { products[dimension, column] += cross[place, column] }
        for row in 0..<values.rows { squares[dimension] += values[row, place] * values[row, place] }
      }
    }
    var weights = self.weights
    var mean = self.mean
    var residuals = [Double](repeating: 0, count: size)
    var solver: Cholesky?
    for dimension in 0..<size where counts[dimension] > 0 {
      // Without missing numbers every dimension has the same moments.
      if x.hasMissing || solver == nil { solver = try Cholesky(moments[dimension]) }
      guard let solver else { continue }
      let solution = try solver.solve(Array(products[row: dimension]))
      for column in 0..<latentSize { weights[dimension, column] = solution[column] }
      mean[dimension] += solution[latentSize]
      residuals[dimension] = squares[dimension] - dot(solution, products[row: dimension])
    }
    let pooled = (residuals.reduce(0, +) + regularization * Double(size)) / counts.reduce(0, +)
    let noise = (0..<size).map { dimension in
      if shape == .isotropic { return pooled }
      return counts[dimension] > 0
        ? (residuals[dimension] + regularization) / counts[dimension] : self.noise[dimension]
    }
    return try LinearGaussianModel(weights: weights, mean: mean, noise: noise, shape: shape)
  }

  /// Draws data, a row for each.
  public func sample(_ count: Int, seed: UInt64) throws(LinearAlgebraError) -> Matrix {
    var generator = SplitMix64(seed: seed, stream: 0x6C69_6E65, index: 0)
    let z = Matrix(rows: count, columns: latentSize) { _, _ in generator.normal() }
    let means = try Matrix.product(z, weights, transposingB: true)
    return Matrix(rows: count, columns: size) {
      means[$0, $1] + mean[$1] + noise[$1].squareRoot() * generator.normal()
    }
  }
}
