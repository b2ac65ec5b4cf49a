import FoundationEssentials
import Glibc

/// A file of the network, brought by the program curl: what was brought before goes on where it ended.
struct Download {
  /// The file's name, at the mirrors and in the folder.
  let name: String
  /// Of the content unpacked from gzip, 64 hexadecimal digits: mirrors may pack it differently.
  let sha256: String

  /// Brings the file into a folder, from the first of the mirrors that has it; whole or not at all.
  ///
  /// - Parameter report: told what happens, a line each.
  /// - Throws: `DataError` where there is no curl, where no mirror has the file, and where it cannot be written.
  func bring(
    from mirrors: [String], into folder: String, environment: [String: String], report: (String) -> Void
  ) throws(DataError) {
    let curl = try Curl(environment: environment)
    let partial = "\(folder)/.\(name).partial-download"
    var failures: [String] = []
    for mirror in mirrors {
      let address = mirror + (mirror.hasSuffix("/") ? "" : "/") + name
      // What lies there may be of another file, or complete: then its end cannot be asked for, and it begins anew.
      for isAgain in [false, true] {
        if isAgain {
          guard unlink(partial) == 0 else { throw .unwritable(path: partial, reason: systemMessage()) }
          report("\(name): beginning anew")
        }
        let before = isAgain ? 0 : InputFile.byteCount(partial)
        if before == 0 || !isWhole(partial) {
          report("\(name): \(before > 0 ? "going on after \(before) bytes" : "fetching") from \(address)")
          if let failure = try curl.fetch(address, to: partial) {
            if before > 0, failure.isOfPlace { continue }
            failures.append("\(address): \(failure.message)")
            break
          }
        }
        guard isWhole(partial) else {
          if before > 0 { continue }
          failures.append("\(address): it is not the file that it should be (its SHA-256 is another)")
          unlink(partial)
          break
        }
        try AtomicFile.write([InputFile.read(partial, expected: name)], to: "\(folder)/\(name)")
        unlink(partial)
        return
      }
    }
    throw .unreadable(path: name, reason: failures.joined(separator: "; "))
  }

  /// Whether a file is this one, by its content.
  func isWhole(_ path: String) -> Bool {
    guard let stored = try? InputFile.read(path, expected: name), Gzip.isCompressed(stored),
      let content = try? Gzip.decompressed(stored, path: path)
    else { return false }
    return SHA256.digits(of: content) == sha256
  }
}

/// The program curl.
private struct Curl {
  private let path: String
  private let environment: [String: String]

  /// Why nothing was brought.
  struct Failure {
    let status: Int32
    let message: String

    /// Whether the rest of a file could not be asked for from where it ended.
    var isOfPlace: Bool { status == 33 || status == 36 || status == 22 && message.contains("error: 416") }
  }

  /// Finds it where `PATH` says.
  init(environment: [String: String]) throws(DataError) {
    let programs: [String] = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/curl" }
    guard let path = programs.first(where: { access($0, X_OK) == 0 }) else {
      throw .missing(
        path: "the program curl", expected: "it in $PATH, as 'apt-get install curl' puts it there, to fetch data")
    }
    (self.path, self.environment) = (path, environment)
  }

  /// Brings what an address names, from where a file ends on; returns what went wrong, or nil.
  func fetch(_ address: String, to file: String) throws(DataError) -> Failure? {
    let messages = file + ".messages"
    let said = open(messages, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard said >= 0 else { throw .unwritable(path: messages, reason: systemMessage()) }
    defer {
      close(said)
      unlink(messages)
    }
    let words = [
      path, "-q", "--fail", "--location", "--silent", "--show-error", "--connect-timeout", "20", "--speed-limit", "1",
      "--speed-time", "60", "--continue-at", "-", "--output", file, "--url", address,
    ]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { word in strdup(word) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var started = pid_t()
    let failure = posix_spawn(&started, path, &actions, nil, &arguments, &variables)
    guard failure == 0 else { throw .unreadable(path: path, reason: systemMessage(failure)) }
    var status: Int32 = 0
    while waitpid(started, &status, 0) < 0 && errno == EINTR {}
    guard status != 0 else { return nil }
    let code = status >> 8 & 0xFF
    let lines = (try? InputFile.read(messages, expected: "")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return Failure(
      status: code, message: lines.split(separator: "\n").last.map(String.init) ?? "curl ended with status \(code)")
  }
}

extension InputFile {
  /// How long a file is; 0 where there is none.
  static func byteCount(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
