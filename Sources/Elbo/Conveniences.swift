import Datasets
import Models
import Optimizers
import Runtime
import Tensors
import Training

extension Trainer {
  /// Places a model's parameters on a device, such as `.best`.
  ///
  /// - Parameter options: clipping, accumulation, averaging, rates of parts of the model.
  /// - Throws: what the device throws where it does not start or has too little memory.
  public convenience init(
    _ model: some TrainableModel, optimizer: any Optimizer = Adam(), options: Minimizer.Options = Minimizer.Options(),
    on device: Device, seed: UInt64 = 0
  ) throws {
    try self.init(model, optimizer: optimizer, options: options, on: device.backend, seed: seed)
  }
}

extension TrainableModel {
  /// The evidence lower bound on a data set, in nats per datum, with its parts.
  ///
  /// - Throws: what the device throws.
  public func evaluation(on data: DataSet, samples: Int = 1, seed: UInt64 = 0, device: Device) throws -> Evaluation {
    try Evaluation(
      self, on: data, pixels: Pixels(.none, of: data), samples: samples, seed: seed, device: device.backend)
  }
}

/// Computes tensors on a device, all in one plan, and gives them realized, in the same order.
///
/// - Throws: what the device throws.
public func evaluate(_ tensors: [Tensor], on device: Device) throws -> [Tensor] {
  try Tensors.evaluate(tensors, on: device.backend)
}
