import Elbo
import Foundation
import Testing

@Suite("Replaying a step")
struct ReplayTests {
  /// Beside the tests' own program.
  private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "replay-counts")

  private struct Growth {
    var steps: Int
    var allocations: Int
    var references: Int
    var memory: Int
  }

  private func growth(on device: String) throws -> [Growth] {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = [device]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text.split(separator: "\n").map { line in
      let words = line.split(separator: " ").dropFirst().compactMap { Int($0) }
      return Growth(steps: words[0], allocations: words[1], references: words[2], memory: words[3])
    }
  }

  @Test("100 and 10,000 steps allocate as often, count as many references, and leave the process as large")
  func cpu() throws {
    let growth = try growth(on: "cpu")
    #expect(growth.map(\.steps) == [100, 10_000])
    // Something is counted at all: one call of the step has its costs.
    #expect(growth[0].references > 0)
    #expect(growth[0].allocations == growth[1].allocations)
    #expect(growth[0].references == growth[1].references)
    // Pages that are touched for the first time, not 9,900 times anything.
    #expect(growth[1].memory < 64 << 10)
  }

  @Test("on OpenCL too no reference is counted in a step", .enabled(if: hasOpenCL))
  func openCL() throws {
    let growth = try growth(on: "opencl")
    #expect(growth.map(\.steps) == [100, 10_000])
    #expect(growth[0].references == growth[1].references)
  }

  private static let hasOpenCL = Devices.available().contains { $0.id.hasPrefix("opencl") }
}
