import Glibc
import Synchronization

/// A failure on request, by which tests prove that nothing is lost: `ELBO_FAULT=POINT:TEXT:N`.
///
/// The N-th time that a file whose path contains TEXT comes to POINT, the process ends as by `kill -9`; at the point
/// `full` the disk has no space instead, from then on. Without the variable nothing happens.
enum Fault {
  enum Point: String {
    /// Half of the file is written.
    case write
    /// All is written and synced, under its temporary name.
    case rename
    /// The file has its name, and the folder is not synced.
    case renamed
    /// No link points at the file yet.
    case link
    /// A file is about to be written.
    case full
  }

  private struct Request {
    let point: Point
    let text: String
    let count: Int
  }

  private static let request: Request? = {
    let words = getenv("ELBO_FAULT").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
    guard words.count == 3, let point = Point(rawValue: words[0]), let count = Int(words[2]) else { return nil }
    return Request(point: point, text: words[1], count: count)
  }()
  private static let reached = Atomic(0)

  /// Whether the request is for this point of this file, now.
  private static func isDue(_ point: Point, _ path: String) -> Bool {
    guard let request, request.point == point, path.contains(request.text) else { return false }
    let times = reached.wrappingAdd(1, ordering: .relaxed).newValue
    return point == .full ? times >= request.count : times == request.count
  }

  /// Ends the process where that is asked for.
  static func reach(_ point: Point, _ path: String) {
    if isDue(point, path) { kill(getpid(), SIGKILL) }
  }

  /// Whether the disk is said to be full.
  static func isFull(_ path: String) -> Bool { isDue(.full, path) }

  /// Whether half of the file is to be written before the process ends.
  static func cuts(_ path: String) -> Bool { isDue(.write, path) }
}
