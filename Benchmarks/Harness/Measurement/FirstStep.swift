import Elbo
import FoundationEssentials
import Glibc

/// How a process of its own begins to train: when it has done its first step, and the memory it takes.
public struct FirstStep: Hashable, Sendable, Codable {
  /// Seconds on the clock that all processes share.
  public var at: Double
  /// Memory of the process that lies in the machine, after some more steps, data included.
  public var residentBytes: Int

  /// Steps and seconds after which memory is what it stays.
  private static let (laterSteps, laterSeconds) = (200, 4.0)

  /// Trains in this process.
  ///
  /// - Parameter laterSteps: how many steps follow before memory is looked at; nil for as many as every comparison makes.
  /// - Throws: what the device throws.
  public init(_ workload: Workload, on backend: any Backend, batchSize: Int?, laterSteps: Int? = nil) throws {
    let prepared = try PreparedWorkload(workload, on: backend, batchSize: batchSize)
    try prepared.run(1)
    at = Clock.now()
    if let laterSteps {
      try prepared.run(laterSteps)
    } else {
      for _ in 0..<Self.laterSteps where Clock.now() < at + Self.laterSeconds { try prepared.run(1) }
    }
    residentBytes = Self.residentByteCount
  }

  /// Since this process was started, to a hundredth of a second.
  public var secondsSinceStart: Double {
    // The name, which may hold anything, ends at the last parenthesis; the start is the twenty-second field.
    let fields = Clock.text(of: "/proc/self/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 19, let ticks = Double(fields[19]) else { return .nan }
    return at - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static var residentByteCount: Int {
    let pages = Clock.text(of: "/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}

/// First steps of several processes, one after the other.
struct FirstSteps {
  /// From the start of the process; the median.
  let seconds: Double
  let residentBytes: Int

  private static let processCount = 3

  /// Runs this program anew; nil where it does not say what is expected.
  ///
  /// - Parameter program: the path of the program `elbo`.
  init?(of program: String, _ workload: Workload, device: String, batchSize: Int) {
    let words = [
      "bench", "--first-step", "--json", "--quiet", "--workloads", workload.name, "--devices", device, "--batch-size",
      "\(batchSize)",
    ]
    var seconds: [Double] = []
    var memory: [Double] = []
    for _ in 0..<Self.processCount {
      let start = Clock.now()
      let environment = ProcessInfo.processInfo.environment
      guard let process = Subprocess(program, words, environment: environment) else { return nil }
      defer { process.finish() }
      guard let line = process.line(within: 300),
        let step = try? JSONDecoder().decode(FirstStep.self, from: Data(line.utf8))
      else { return nil }
      seconds.append(step.at - start)
      memory.append(Double(step.residentBytes))
    }
    self.seconds = Quantiles(seconds).median
    residentBytes = Int(Quantiles(memory).median)
  }
}
