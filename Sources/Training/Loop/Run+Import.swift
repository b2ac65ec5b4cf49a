import Datasets
import Runtime

extension Run {
  /// Begins a run whose parameters are those of a file: it is at step 0, with a checkpoint, and can be measured, drawn from
  /// and trained further.
  ///
  /// - Parameters:
  ///   - settings: with the sizes that the weights have; see `ImportedWeights.sized(_:)`.
  ///   - output: the folder to make.
  /// - Throws: `ImportError` where the weights are not the model's, before anything is made; and what beginning a run throws.
  public convenience init(
    importing weights: ImportedWeights, _ settings: Settings, on data: DataSource, device: any Backend, output: String
  ) throws {
    try settings.validate()
    try settings.validate(forShape: data.train.datumShape)
    let parameters = try weights.parameters(
      of: settings, shape: data.train.datumShape, classCount: data.train.classCount,
      conditionSize: data.train.conditionSize)
    try self.init(settings, on: data, device: device, output: output)
    try adopt(parameters, from: weights.path)
  }
}
