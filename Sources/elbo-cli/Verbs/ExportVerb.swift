import Elbo

extension Verb {
  /// `elbo export RUN`.
  static let export: Verb = {
    let output = Option<String?>(
      "output", .path, absent: "model.safetensors, or by --format", "the file to write")
    let format = Option<ExportFormat?>("format", .choice, absent: "by the ending of --output", "the format of the file")
    let part = Option("part", .choice, default: ModelPart.all, "which part of the model")
    return Verb(
      "export", "writes a run's model for PyTorch, NumPy and ONNX",
      discussion:
        "safetensors and npz hold the weights by PyTorch's names; load_elbo.py, which is put beside those of a "
        + "decoder, rebuilds it in PyTorch and in NumPy.\n"
        + "onnx holds the computation, for batches of any size: of the encoder from x to mean and logVariance, of the "
        + "decoder from z to the mean of p(x|z) and, where it has such, logits or scale; of all from x and standard "
        + "normal noise. Pixels are from 0 to 1. A conditional model also takes one-hot labels, or the pixels shown.\n"
        + "elbo export runs/mnist --part decoder --output decoder.onnx",
      arguments: [RunOptions.run],
      options: [OptionGroup("export", [output, format, part, RunOptions.checkpoint, RunOptions.weights])]
    ) { call in
      let format = try call[format] ?? call[output].map(ExportFormat.init(path:)) ?? .safetensors
      let path = call[output] ?? "model.\(format.rawValue)"
      let trained = try RunOptions.model(call)
      let written = try trained.export(call[part], as: format, to: path)
      try call.console.json(Exported(output: path, script: written.dropFirst().first))
      for path in written { call.console.result(path) }
      if format != .onnx, call[part] != .encoder, written.count == 1 {
        call.console.warn("another file is named load_elbo.py there and stays; the weights have no script beside them")
      }
    }
  }()
}

/// What `--json` says of an export.
private struct Exported: Encodable {
  let output: String
  /// The Python that reads it.
  let script: String?
}

extension ExportFormat {
  /// The format that a file's name ends in.
  fileprivate init(path: String) throws(UsageError) {
    let ending = path.split(separator: "/").last?.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? ""
    guard let format = ExportFormat(rawValue: ending) else {
      let endings = ExportFormat.allCases.map(\.rawValue)
      throw UsageError(
        "--output takes a name that ends in .safetensors, .npz or .onnx where --format is not given, not '\(path)'",
        nearest: ending, among: endings)
    }
    self = format
  }
}
