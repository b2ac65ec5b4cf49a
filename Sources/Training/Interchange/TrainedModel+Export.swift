import Datasets
import FoundationEssentials

/// What of a model is meant.
public enum ModelPart: String, Sendable, CaseIterable { case all, encoder, decoder }

/// What a model is exported as: weights, or a computation.
public enum ExportFormat: String, Sendable, CaseIterable { case safetensors, npz, onnx }

extension TrainedModel {
  /// Writes a part of the model for others to read, whole or not at all.
  ///
  /// Weights are the parameters by their paths, float32, and beside them running statistics, with the model's description
  /// under `elbo`: text of a safetensors file, bytes of an npz file. Beside those of a decoder `load_elbo.py` is put, which
  /// rebuilds it in PyTorch and in NumPy; an older one is replaced, and another file of that name stays.
  ///
  /// ONNX is the computation in float32, for batches of any size. Its inputs and outputs by name:
  ///
  ///     encoder    x (batch, data)                 mean, logVariance (batch, latent)
  ///     decoder    z (batch, latent)               mean (batch, data), and what else the likelihood has
  ///     all        x, noise (batch, latent)        mean, logVariance, z, reconstruction, and the same
  ///
  /// `x` are pixels from 0 to 1; `noise` is standard normal, or 0 for the posterior's mean. A conditional model also takes
  /// `label` (batch, classes), one-hot, `shown` (batch, data), the pixels that it is shown and zeros elsewhere, or
  /// `condition` (batch, size). A likelihood gives `logits` and `scale` where it has such; a posterior that is not normal gives its own parameters.
  ///
  /// - Returns: the path, and that of the script where it is there.
  /// - Throws: `ExportError` for what ONNX cannot say, and `DataError` where a file cannot be written.
  @discardableResult
  public func export(_ part: ModelPart, as format: ExportFormat, to path: String) throws -> [String] {
    let description = try ModelDescription(configuration).json()
    switch format {
    case .onnx:
      try writeONNX(part, to: path)
      return [path]
    case .npz:
      let weights = try weights(of: part)
      try NPZ.write(weights.merging([ModelDescription.key: DataArray(description)]) { own, _ in own }, to: path)
    case .safetensors:
      let metadata = ["format": "pt", ModelDescription.key: String(decoding: description, as: UTF8.self)]
      try Safetensors(tensors: weights(of: part), metadata: metadata).write(to: path)
    }
    guard part != .encoder else { return [path] }
    let (script, text) = (LoadingScript.path(beside: path), Array(LoadingScript.text.utf8))
    if Paths.exists(script) {
      guard let file = FileManager.default.contents(atPath: script), LoadingScript.isOne(file) else { return [path] }
      if file == Data(text) { return [path, script] }
    }
    try AtomicFile.write([text], to: script)
    return [path, script]
  }

  private func weights(of part: ModelPart) throws -> [String: DataArray] {
    try parameters.arrays().merging(state.arrays()) { own, _ in own }.filter { path, _ in
      part == .all || path.hasPrefix(part.rawValue + ".")
    }
  }
}
