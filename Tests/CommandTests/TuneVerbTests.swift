import Elbo
import Foundation
import Testing

@testable import elbo_cli

@Suite("elbo tune")
struct TuneVerbTests {
  private static let hasDevice = Devices.available().contains { $0.id == "opencl:0" }

  private func run(_ words: String...) -> (status: Int32, output: String, error: String) {
    let recorder = Recorder()
    let status = Program.run(["tune"] + words, on: recorder.console())
    return (status, recorder.output, recorder.error)
  }

  @Test("wrong words: one line, status 2; no such device: status 1")
  func usage() {
    #expect(
      run("--device", "cpu") == (
        2, "",
        "elbo: error: cpu has nothing to tune: its kernels are cut by shape alone; --device opencl:0 is tuned\n"
      ))
    #expect(run("--device", "gpu").status == 2)
    #expect(run("--seconds", "0").status == 2)
    #expect(run("--parameters", "").status == 2)
    #expect(run("--device", "opencl:99").status == 1)
  }

  @Test("a parameter that is none is told with the nearest", .enabled(if: hasDevice))
  func parameters() {
    let wrong = run("--parameters", "reductionRow")
    #expect(wrong.status == 2 && wrong.error.hasPrefix("elbo: error: there is no parameter 'reductionRow'"))
  }

  @Test("a search tells what it tried and keeps what it found", .enabled(if: hasDevice))
  func search() throws {
    struct Report: Decodable {
      struct Trial: Decodable {
        let parameter: String
        let value: Int
        let outcome: String
        let speedup: Double?
      }
      let device: String
      let kernels: String
      let parameters: [String: Int]
      let trials: [Trial]
      let path: String
    }
    let elbo = try Executable()
    let environment = ["ELBO_CACHE": elbo.path("cache"), "ELBO_OPENCL_VARIANT": "cpu"]
    let words = ["tune", "--device", "opencl:0", "--parameters", "reductionRows"]
    let outcome = try elbo.run(words + ["--seconds", "2", "--json"], environment: environment)
    #expect(outcome.status == 0, "\(outcome.error)")
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.device == "opencl:0")
    #expect(report.trials.map(\.value) == [8, 16, 32, 64])
    #expect(report.trials.allSatisfy { $0.parameter == "reductionRows" })
    #expect(report.trials[2].outcome == "before")
    #expect(!report.trials.contains { ["wrong", "refused"].contains($0.outcome) })
    let chosen = report.trials.first { $0.outcome == "chosen" } ?? report.trials[2]
    #expect(report.parameters["reductionRows"] == chosen.value)
    #expect(FileManager.default.fileExists(atPath: report.path))

    // The next start has it, and says so; without time nothing is tried, and what was found stays.
    let again = try elbo.run(words + ["--seconds", "1e-6", "--json"], environment: environment)
    let second = try JSONDecoder().decode(Report.self, from: Data(again.output.utf8))
    #expect(second.kernels == report.kernels && second.parameters == report.parameters)
    #expect(Set(second.trials.map(\.outcome)) == ["before", "untried"])
    #expect(again.messages.first?.contains("the time was up") == true)
  }
}
