import Elbo
import FoundationEssentials
import Glibc

/// The machine and the state that a bench found it in, as far as they bear on its figures.
public struct Machine: Hashable, Sendable, Codable {
  public var processor: String
  /// Processors that this process may use.
  public var processors: Int
  public var memoryBytes: Int
  /// The system's name and release.
  public var system: String
  public var clockSource: String
  /// Processes that wanted to run, over the minute before the bench began: a busy machine's ratios hold, its speeds do
  /// not.
  public var loadAverage: Double
  /// ISO 8601, UTC.
  public var date: String

  public static func current() -> Machine {
    var name = utsname()
    uname(&name)
    return Machine(
      processor: processorName, processors: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)),
      system: "\(text(&name.sysname)) \(text(&name.release))", clockSource: Clock.source,
      loadAverage: loadAverage, date: Date.now.formatted(.iso8601))
  }

  /// Whether others take enough of the machine to be seen in the figures.
  public var isBusy: Bool { loadAverage > 0.5 * Double(processors) }

  static var loadAverage: Double {
    Clock.text(of: "/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) } ?? 0
  }

  private static var processorName: String {
    guard let data = FileManager.default.contents(atPath: "/proc/cpuinfo") else { return "unknown" }
    let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("model name") }
    guard let line, let colon = line.firstIndex(of: ":") else { return "unknown" }
    return String(line[line.index(after: colon)...].drop { $0 == " " })
  }

  /// A string of C in a field of fixed size.
  private static func text<Field>(_ field: inout Field) -> String {
    withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
