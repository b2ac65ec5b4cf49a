/// Why a model, or a part of one, cannot be written for others to read.
public enum ExportError: Error, Hashable, Sendable {
  /// ONNX has no such op, or not in the version that is written.
  case notInONNX(String)
  /// What is computed is another thing for another size of the batch.
  case dependsOnBatchSize(String)
  /// The posterior of the model is found by no encoder alone.
  case noEncoder(AmortizationKind)
  /// Noise is turned into latent values for the normal posterior alone.
  case posteriorNotNormal(PosteriorKind)
  /// The file would be larger than messages of protocol buffers may be.
  case tooLarge(byteCount: Int)
}

extension ExportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notInONNX(let op): "ONNX has no counterpart of \(op), which the model computes"
    case .dependsOnBatchSize(let op): "\(op) in the model depends on the size of the batch otherwise than ONNX can say"
    case .noEncoder(let kind):
      "with --amortization \(kind.rawValue) the posterior is found by steps for each datum, which ONNX has not; "
        + "--part decoder is exported"
    case .posteriorNotNormal(let kind):
      "noise becomes latent values of a normal posterior, not of \(kind.rawValue); --part encoder and --part decoder are "
        + "exported"
    case .tooLarge(let byteCount):
      "\(byteCount) bytes of weights; an ONNX file holds 2147483647 at most, and safetensors hold more"
    }
  }
}
