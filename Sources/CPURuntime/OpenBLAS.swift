import COpenBLAS
import Runtime

/// OpenBLAS, opened once for the process.
struct OpenBLAS {
  let functions: elbo_openblas

  /// The processor whose kernels it uses, which a checkpoint records: another one rounds otherwise.
  var core: String { String(cString: functions.core) }

  /// The version alone, from a line such as "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …".
  var version: String {
    String(cString: functions.configuration).split(separator: " ").prefix(2).joined(separator: " ")
  }

  private static let opened: Result<OpenBLAS, RuntimeError> = {
    var functions = elbo_openblas()
    if let reason = elbo_openblas_open(&functions) {
      return .failure(
        .libraryMissing(
          "OpenBLAS", hint: "apt-get install libopenblas0 brings it (\(String(cString: reason)))"))
    }
    return .success(OpenBLAS(functions: functions))
  }()

  /// Opens the library at the first call.
  static func open() throws -> OpenBLAS { try opened.get() }
}

// A table of functions and two names, filled once.
extension OpenBLAS: @unchecked Sendable {}
