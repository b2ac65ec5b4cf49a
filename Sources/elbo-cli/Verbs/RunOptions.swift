import Elbo

/// What the verbs on a run have in common.
enum RunOptions {
  static let run = Argument("RUN", .path, "a run folder")
  static let checkpoint = Option("checkpoint", .choice, default: TrainedModel.Choice.latest, "which state of the model")
  static let dataFolder = Option<String?>("data-folder", .path, "where the run's data are now")
  static let split = Option<Metrics.Split?>("split", .choice, absent: "test, where there is one", "which data")
  static let device = Option("device", .device, default: .auto, "where to compute; see 'elbo devices'")

  /// The model of a call's run, and the device to compute on.
  static func open(_ call: Call) throws -> (model: TrainedModel, device: Device) {
    let folder = try RunFolder.open(call[run])
    let model = try TrainedModel(folder, call[checkpoint], dataFolder: call[dataFolder])
    let device = try Device(call[device])
    device.note(on: call.console)
    return (model, device)
  }

  /// Pictures of what a model has learned.
  ///
  /// - Throws: `DataError.unsupported` where its data are no pictures.
  static func gallery(of model: TrainedModel, seed: UInt64, on device: Device) throws -> Gallery {
    let data = model.data.train
    guard let gallery = Gallery(model.model, of: data, pixels: model.pixels, seed: seed, on: device.backend) else {
      throw DataError.unsupported(
        path: data.name, found: "data of shape \(data.datumShape)", supported: "pictures of them need two dimensions")
    }
    return gallery
  }
}
