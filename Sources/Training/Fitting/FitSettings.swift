import ClassicalModels
import Datasets
import Inference
import LinearAlgebra

/// The classical models that are fitted.
public enum FitKind: String, Choice {
  case gmm, ppca
  case ppcaMixture = "ppca-mixture"
  case bayesianGMM = "bayesian-gmm"
  case hmm

  public var summary: String {
    switch self {
    case .gmm: "a Gaussian mixture, by EM"
    case .ppca: "normal factors through a linear map: probabilistic PCA, or factor analysis with --noise diagonal"
    case .ppcaMixture: "a mixture of such models, each along a plane of its own, by EM"
    case .bayesianGMM: "a mixture of variance 1 whose means are latent too, by coordinate ascent"
    case .hmm: "a hidden Markov model with normal emissions, by EM, the data as one sequence"
    }
  }

  /// Whether it has a latent space of `latent` dimensions.
  public var hasFactors: Bool { self == .ppca || self == .ppcaMixture }
}

/// What one fit is asked to do, with a default for everything: the entries of its `config.json`.
public struct FitSettings: Hashable, Codable, Sendable {
  public var fit = FitKind.gmm
  public var data = "geyser"
  public var dataFolder: String?
  /// The column of a CSV file that holds classes, which are left out.
  public var labelColumn: String?
  /// Only so many of the data, from the first on; all where nil.
  public var count: Int?
  /// Components or states.
  public var components = 2
  /// The data as they lie along so many directions of largest variance; as they are where nil.
  public var reduction: Int?
  /// Dimensions of the latent space of `ppca`, and of each component of `ppca-mixture`.
  public var latent = 2
  public var covariance = CovarianceShape.full
  public var noise = NoiseShape.isotropic
  public var start = MixtureStart.kMeans
  public var restarts = 1
  public var iterations = 200
  /// Nats per datum that an iteration must bring for another one to follow.
  public var tolerance = 1e-6
  /// λ of the penalty -λ/2 Σ tr Σ⁻¹.
  public var regularization = 1e-6
  /// The variance of the means before data, of `bayesian-gmm`.
  public var meanVariance = 9.0
  /// Degrees by which the latent plane of `ppca` is turned after the fit: the evidence stays, the mean field does not.
  public var rotation = 0.0
  public var seed: UInt64 = 0

  public init() {}

  var em: ExpectationMaximization { .init(iterations: iterations, tolerance: tolerance) }
}

/// Why a model cannot be fitted to data.
public enum FitError: Error, Hashable, CustomStringConvertible {
  case tooFew(data: Int, components: Int)
  case tooManyFactors(latent: Int, size: Int)
  case tooManyDirections(Int, size: Int)
  case noNumber(row: Int)

  public var description: String {
    switch self {
    case .tooFew(let data, let components): "\(data) data are too few for \(components) components"
    case .tooManyFactors(let latent, let size):
      "\(latent) latent dimensions of data of \(size); --latent takes fewer than the data have"
    case .tooManyDirections(let count, let size):
      "\(count) directions of data of \(size); --reduce takes at most as many as the data have"
    case .noNumber(let row):
      "datum \(row) lacks a number, which only ppca and ppca-mixture fit without, where nothing is reduced"
    }
  }
}

extension DataSet {
  /// The data as numbers of the classical models: bytes from 0 to 1, everything else as it is.
  public func dataMatrix(_ count: Int? = nil) -> DataMatrix {
    let known = images[0..<(count.map { min($0, self.count) } ?? self.count)]
    let scale = known.type == .uint8 ? 1 / (valueRange.upperBound - valueRange.lowerBound) : 1
    let numbers = known.numbers()
    return DataMatrix(
      Matrix(rows: known.rowCount, columns: datumSize, scale == 1 ? numbers : numbers.map { $0 * scale }))
  }
}
