/// A device as commands and configurations name it. Whether there is one is another question.
public enum DeviceName: Hashable, Sendable {
  /// The first GPU, else the CPU.
  case auto
  case cpu
  /// By its number in the order of `elbo devices`, or nil for the best.
  case openCL(Int?)

  /// nil where the text is no name of a device: `auto`, `cpu`, `opencl`, or `opencl:` and a number.
  public init?(_ text: String) {
    switch text {
    case "auto": self = .auto
    case "cpu": self = .cpu
    case "opencl": self = .openCL(nil)
    default:
      let digits = text.dropFirst("opencl:".count)
      guard text.hasPrefix("opencl:"), digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(digits) else {
        return nil
      }
      self = .openCL(number)
    }
  }
}

extension DeviceName: CustomStringConvertible {
  public var description: String {
    switch self {
    case .auto: "auto"
    case .cpu: "cpu"
    case .openCL(nil): "opencl"
    case .openCL(let number?): "opencl:\(number)"
    }
  }
}
