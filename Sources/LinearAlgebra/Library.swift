import COpenBLAS

/// OpenBLAS's linear algebra, opened once for the process.
///
/// Each call runs on the thread that makes it: work on many data is cut into blocks that threads take.
struct Library {
  let functions: elbo_linear_algebra

  private static let opened: Result<Library, LinearAlgebraError> = {
    var functions = elbo_linear_algebra()
    if let reason = elbo_linear_algebra_open(&functions) {
      return .failure(.libraryMissing(String(cString: reason)))
    }
    return .success(Library(functions: functions))
  }()

  /// Opens the library at the first call.
  static func open() throws(LinearAlgebraError) -> elbo_linear_algebra { try opened.get().functions }
}

// A table of functions, filled once.
extension Library: @unchecked Sendable {}
