import Datasets
import Models
import Runtime
import Tensors

/// Pictures of what a model has learned.
public struct Gallery: Sendable {
  public let model: VAE
  /// (height, width) or (3, height, width).
  public let datumShape: [Int]
  public let seed: UInt64
  public let backend: any Backend

  /// - Parameter shape: of one datum; nil where that is no picture's.
  public init?(_ model: VAE, shape: [Int], seed: UInt64, on backend: any Backend) {
    guard shape.count == 2 || (shape.count == 3 && [1, 3].contains(shape[0])) else { return nil }
    self.model = model
    datumShape = shape
    self.seed = seed
    self.backend = backend
  }

  /// The first pictures of a data set as the model sees them, above what it makes of them by the posterior's mean:
  /// `columns` a row.
  ///
  /// - Parameter pixels: how stored pictures become data.
  public func reconstructions(
    of data: DataSet, pixels: Pixels, count: Int = 24, columns: Int = 12
  ) throws -> Picture {
    let count = min(count, data.count)
    let rows = Tensor((0..<count).map(Int32.init))
    let x = pixels(data.rows(0..<count), RandomKey(seed: seed, domain: .binarization, rows: rows))
    let values = try Tensors.evaluate([x, model.reconstruct(x)], on: backend)
    let (originals, made) = (try pictures(values[0]), try pictures(values[1]))
    let columns = min(columns, count)
    var ordered: [Picture] = []
    for start in stride(from: 0, to: count, by: columns) {
      let range = start..<min(start + columns, count)
      let blank = Array(repeating: blank, count: columns - range.count)
      ordered += originals[range] + blank + made[range] + blank
    }
    return PictureGrid(columns: columns).picture(of: ordered)
  }

  /// Draws from the model: (count, data).
  ///
  /// - Parameter mean: whether pixels are the likelihood's mean, or drawn from it.
  public func samples(_ count: Int, mean: Bool = true) throws -> Tensor {
    let key = RandomKey(seed: seed, domain: .evaluation)
    let drawn = mean ? model.sampleMean(count, key) : model.sample(count, key)
    return try drawn.evaluated(on: backend)
  }

  /// Draws laid out in about a square.
  public func grid(of samples: Tensor) throws -> Picture { PictureGrid().picture(of: try pictures(samples)) }

  /// Rows of pixels from 0 to 1 as pictures.
  private func pictures(_ rows: Tensor) throws -> [Picture] {
    let values = try rows.values(as: Float.self)
    let size = datumShape.reduce(1, *)
    return stride(from: 0, to: values.count, by: size).map {
      Picture(planar: Array(values[$0..<$0 + size]), shape: datumShape)
    }
  }

  private var blank: Picture {
    Picture(planar: [Float](repeating: 0, count: datumShape.reduce(1, *)), shape: datumShape)
  }
}
