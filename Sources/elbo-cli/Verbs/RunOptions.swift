import Elbo

/// What the verbs on a run have in common.
enum RunOptions {
  static let run = Argument("RUN", .path, "a run folder")
  static let runs = Argument(repeating: "RUN", .path, "run folders")
  static let checkpoint = Option("checkpoint", .choice, default: TrainedModel.Choice.latest, "which state of the model")
  static let weights = Option(
    "weights", .choice, default: TrainedModel.Weights.average, "weights of a run that averages: averages, or as trained"
  )
  static let dataFolder = Option<String?>("data-folder", .path, "where the run's data are now")
  static let split = Option<Metrics.Split?>(
    "split", .choice, absent: "test, where there is one", "which part of the run's data")
  static let device = Option("device", .device, default: .auto, "where to compute; see 'elbo devices'")

  /// The model of a call's run.
  static func model(_ call: Call) throws -> TrainedModel {
    try TrainedModel(RunFolder.open(call[run]), call[checkpoint], weights: call[weights])
  }

  /// The part of the run's data that a call names, with a line where some are left out.
  static func part(of trained: TrainedModel, _ call: Call) throws -> TrainedModel.Part {
    let part = try trained.openData(call[split], in: call[dataFolder])
    note(part, on: call.console)
    return part
  }

  /// Says where some data are left out.
  static func note(_ part: TrainedModel.Part, on console: Console) {
    guard part.unlabeledCount > 0 else { return }
    console.note(
      "\(part.unlabeledCount) of \(part.unlabeledCount + part.data.count) data have no label, which the model is "
        + "told, and are left out")
  }

  /// The device of a call, with a line where it is not the one that was hoped for.
  static func device(_ call: Call) throws -> Device {
    let device = try Device(call[device])
    device.note(on: call.console)
    return device
  }

  /// Pictures of what a model has learned.
  ///
  /// - Throws: `DataError.unsupported` where its data are no pictures.
  static func gallery(of trained: TrainedModel, seed: UInt64, on device: Device) throws -> Gallery {
    let shape = trained.configuration.shape
    guard
      let gallery = Gallery(
        trained.model, shape: shape, condition: trained.configuration.condition, seed: seed, on: device.backend)
    else {
      throw DataError.unsupported(
        path: trained.settings.data, found: "data of shape \(shape)",
        supported: "pictures have two dimensions, or three")
    }
    return gallery
  }
}
