import Glibc
import Plans

/// How much a run says about its launches: `ELBO_TRACE=1` prints a line for each, `ELBO_TRACE=2` its source as well.
public enum TraceLevel: Int, Sendable, Comparable {
  case off, launches, sources

  public static func < (a: TraceLevel, b: TraceLevel) -> Bool { a.rawValue < b.rawValue }

  /// The level that the environment asks for.
  public static var fromEnvironment: TraceLevel {
    guard let value = getenv("ELBO_TRACE"), let number = Int(String(cString: value)) else { return .off }
    return TraceLevel(rawValue: min(max(number, 0), 2)) ?? .off
  }
}

extension Backend {
  /// A program for a plan, which says what it launches where the environment asks for it.
  public func program(for plan: Plan, buffers: [any Buffer]) throws -> any Program {
    let program = try prepare(plan, buffers: buffers)
    let level = TraceLevel.fromEnvironment
    return level == .off ? program : TracedProgram(program, plan, device: device.id, level: level)
  }
}

/// Runs a program launch by launch and prints a line for each on standard error.
private final class TracedProgram: Program {
  private let program: any Program
  private let plan: Plan
  private let device: String
  private let level: TraceLevel

  init(_ program: any Program, _ plan: Plan, device: String, level: TraceLevel) {
    self.program = program
    self.plan = plan
    self.device = device
    self.level = level
    guard level >= .sources else { return }
    for index in plan.launches.indices { write("\(program.source(ofLaunch: index))\n") }
  }

  var launchCount: Int { program.launchCount }

  func run(times: Int) throws {
    for _ in 0..<times {
      for (launch, seconds) in zip(plan.launches, try program.profile()) {
        let work = launch.work
        let names = launch.kernels.map(\.kernel.description).joined(separator: " | ")
        write(
          "trace: \(device) \(tenths(seconds * 1e6)) us \(tenths(Double(work.bytesMoved) / seconds / 1e9)) GB/s "
            + "\(tenths(Double(work.operations) / seconds / 1e9)) GFLOP/s \(names)\n")
      }
    }
  }

  func synchronize() throws { try program.synchronize() }
  func profile() throws -> [Double] { try program.profile() }
  func source(ofLaunch index: Int) -> String { program.source(ofLaunch: index) }

  private func write(_ line: String) {
    var line = line
    line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// A number with one digit after the point.
  private func tenths(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
