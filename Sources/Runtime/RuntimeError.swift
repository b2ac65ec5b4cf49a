import Graphs

/// Why a device could not do what it was asked. Each says what to do where something can be done.
public enum RuntimeError: Error, Hashable, Sendable {
  /// No device of that name; `available` are those that are.
  case noSuchDevice(String, available: [String])
  /// A library that a device needs could not be opened.
  case libraryMissing(String, hint: String)
  /// The device has too little memory.
  case outOfMemory(asked: Int, available: Int, device: String)
  /// The device cannot run this at all.
  case unsupported(String, device: String)
  /// A call of the device's own library failed: the call, the decoded code, and what to do.
  case callFailed(call: String, code: String, hint: String)
  /// A kernel did not compile; the log is the compiler's.
  case compilationFailed(device: String, log: String)
}

extension RuntimeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSuchDevice(let name, let available):
      available.isEmpty
        ? "no device \(name), nor another of its kind"
        : "no device \(name); there is \(available.joined(separator: ", "))"
    case .libraryMissing(let library, let hint):
      "\(library) cannot be opened; \(hint)"
    case .outOfMemory(let asked, let available, let device):
      "\(device) has \(mebibytes(available)) MiB of memory and was asked for \(mebibytes(asked)) MiB more; "
        + "a smaller --batch-size needs less"
    case .unsupported(let what, let device):
      "\(device) does not support \(what)"
    case .callFailed(let call, let code, let hint):
      "\(call) failed with \(code)" + (hint.isEmpty ? "" : "; \(hint)")
    case .compilationFailed(let device, let log):
      "a kernel does not compile on \(device): \(log.isEmpty ? "the compiler left no log" : log)"
    }
  }

  private func mebibytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }
}
