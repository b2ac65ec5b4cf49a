import Elbo
import Testing

@testable import Harness

@Suite("Measuring")
struct BenchTests {
  @Test("a run has figures for each device, and floors that were measured in it")
  func results() throws {
    let backend = try Device(.cpu).backend
    var bench = Bench(workloads: [.small], devices: [backend, backend])
    bench.blocks = 3
    bench.blockSeconds = 0.01
    bench.stepsPerBlock = 4
    let outcome = try bench.run(.small) { _ in }
    #expect(outcome.results.map(\.device) == ["cpu", "cpu"] && outcome.peers.isEmpty && outcome.absent.isEmpty)
    let figures = try Workload.small.figures()
    for result in outcome.results {
      #expect(result.workload == "small" && result.batch == 16 && result.blocks == 3 && result.stepsPerBlock == 4)
      let speed = result.stepsPerSecond
      #expect(0 < speed.p10 && speed.p10 <= speed.median && speed.median <= speed.p90)
      #expect(result.imagesPerSecond == 16 * speed.median)
      #expect(result.launchesPerStep == figures.launches && result.arenaBytes == figures.workspaceBytes)
      #expect(result.shareOfFloor >= result.shareOfMatmulFloor && result.shareOfMatmulFloor > 0)
      #expect(result.probes.matmulGigaflops.median > 0 && result.probes.copyGigabytesPerSecond.median > 0)
      #expect(result.checkedLoss.step == 20 && result.checkedLoss.loss.isFinite)
    }
    #expect(bench.deviceDescriptions[0].blasCore?.isEmpty == false)
  }

  @Test("no speed is reported where devices compute different things")
  func disagreement() throws {
    let bench = Bench(workloads: [.small], devices: [try Device(.cpu).backend, PlanningBackend()])
    let error = #expect(throws: BenchError.self) { try bench.run(.small) { _ in } }
    guard case .lossesDiffer("small", step: 1, devices: ["cpu", "plan"], losses: let losses) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(losses.count == 2 && losses[1] == 0)
  }

  @Test("what progress throws ends the run")
  func interruption() throws {
    struct Stop: Error {}
    let bench = Bench(workloads: [.small], devices: [PlanningBackend()])
    #expect(throws: Stop.self) { try bench.run(.small) { _ in throw Stop() } }
  }

  @Test("a profile has a row for each launch, and the steps go on")
  func profile() throws {
    let prepared = try PreparedWorkload(.small, on: Device(.cpu).backend)
    let profile = try LaunchProfile(prepared, steps: 3)
    #expect(profile.launches.count == prepared.plan.launches.count)
    #expect(profile.launches.allSatisfy { $0.seconds.median > 0 && !$0.kernels.isEmpty })
    #expect(profile.lines.count == 2 + profile.launches.count)
    let other = try PreparedWorkload(.small, on: Device(.cpu).backend)
    try other.run(5)
    #expect(try prepared.run(1) == other.run(1))
  }
}
