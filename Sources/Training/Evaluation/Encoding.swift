import Datasets
import Distributions
import Models
import Runtime
import Tensors

/// What the approximate posterior says of data: what `elbo encode` writes.
public struct Encoding: Sendable {
  /// float32, (data, latent).
  public let means: DataArray
  /// float32, (data, latent); nil where the posterior is not normal with independent dimensions.
  public let logVariances: DataArray?

  /// Data that are computed at once.
  private static let chunk = 1000

  /// Encodes data.
  ///
  /// - Parameters:
  ///   - condition: what the model is told of a datum.
  ///   - count: how many data, from the first on; all where nil.
  ///   - seed: of bits that are drawn.
  /// - Throws: `RunError.noLabels` and `.noConditions`, and what the device throws.
  public init(
    _ model: any TrainableModel, of data: DataSet, pixels: Pixels, condition: Condition, first count: Int? = nil,
    seed: UInt64 = 0, device backend: any Backend
  ) throws {
    try condition.validate(data)
    let inputs = Inputs(pixels: pixels, condition: condition, isIncomplete: data.isIncomplete)
    let count = min(count ?? data.count, data.count)
    var (means, logVariances): ([UInt8], [UInt8]) = ([], [])
    var latent = 0
    for start in stride(from: 0, to: count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, count)
      let seen = try inputs(data, range, seed: seed)
      let posterior = seen.given(model).posterior(given: seen.x)
      let normal = posterior as? Normal
      let values = try Tensors.evaluate([posterior.mean] + (normal.map { [$0.logVariance] } ?? []), on: backend)
      latent = values[0].shape[1]
      means += try values[0].bytes()
      if values.count > 1 { logVariances += try values[1].bytes() }
    }
    let shape = [count, latent]
    self.means = DataArray(bytes: means, type: .float32, shape: shape)
    self.logVariances = logVariances.isEmpty ? nil : DataArray(bytes: logVariances, type: .float32, shape: shape)
  }
}
