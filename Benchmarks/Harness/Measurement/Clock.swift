import FoundationEssentials
import Glibc

/// The clock of every figure.
enum Clock {
  /// Seconds since the machine started; every process sees the same.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// The seconds that something takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = now()
    try body()
    return now() - start
  }

  /// What the kernel reads time from: `tsc`, `kvm-clock`.
  static var source: String {
    let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
    return text(of: path) ?? "unknown"
  }

  /// The first line of a file that the kernel writes.
  static func text(of path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init)
  }
}
