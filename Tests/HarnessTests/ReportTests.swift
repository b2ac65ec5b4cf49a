import Foundation
import Testing

@testable import Harness

@Suite("Figures and their spread")
struct FiguresTests {
  @Test("quantiles lie between neighbours by straight lines")
  func quantiles() {
    let eleven = Quantiles((0...10).map(Double.init).shuffled())
    #expect(eleven.median == 5 && eleven.p10 == 1 && eleven.p90 == 9)
    let two = Quantiles([3, 1])
    #expect(two.median == 2)
    #expect(abs(two.p10 - 1.2) < 1e-15 && abs(two.p90 - 2.8) < 1e-15)
    let one = Quantiles([7])
    #expect(one.median == 7 && one.p10 == 7 && one.p90 == 7)
    #expect((eleven * 2).p90 == 18)
  }

  @Test(
    "numbers have three digits that mean something",
    arguments: [
      (0, "0.00"), (1, "1.00"), (9.994, "9.99"), (12.34, "12.3"), (123.4, "123"), (98765, "98765"), (0.01234, "0.0123"),
      (0.00012, "0.000120"), (-2.5, "-2.50"), (.infinity, "-"), (.nan, "-"),
    ])
  func numbers(value: Double, text: String) {
    #expect(short(value) == text)
  }

  @Test("bytes are told in a unit of their size")
  func sizes() {
    #expect(bytes(1023) == "1023 B" && bytes(1536) == "1.50 KiB" && bytes(3 << 30) == "3.00 GiB")
  }

  @Test("words stand left and figures right")
  func table() {
    var table = TextTable(["name", ">n"])
    table.append(["a", "100"])
    table.append(["longer", "2"])
    #expect(table.lines == ["name      n", "a       100", "longer    2"])
  }
}

@Suite("Comparing with an earlier report")
struct BaselineTests {
  private func report(
    _ speed: ClosedRange<Double>, launches: Int = 10, scratch: Int = 100, batch: Int = 128
  ) -> BenchReport {
    let middle = (speed.lowerBound + speed.upperBound) / 2
    let speed = Quantiles([speed.lowerBound, middle, speed.upperBound])
    let probes = ProbeFigures(
      matmulSize: 1024, matmulGigaflops: speed, copyBytes: 8, copyGigabytesPerSecond: speed)
    let result = BenchResult(
      workload: "mlp", device: "cpu", batch: batch, stepsPerSecond: speed, imagesPerSecond: 1,
      launchesPerStep: launches, arenaBytes: scratch, floatingPointOperations: 1, bytesMoved: 1, shareOfFloor: 0.5,
      shareOfMatmulFloor: 0.5, probes: probes, blocks: 3, stepsPerBlock: 1,
      checkedLoss: BenchResult.CheckedLoss(step: 20, loss: 1))
    return BenchReport(machine: .current(), devices: [], results: [result])
  }

  @Test("slower beyond the noise is worse, slower within it is not")
  func speed() throws {
    let earlier = Baseline(report(100...120))
    #expect(try earlier.regressions(in: report(98...118)).isEmpty)
    #expect(try earlier.regressions(in: report(80...115)).isEmpty)
    #expect(try earlier.regressions(in: report(200...220)).isEmpty)
    let worse = try earlier.regressions(in: report(80...90))
    #expect(worse.map(\.description) == ["mlp on cpu, batch 128: 85.0 steps/s after 110, 23% slower"])
    // Far from each other, but hardly slower: blocks that spread so little say nothing about another day.
    #expect(try Baseline(report(100...100.1)).regressions(in: report(97...97.1)).isEmpty)
  }

  @Test("any more launches or memory is worse")
  func counts() throws {
    let earlier = Baseline(report(100...120))
    let worse = try earlier.regressions(in: report(100...120, launches: 11, scratch: 101))
    #expect(
      worse.map(\.description) == [
        "mlp on cpu, batch 128: 11 launches after 10", "mlp on cpu, batch 128: 101 bytes of scratch memory after 100",
      ])
    #expect(try earlier.regressions(in: report(100...120, launches: 9, scratch: 10)).isEmpty)
  }

  @Test("reports without a common result cannot be compared")
  func nothingInCommon() {
    #expect(throws: BenchError.nothingToCompare) {
      try Baseline(report(100...120)).regressions(in: report(100...120, batch: 64))
    }
  }

  @Test("a report is read back from its JSON")
  func file() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "elbo-report-\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: path) }
    try JSONEncoder().encode(report(100...120)).write(to: path)
    #expect(try Baseline(path: path.path).regressions(in: report(10...12)).count == 1)
    try Data("{}".utf8).write(to: path)
    #expect(throws: BenchError.baselineUnreadable(path: path.path)) { try Baseline(path: path.path) }
    #expect(throws: CocoaError.self) { try Baseline(path: path.path + ".none") }
  }
}
