import Basics
import Distributions
import Inference
import LinearAlgebra

/// Where the fit of a mixture begins.
public enum MixtureStart: String, Sendable, CaseIterable, Codable {
  /// Centers drawn far from one another, then k-means (Arthur and Vassilvitskii, k-means++: the advantages of careful
  /// seeding, 2007).
  case kMeans = "k-means"
  /// Centers drawn from the data.
  case random
}

extension GaussianMixture {
  /// A mixture to begin EM with: the M-step of data that each belong to the nearest of some centers.
  public static func start(
    _ start: MixtureStart, components count: Int, shape: CovarianceShape, of x: DataMatrix, seed: UInt64,
    regularization: Double = 0
  ) throws(LinearAlgebraError) -> GaussianMixture {
    precondition(count > 0 && count <= x.count, "[gaussian mixture] \(count) components of \(x.count) data")
    let (centers, nearest) = KMeans.assignment(start, components: count, of: x.values, seed: seed)
    let hard = Enumerated(probabilities: Matrix(rows: x.count, columns: count) { nearest[$0] == $1 ? 1 : 0 })
    return try GaussianMixture.maximized(hard, centers, shape: shape, x, regularization: regularization)
  }

  /// The mixture that responsibilities give by themselves.
  public static func maximized(
    _ q: Enumerated, _ centers: Matrix, shape: CovarianceShape, _ x: DataMatrix, regularization: Double = 0
  ) throws(LinearAlgebraError) -> GaussianMixture {
    // Stands in for components without data, whose spread is then that of all.
    let variances = x.variances.map { max($0, 1e-12) }
    let wide: GaussianComponents
    switch shape {
    case .full:
      wide = try GaussianComponents(
        means: centers, covariances: .init(repeating: Matrix(diagonal: variances), count: centers.rows))
    case .tied: wide = try GaussianComponents(means: centers, covariances: [Matrix(diagonal: variances)], isTied: true)
    case .diagonal, .spherical:
      let mean = variances.reduce(0, +) / Double(variances.count)
      wide = try GaussianComponents(
        means: centers,
        variances: Matrix(rows: centers.rows, columns: centers.columns) { shape == .diagonal ? variances[$1] : mean },
        shape: shape)
    }
    let model = GaussianMixture(
      weights: .init(repeating: 1 / Double(centers.rows), count: centers.rows), components: wide,
      regularization: regularization)
    return try model.maximized(under: q, x)
  }

  /// Fits mixtures from several starts and gives the one with the largest objective.
  ///
  /// - Throws: what every start threw, where none came through.
  public static func fit(
    components count: Int, shape: CovarianceShape = .full, to x: DataMatrix, start: MixtureStart = .kMeans,
    restarts: Int = 1, seed: UInt64 = 0, regularization: Double = 1e-6, by em: ExpectationMaximization = .init(),
    report: (ExpectationMaximization.Step) throws -> Void = { _ in }
  ) throws -> ExpectationMaximization.Outcome<GaussianMixture> {
    try em.fit(restarts: restarts, to: x, count: x.count, report: report) { restart throws(LinearAlgebraError) in
      try GaussianMixture.start(
        start, components: count, shape: shape, of: x, seed: seed &+ UInt64(restart), regularization: regularization)
    }
  }
}

extension ExpectationMaximization {
  /// Fits a model from several starts and gives the outcome with the largest objective.
  ///
  /// - Throws: what the last start that failed threw, where none came through.
  func fit<Model: MaximizableModel>(
    restarts: Int, to x: Model.Observations, count: Int, report: (Step) throws -> Void,
    start: (_ restart: Int) throws(LinearAlgebraError) -> Model
  ) throws -> Outcome<Model> {
    var best: Outcome<Model>?
    var failure: LinearAlgebraError?
    for restart in 0..<max(restarts, 1) {
      do {
        let outcome = try fit(start(restart), to: x, count: count, report: report)
        if best.map({ $0.objective < outcome.objective }) ?? true { best = outcome }
      } catch let error as LinearAlgebraError {
        failure = error
      }
    }
    guard let best else { throw failure ?? .notConverged("fit") }
    return best
  }
}

/// Lloyd's algorithm.
enum KMeans {
  struct Nearest: Sendable {
    var index: Int
    var squaredDistance: Double
  }

  /// Centers by a way to begin, and which of them is nearest to each datum.
  static func assignment(
    _ start: MixtureStart, components count: Int, of x: Matrix, seed: UInt64
  ) -> (centers: Matrix, nearest: [Int]) {
    var generator = SplitMix64(seed: seed, stream: 0x6B6D_6561, index: 0)
    var centers = seeds(count, of: x, plusPlus: start == .kMeans, &generator)
    var places = nearest(centers, x)
    if start == .kMeans { refine(&centers, &places, x, rounds: 100) }
    return (centers, places.map(\.index))
  }

  static func seeds(_ count: Int, of x: Matrix, plusPlus: Bool, _ generator: inout SplitMix64) -> Matrix {
    var chosen = [generator.next(below: x.rows)]
    var distances = [Double](repeating: .infinity, count: x.rows)
    while chosen.count < count {
      let newest = Array(x[row: chosen[chosen.count - 1]])
      for row in 0..<x.rows {
        let distance = zip(x[row: row], newest).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        distances[row] = min(distances[row], distance)
      }
      let isAnyFar = distances.contains { $0 > 0 }
      if plusPlus && isAnyFar {
        chosen.append(generator.index(weights: distances))
      } else {
        chosen.append(generator.next(below: x.rows))
      }
    }
    return x.block(rows: chosen, columns: Array(0..<x.columns))
  }

  static func nearest(_ centers: Matrix, _ x: Matrix) -> [Nearest] {
    var result = [Nearest](repeating: Nearest(index: 0, squaredDistance: .infinity), count: x.rows)
    let blocks = Matrix.blocks(rows: x.rows)
    concurrentMap(over: &result, parts: blocks) { number, own in
      x.elements.withUnsafeBufferPointer { data in
        centers.elements.withUnsafeBufferPointer { centers in
          let size = x.columns
          for (place, row) in blocks[number].enumerated() {
            for k in 0..<centers.count / max(size, 1) {
              var distance = 0.0
              for column in 0..<size {
                let difference = data[row * size + column] - centers[k * size + column]
                distance += difference * difference
              }
              if distance < own[place].squaredDistance { own[place] = Nearest(index: k, squaredDistance: distance) }
            }
          }
        }
      }
    }
    return result
  }

  static func refine(_ centers: inout Matrix, _ nearest: inout [Nearest], _ x: Matrix, rounds: Int) {
    for _ in 0..<rounds {
      var sums = Matrix(rows: centers.rows, columns: centers.columns)
      var counts = [Int](repeating: 0, count: centers.rows)
      for (row, place) in nearest.enumerated() {
        counts[place.index] += 1
        for column in 0..<x.columns { sums[place.index, column] += x[row, column] }
      }
      for k in 0..<centers.rows where counts[k] > 0 {
        for column in 0..<x.columns { centers[k, column] = sums[k, column] / Double(counts[k]) }
      }
      let next = self.nearest(centers, x)
      let isSettled = zip(next, nearest).allSatisfy { $0.index == $1.index }
      nearest = next
      if isSettled { return }
    }
  }
}

extension ExpectationMaximization.Outcome {
  /// The bound with the model's penalty.
  public var objective: Double { logEvidence + model.logPenalty }
}
