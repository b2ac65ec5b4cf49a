/// A device as the command line names it. Whether there is one is the world's affair.
enum DeviceName: Hashable, Sendable, CustomStringConvertible {
  /// The first GPU, else the CPU.
  case auto
  case cpu
  /// By its number in the order of `elbo devices`, or nil for the best.
  case openCL(Int?)

  init?(_ text: String) {
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

  var description: String {
    switch self {
    case .auto: "auto"
    case .cpu: "cpu"
    case .openCL(nil): "opencl"
    case .openCL(let number?): "opencl:\(number)"
    }
  }
}

extension ValueKind<DeviceName> {
  static var device: Self {
    ValueKind(
      "auto|cpu|opencl|opencl:N", expectation: "auto, cpu, opencl or opencl:N", words: ["auto", "cpu", "opencl"],
      text: { $0.description }, parse: { DeviceName($0) })
  }
}
