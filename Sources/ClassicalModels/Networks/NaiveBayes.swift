import Distributions
import Glibc
import LinearAlgebra

/// A class, and given the class independent normal numbers.
///
/// ```
/// p(c) = π_c     p(x|c) = Π N(xⱼ; μ_cj, σ²_cj)
/// ```
public struct NaiveBayes: Sendable {
  /// The classes as components without correlations.
  public let classes: GaussianMixture

  /// The most probable parameters of labelled data.
  ///
  /// - Parameters:
  ///   - labels: the class of each datum, from 0.
  ///   - regularization: added to every sum of squares.
  public init(
    _ x: DataMatrix, labels: [Int], classCount: Int, regularization: Double = 1e-9
  ) throws(LinearAlgebraError) {
    precondition(labels.count == x.count, "[naive bayes] \(labels.count) labels of \(x.count) data")
    let known = Enumerated(probabilities: Matrix(rows: x.count, columns: classCount) { labels[$0] == $1 ? 1 : 0 })
    classes = try GaussianMixture.maximized(
      known, Matrix(rows: classCount, columns: x.size, repeating: 0), shape: .diagonal, x,
      regularization: regularization)
  }

  /// p(c|x) of each datum.
  public func posterior(of x: DataMatrix) throws(LinearAlgebraError) -> Enumerated {
    try classes.inferred(from: x).posterior
  }
}
