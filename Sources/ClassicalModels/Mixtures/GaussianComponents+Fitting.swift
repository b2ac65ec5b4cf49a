import Basics
import Distributions
import LinearAlgebra

extension GaussianComponents {
  /// The components that make Σ q(k) log N(xᵢ; μₖ, Σₖ) - λ/2 Σ tr Σₖ⁻¹ largest.
  ///
  /// ```
  /// Nₖ = Σ q(k)     μₖ = Σ q(k) xᵢ / Nₖ     Σₖ = (Σ q(k) (xᵢ - μₖ)(xᵢ - μₖ)' + λ I) / Nₖ
  /// ```
  ///
  /// A component that no datum belongs to stays where it is.
  ///
  /// - Parameter regularization: λ, the scatter that every covariance has before it sees data.
  public func maximized(
    under q: Enumerated, _ x: Matrix, regularization: Double
  ) throws(LinearAlgebraError) -> GaussianComponents {
    let moments = try Moments(of: x, by: q, around: means, products: shape == .full || shape == .tied)
    let counts = q.totals
    let isUsed = counts.map { $0 > Self.smallestCount }
    var newMeans = means
    for k in 0..<count where isUsed[k] {
      for column in 0..<size { newMeans[k, column] += moments.sums[k, column] / counts[k] }
    }
    /// Σ q(k) (xᵢ - μₖ)(xᵢ - μₖ)', from the scatter around the old mean.
    func scatter(_ k: Int, _ row: Int, _ column: Int) -> Double {
      let (a, b) = (newMeans[k, row] - means[k, row], newMeans[k, column] - means[k, column])
      return moments.scatters[k, shape == .full || shape == .tied ? row * size + column : row] - counts[k] * a * b
    }
    switch shape {
    case .full:
      let covariances = (0..<count).map { k in
        isUsed[k]
          ? Matrix(rows: size, columns: size) { row, column in
            (scatter(k, max(row, column), min(row, column)) + (row == column ? regularization : 0)) / counts[k]
          } : covariance(of: k)
      }
      return try GaussianComponents(means: newMeans, covariances: covariances)
    case .tied:
      let total = counts.reduce(0, +)
      let covariance = Matrix(rows: size, columns: size) { row, column in
        let sum = (0..<count).reduce(0) { $0 + (isUsed[$1] ? scatter($1, max(row, column), min(row, column)) : 0) }
        return (sum + (row == column ? regularization : 0)) / total
      }
      return try GaussianComponents(means: newMeans, covariances: [covariance], isTied: true)
    case .diagonal:
      let variances = Matrix(rows: count, columns: size) { k, column in
        isUsed[k] ? (scatter(k, column, column) + regularization) / counts[k] : self.variances[k, column]
      }
      return try GaussianComponents(means: newMeans, variances: variances, shape: shape)
    case .spherical:
      let variances = (0..<count).map { k in
        guard isUsed[k] else { return self.variances[k, 0] }
        let sum = (0..<size).reduce(0) { $0 + scatter(k, $1, $1) + regularization }
        return sum / (counts[k] * Double(size))
      }
      return try GaussianComponents(
        means: newMeans, variances: Matrix(rows: count, columns: size) { k, _ in variances[k] }, shape: shape)
    }
  }

  private static let smallestCount = 1e-12
}

/// Sums over data, weighted by the probabilities of the components and taken around a point of each.
private struct Moments {
  /// Σ q(k) (xᵢ - cₖ): K x d.
  let sums: Matrix
  /// Σ q(k) (xᵢ - cₖ)(xᵢ - cₖ)', its lower triangle, K x d²; or its diagonal, K x d.
  let scatters: Matrix

  /// What a weight must be for a datum to count: far below the rounding of a sum.
  private static let smallestWeight = 1e-24
  /// Data whose weighted distances fit the first-level cache or the second.
  private static let tile = 256

  init(of x: Matrix, by q: Enumerated, around centers: Matrix, products wantsProducts: Bool) throws(LinearAlgebraError)
  {
    let (count, size) = (centers.rows, x.columns)
    let scatterSize = wantsProducts ? size * size : size
    let products = try BlockProducts()
    let blocks = Matrix.blocks(rows: x.rows)
    let width = count * (size + scatterSize)
    var partial = [Double](repeating: 0, count: blocks.count * width)
    concurrentMap(over: &partial, parts: blocks.indices.map { $0 * width..<($0 + 1) * width }) { number, own in
      let own = own.baseAddress!
      x.elements.withUnsafeBufferPointer { data in
        q.probabilities.elements.withUnsafeBufferPointer { weights in
          withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.tile * size) { rows in
            let rows = rows.baseAddress!
            for start in stride(from: blocks[number].lowerBound, to: blocks[number].upperBound, by: Self.tile) {
              let end = min(start + Self.tile, blocks[number].upperBound)
              for k in 0..<count {
                let sums = own + k * size
                let scatter = own + count * size + k * scatterSize
                var kept = 0
                for row in start..<end where weights[row * count + k] > Self.smallestWeight {
                  let weight = weights[row * count + k]
                  let root = weight.squareRoot()
                  for column in 0..<size {
                    let distance = data[row * size + column] - centers.elements[k * size + column]
                    sums[column] += weight * distance
                    rows[kept * size + column] = root * distance
                  }
                  kept += 1
                }
                if wantsProducts {
                  if kept > 0 { products.addGram(of: rows, rows: kept, columns: size, into: scatter) }
                } else {
                  for place in 0..<kept * size { scatter[place % size] += rows[place] * rows[place] }
                }
              }
            }
          }
        }
      }
    }
    func total(_ offset: Int, _ length: Int) -> [Double] {
      var result = [Double](repeating: 0, count: length)
      for block in blocks.indices {
        for place in 0..<length { result[place] += partial[block * width + offset + place] }
      }
      return result
    }
    sums = Matrix(rows: count, columns: size, total(0, count * size))
    scatters = Matrix(rows: count, columns: scatterSize, total(count * size, count * scatterSize))
  }
}
