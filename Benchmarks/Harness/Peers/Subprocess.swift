import Glibc

/// Another program, to which lines are written and from which lines are read.
final class Subprocess {
  private let pid: pid_t
  /// Our end of a socket that is the program's standard input and output.
  private let socket: Int32
  private var received: [UInt8] = []
  private var isReaped = false

  /// Starts a program; its standard error is dropped.
  ///
  /// - Parameter environment: in place of this process's own.
  /// - Returns: nil where it does not start.
  init?(_ path: String, _ arguments: [String], environment: [String: String]) {
    var ends: [Int32] = [-1, -1]
    let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, stream, 0, &ends) == 0 else { return nil }
    socket = ends[0]
    defer { close(ends[1]) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

    var words = ([path] + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var started = pid_t()
    guard posix_spawn(&started, path, &actions, nil, &words, &variables) == 0 else {
      close(socket)
      return nil
    }
    pid = started
  }

  /// Ends the program if it still runs.
  deinit {
    close(socket)
    guard !isReaped else { return }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  /// Writes a line; one that nobody reads any more is lost.
  func write(_ line: String) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let sent = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent < 0 && errno != EINTR { return }
      bytes = bytes.dropFirst(max(0, sent))
    }
  }

  /// The next line, or nil where the program ended or was silent for so many seconds.
  func line(within seconds: Double) -> String? {
    let deadline = Clock.now() + seconds
    while true {
      if let end = received.firstIndex(of: 10) {
        defer { received.removeFirst(end + 1) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      let left = deadline - Clock.now()
      guard left > 0 else { return nil }
      let ready = poll(&waiting, 1, Int32(min(left, 1000) * 1000))
      if ready < 0 && errno != EINTR { return nil }
      guard ready > 0 else { continue }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = recv(socket, &chunk, chunk.count, 0)
      if count == 0 || (count < 0 && errno != EINTR) { return nil }
      received += chunk.prefix(max(0, count))
    }
  }

  /// Tells the program that nothing more comes, and waits for its end.
  func finish() {
    shutdown(socket, Int32(SHUT_WR))
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    isReaped = true
  }
}
