import Elbo

extension Verb {
  /// `elbo sample RUN`.
  static let sample: Verb = {
    let count = Option("count", .positiveInteger, default: 64, "how many draws")
    let mean = Option(flag: "mean", "pixels are the likelihood's mean, not drawn from it")
    let label = Option<Int?>(
      "label", .integer(in: 0...Int(Int32.max)), absent: "one after the other",
      "the class to draw, of a conditional model")
    let conditions = Option<String?>(
      "conditions", .path, absent: "the run's data's",
      "a file of what a model of --condition vector is told, one after the other")
    let temperature = Option(
      "temperature", .nonNegativeNumber, default: 1,
      "what deviations of a normal prior are multiplied by; below 1, more ordinary")
    let latent = Option<String?>(
      "latent", .path, absent: "drawn from the prior", "an npy file of the latent values: float32, draws x latent")
    let seed = Option("seed", .seed, default: 0, "seed of the draws")
    let output = Option(
      "output", .path, default: "samples.png", "a PNG of all in a grid, or an npy or safetensors file of numbers")
    return Verb(
      "sample", "draws from a run's model", arguments: [RunOptions.run],
      options: [
        OptionGroup(
          "sampling",
          [
            count, mean, label, conditions, temperature, latent, seed, output, RunOptions.split, RunOptions.checkpoint,
            RunOptions.weights, RunOptions.dataFolder, RunOptions.device,
          ])
      ]
    ) { call in
      let format = try ArrayFormat(of: call[output], for: output)
      if call.isGiven(latent), let other = ([count, temperature] as [any AnyOption]).first(where: call.isGiven) {
        throw UsageError("--latent brings the latent values along and takes no --\(other.name)")
      }
      let trained = try RunOptions.model(call)
      let z = try call[latent].map { try latentValues($0, of: trained) }
      if let label = call[label] { try trained.requireClass(label) }
      if call.isGiven(conditions) { try trained.requireVector() }
      let gallery = try RunOptions.gallery(of: trained, seed: call[seed], on: RunOptions.device(call))
      guard gallery.canSample else {
        throw DataError.unsupported(
          path: call[RunOptions.run], found: "a model that is shown part of a picture",
          supported: "'elbo reconstruct' shows it pictures; drawing without any")
      }
      let told: DataArray? =
        if let path = call[conditions] {
          try trained.readConditions(path, in: call[RunOptions.dataFolder])
        } else if case .vector = trained.configuration.condition {
          try RunOptions.part(of: trained, call).data.conditions
        } else {
          nil
        }
      // As many as the file has.
      let many = call.isGiven(conditions) && !call.isGiven(count) ? told?.rowCount : nil
      let samples: Tensor
      do {
        samples = try gallery.samples(
          z?.shape[0] ?? many ?? call[count], mean: call[mean], label: call[label], temperature: call[temperature],
          latent: z, given: told)
      } catch SamplingError.priorNotNormal {
        throw UsageError("--temperature is of a normal prior, and this run's is \(trained.settings.prior.rawValue)")
      }
      switch format {
      case .png: try gallery.grid(of: samples).writePNG(to: call[output])
      case .npy: try NPY.write(array(samples, gallery), to: call[output])
      default: try Safetensors(tensors: ["samples": array(samples, gallery)]).write(to: call[output])
      }
      try call.console.json(Written(output: call[output], count: samples.shape[0]))
      call.console.result(call[output])
    }
  }()

  /// Latent values from a file: (draws, latent).
  private static func latentValues(_ path: String, of trained: TrainedModel) throws -> Tensor {
    let array = try NPY.read(path)
    let size = trained.settings.latent
    guard array.type == .float32, array.shape.count == 2, array.shape[1] == size, array.count > 0 else {
      throw DataError.malformed(
        path: path, found: "\(array.type) of shape \(array.shape)", expected: "float32 of shape [draws, \(size)]")
    }
    guard let place = array.elements(as: Float.self).firstIndex(where: { !$0.isFinite }) else {
      return Tensor(bytes: array.bytes, shape: Shape(array.shape), type: .float32)
    }
    throw DataError.malformed(
      path: path, found: "no finite number in row \(place / size)", expected: "latent values, all of them finite")
  }

  /// `elbo reconstruct RUN`.
  static let reconstruct: Verb = {
    let count = Option("count", .positiveInteger, default: 24, "how many data, from the first on")
    let output = Option("output", .path, default: "reconstructions.png", "the PNG to write")
    return Verb(
      "reconstruct", "draws originals above what the model makes of them", arguments: [RunOptions.run],
      options: [
        OptionGroup(
          "reconstruction",
          [
            count, RunOptions.split, output, RunOptions.checkpoint, RunOptions.weights, RunOptions.dataFolder,
            RunOptions.device,
          ])
      ]
    ) { call in
      _ = try ArrayFormat(of: call[output], for: output, among: [.png])
      let trained = try RunOptions.model(call)
      let part = try RunOptions.part(of: trained, call)
      let gallery = try RunOptions.gallery(
        of: trained, seed: trained.settings.seed, on: RunOptions.device(call))
      try gallery.reconstructions(of: part.data, pixels: part.pixels, count: call[count]).writePNG(to: call[output])
      try call.console.json(Written(output: call[output], count: min(call[count], part.data.count)))
      call.console.result(call[output])
    }
  }()

  private static func array(_ samples: Tensor, _ gallery: Gallery) throws -> DataArray {
    DataArray(try samples.values(as: Float.self), shape: [samples.shape[0]] + gallery.datumShape)
  }
}

extension TrainedModel {
  /// - Throws: `UsageError` where the model is told no given numbers.
  fileprivate func requireVector() throws(UsageError) {
    guard case .vector = configuration.condition else {
      throw UsageError("--conditions is of models that were trained by --condition vector, and this one was not")
    }
  }
}

/// What `--json` says of a file that was written.
struct Written: Encodable {
  let output: String
  let count: Int
}

/// What a file's name says that it holds.
enum ArrayFormat: String, CaseIterable {
  case png, npy, safetensors
  /// Of tables alone.
  case csv

  /// The format of the file that an option names, which takes some of them.
  ///
  /// - Throws: `UsageError` for any other name.
  init(
    of path: String, for option: any AnyOption, among formats: [ArrayFormat] = [.png, .npy, .safetensors]
  ) throws(UsageError) {
    let parts = path.split(separator: "/").last?.split(separator: ".") ?? []
    guard parts.count > 1, let format = formats.first(where: { $0.rawValue == parts.last?.lowercased() }) else {
      let endings = listed(formats.map { "." + $0.rawValue }, "or")
      throw UsageError("--\(option.name) takes a name that ends in \(endings), not '\(path)'")
    }
    self = format
  }
}
