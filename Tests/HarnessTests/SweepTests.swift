import Elbo
import Foundation
import FoundationXML
import Testing

@testable import Harness

@Suite("Sweeps over batch sizes")
struct SweepTests {
  /// A report of images a second by device and batch.
  private func report(_ speeds: KeyValuePairs<String, [Int: Double]>) -> BenchReport {
    let any = Quantiles([1])
    let probes = ProbeFigures(matmulSize: 1, matmulGigaflops: any, copyBytes: 1, copyGigabytesPerSecond: any)
    let results = speeds.flatMap { device, curve in
      curve.map { batch, speed in
        BenchResult(
          workload: "mlp", device: device, batch: batch, stepsPerSecond: any, imagesPerSecond: speed,
          launchesPerStep: 1, arenaBytes: 1, floatingPointOperations: 1, bytesMoved: 1, shareOfFloor: 1,
          shareOfMatmulFloor: 1, probes: probes, blocks: 1, stepsPerBlock: 1,
          checkedLoss: BenchResult.CheckedLoss(step: 1, loss: 1))
      }
    }
    return BenchReport(machine: .current(), devices: [], results: results)
  }

  @Test("a line says from which batch size on which device is the fastest")
  func verdicts() {
    func verdict(_ speeds: KeyValuePairs<String, [Int: Double]>) -> [String] {
      BatchSweep.all(in: report(speeds)).map(\.verdict)
    }
    #expect(
      verdict(["cpu": [8: 3, 64: 4, 512: 5], "opencl:0": [8: 1, 64: 5, 512: 50]]) == [
        "mlp: opencl:0 is the fastest from a batch of 64 on, cpu at 8"
      ])
    #expect(
      verdict(["cpu": [8: 3, 64: 7, 512: 5], "opencl:0": [8: 1, 64: 5, 512: 50]]) == [
        "mlp: opencl:0 is the fastest from a batch of 512 on, cpu from 8 to 64"
      ])
    #expect(
      verdict(["cpu": [8: 3, 64: 4], "opencl:0": [8: 1, 64: 2]]) == ["mlp: cpu is the fastest at every batch size"])
    #expect(verdict(["cpu": [8: 3, 64: 4]]) == ["mlp: one device alone"])
    #expect(verdict(["cpu": [8: 3], "opencl:0": [8: 1]]).isEmpty)
  }

  @Test("a logarithmic axis has its values in place, and powers of ten")
  func axis() {
    let axis = Axis([20, 3000], from: 0, to: 300, wide: true)
    #expect(axis(10) == 0 && abs(axis(10_000) - 300) < 1e-9 && abs(axis(100) - 100) < 1e-9)
    #expect(axis.decades.map { $0.rounded() } == [10, 100, 1000, 10_000])
    let tight = Axis([8, 512], from: 10, to: 20, wide: false)
    #expect(abs(tight(8) - 10) < 1e-9 && abs(tight(512) - 20) < 1e-9 && abs(tight(64) - 15) < 1e-9)
    // One value alone is on its axis, and one that is nothing does not end the program.
    #expect(Axis([5], from: 0, to: 1, wide: false)(5).isFinite)
    #expect(Axis([0], from: 0, to: 1, wide: true)(0).isNaN == false)
  }

  @Test("the picture is well-formed and has a line and a name for each device")
  func picture() throws {
    let sweeps = BatchSweep.all(in: report(["cpu": [8: 3, 64: 4], "a<b & c": [8: 1, 64: 2]]))
    let svg = SweepPicture(sweeps, caption: "\"x\" & <y>").svg
    let parser = XMLParser(data: Data(svg.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(svg.components(separatedBy: "<polyline").count == 3)
    #expect(svg.components(separatedBy: "<circle").count == 5)
    #expect(svg.contains(">cpu</text>") && svg.contains(">a&lt;b &amp; c</text>"))
    let path = FileManager.default.temporaryDirectory.appending(path: "elbo-sweep-\(UUID()).svg").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SweepPicture(sweeps, caption: "").write(to: path)
    #expect(FileManager.default.contents(atPath: path)?.isEmpty == false)
  }
}

@Suite("Kernels by themselves")
struct KernelTests {
  @Test("every kernel is one launch with the work that it is named for", arguments: KernelCase.all.map(\.name))
  func plan(name: String) throws {
    let kernel = try #require(KernelCase.all.first { $0.name == name })
    let run = try KernelRun(on: PlanningBackend(), inputs: kernel.inputs, kernel.build)
    // A long reduction to one number takes two.
    #expect(run.plan.launches.count == (name == "sum 1M" ? 2 : 1))
    let figures = PlanFigures(run.plan)
    #expect((figures.productOperations > 0) == (kernel.product != nil))
    if let product = kernel.product {
      #expect(figures.productOperations == 2 * product.rows * product.columns * product.depth)
    }
  }

  @Test("times are positive, and shares are of the ceiling that was measured beside them")
  func times() throws {
    let backend = try Device(.cpu).backend
    let run = try KernelRun(on: backend, inputs: [([1000], .float32)]) { $0.add(.unary(.exp), $1) }
    #expect(try run.times(lasting: 0.01) > 1)
    #expect(try run.seconds(times: 10) > 0)
  }
}
