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
          guard unlink(partial) == 0 else { break }
          report("\(name): beginning anew")
        }
        let before = isAgain ? 0 : InputFile.byteCount(partial)
        if before == 0 || !isWhole(partial) {
          report("\(name): \(before > 0 ? "going on after \(before) bytes" : "fetching") from \(address)")
          if let failure = try curl.fetch(address, to: partial) {
            failures.append("\(address): \(failure)")
            if before > 0 { continue }
            break
          }
        }
        guard isWhole(partial) else {
          failures.append("\(address): it is not the file that it should be (its SHA-256 is another)")
          if before > 0 { continue }
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

  /// Finds it where `PATH` says.
  init(environment: [String: String]) throws(DataError) {
    let programs: [String] = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/curl" }
    guard let path = programs.first(where: { access($0, X_OK) == 0 }) else {
      throw .missing(
        path: "the program curl", expected: "it in $PATH, as 'apt-get install curl' puts it there, to fetch data")
    }
    self.path = path
  }

  /// Brings what an address names, from where a file ends on; returns what went wrong, or nil.
  func fetch(_ address: String, to file: String) throws(DataError) -> String? {
    let messages = file + ".messages"
    defer { unlink(messages) }
    let words = [
      path, "--fail", "--location", "--silent", "--show-error", "--noproxy", "localhost,127.0.0.1",
      "--connect-timeout", "20", "--speed-limit", "1", "--speed-time", "60", "--continue-at", "-", "--output", file,
      address,
    ]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { word in strdup(word) } + [nil]
    defer { arguments.forEach { free($0) } }
    var started = pid_t()
    let failure = posix_spawn(&started, path, &actions, nil, &arguments, environ)
    guard failure == 0 else { throw .unreadable(path: path, reason: systemMessage(failure)) }
    var status: Int32 = 0
    while waitpid(started, &status, 0) < 0 && errno == EINTR {}
    guard status != 0 else { return nil }
    let said = (try? InputFile.read(messages, expected: "")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = said.split(separator: "\n").last.map(String.init)
    return line ?? "curl ended with status \(status >> 8 & 0xFF)"
  }
}

extension InputFile {
  /// How long a file is; 0 where there is none.
  static func byteCount(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
