import Foundation
import Testing

import enum Elbo.NPY

@Suite("Runs side by side, as processes")
struct RunsCommandTests {
  let program: Executable

  init() throws {
    program = try .withRun()
    var words = Executable.training
    words[words.count - 1] = "more/other"
    #expect(try program.run(words + ["--latent", "2", "--prior", "mixture", "--quiet"]).status == 0)
  }

  @Test("runs lists what is there, by name or by the best figure")
  func list() throws {
    let outcome = try program.run("runs", ".")
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.lines.count == 3)
    #expect(outcome.lines[0].hasPrefix("run "))
    #expect(outcome.lines.dropFirst().map { $0.prefix { $0 != " " } } == ["./more/other", "./run"])
    let sorted = try Executable.objects(program.run("runs", ".", "--sort", "elbo", "--json").output)
    let figures = sorted.compactMap { $0["bestElbo"] as? Double }
    #expect(figures.count == 2 && figures[0] >= figures[1])
    #expect(sorted[0]["step"] as? Int == 8 && sorted[0]["data"] as? String == "train.idx")
    #expect(try program.run("runs", "nothing").status == 1)
  }

  @Test("runs lists fits too, and names what it leaves out; other verbs say what a fit is")
  func fits() throws {
    let fitted = try program.run("fit", "gmm", "geyser", "--output", "fits/geyser", "--json", "--quiet")
    let result = try #require(try Executable.objects(fitted.output).last?["logLikelihood"] as? Double)
    try FileManager.default.createDirectory(atPath: program.path("fits/torn"), withIntermediateDirectories: true)
    try Data("{\"epochs\"".utf8).write(to: URL(filePath: program.path("fits/torn/config.json")))
    let outcome = try program.run("runs", "fits", "--json")
    let found = try Executable.objects(outcome.output)
    #expect(found.count == 1 && found[0]["model"] as? String == "gmm" && found[0]["data"] as? String == "geyser")
    #expect(abs(try #require(found[0]["logLikelihood"] as? Double) - result / 272) < 1e-12)
    #expect(found[0]["bestElbo"] as? Double == found[0]["logLikelihood"] as? Double)
    #expect(outcome.messages.count == 1 && outcome.status == 0)
    #expect(
      outcome.error.hasPrefix("elbo: fits/torn is left out: ")
        && outcome.error.contains("config.json is no configuration of a run"), "\(outcome.error)")
    #expect(try program.run("runs", "fits").lines.last?.hasPrefix("fits/geyser  gmm") == true)
    for words in [["evaluate", "fits/geyser"], ["compare", "run", "fits/geyser"], ["report", "fits/geyser"]] {
      let outcome = try program.run(words)
      #expect(outcome.status == 1 && outcome.messages.count == 1)
      #expect(outcome.error.contains("fits/geyser is a fit of gmm, which has no checkpoint"), "\(outcome.error)")
    }
    try Data("{}".utf8).write(to: URL(filePath: program.path("fits/geyser/results.json")))
    #expect(try program.run("runs", "fits").error.contains("its results.json or metrics.jsonl is not that of a fit"))
  }

  @Test("what a prior that is not normal lacks is said before the work")
  func mixturePrior() throws {
    let picture = try program.run("evaluate", "run", "more/other", "--device", "cpu", "--picture", "kl.png")
    #expect(picture.status == 1 && picture.messages.count == 1 && picture.output.isEmpty)
    #expect(picture.error.contains("no sum over dimensions"))
    #expect(!FileManager.default.fileExists(atPath: program.path("run/results.json")))
    let cold = try program.run("sample", "more/other", "--device", "cpu", "--temperature", "0.5")
    #expect(cold.status == 2 && cold.messages.count == 1)
    #expect(cold.error.contains("--temperature is of a normal prior, and this run's is mixture"))
    // Figures are told before the picture is written.
    let lost = try program.run("evaluate", "run", "--device", "cpu", "--picture", "nowhere/kl.png")
    #expect(lost.status == 1 && lost.lines.contains { $0.hasPrefix("elbo ") })
  }

  @Test("compare writes one page of all, with the settings that differ and nothing from elsewhere")
  func compare() throws {
    #expect(try program.run("compare", "run", "more/other").lines == ["comparison.html"])
    let page = try String(contentsOfFile: program.path("comparison.html"), encoding: .utf8)
    #expect(page.contains("<tr><th>latent</th><td>3</td><td>2</td></tr>"))
    #expect(!page.contains("<tr><th>hidden</th>"))
    #expect(page.components(separatedBy: "<polyline").count == 1 + 6 * 2)
    #expect(page.components(separatedBy: "<img").count == 1 + 4)
    #expect(!page.contains("http://") && !page.contains("https://"))
    let alone = try program.run("compare", "run")
    #expect(alone.status == 2 && alone.messages.count == 1)
  }

  @Test("report writes the page again, with what evaluate found")
  func report() throws {
    let path = program.path("run/report.html")
    try FileManager.default.removeItem(atPath: path)
    #expect(try program.run("evaluate", "run", "--device", "cpu", "--amortization-gap", "20", "--quiet").status == 0)
    #expect(try program.run("report", "run").lines == [path])
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("amortization gap"))
  }

  @Test("a temperature of 0 draws the same picture again and again")
  func temperature() throws {
    let words = ["sample", "run", "--device", "cpu", "--count", "4", "--mean", "--output", "s.npy", "--temperature"]
    #expect(try program.run(words + ["0"]).status == 0)
    let cold = try NPY.read(program.path("s.npy")).elements(as: Float.self)
    #expect(Array(cold[..<64]) == Array(cold[64..<128]))
    #expect(try program.run(words + ["1"]).status == 0)
    let warm = try NPY.read(program.path("s.npy")).elements(as: Float.self)
    #expect(Array(warm[..<64]) != Array(warm[64..<128]))
  }

  @Test(
    "a training that is killed while a checkpoint is written goes on to the same bits",
    arguments: [
      "write:step-:2", "rename:step-:2", "renamed:step-:2", "link:latest:2", "link:best:2", "rename:step-:1",
    ])
  func fault(_ fault: String) throws {
    var words = Executable.training
    words[words.count - 1] = "killed"
    let killed = try program.run(words + ["--quiet"], environment: ["ELBO_FAULT": fault])
    #expect(killed.status == SIGKILL)
    #expect(try program.run("train", "--resume", "killed", "--quiet").status == 0)
    func data(_ run: String) throws -> Data {
      let file = try Data(contentsOf: URL(filePath: program.path(run + "/checkpoints/latest")))
      return file.dropFirst(8 + file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) })
    }
    #expect(try data("killed") == data("run"))
    #expect(try program.names(in: "killed") == program.names(in: "run"))
  }

  @Test("a full disk ends a training with one line that names the checkpoint that is kept")
  func full() throws {
    var words = Executable.training
    words[words.count - 1] = "full"
    let outcome = try program.run(words + ["--quiet"], environment: ["ELBO_FAULT": "full:step-:2"])
    #expect(outcome.status == 1)
    #expect(
      outcome.messages == [
        "elbo: error: \(program.path("full"))/checkpoints/step-00000008.safetensors: cannot be written: "
          + "No space left on device; the checkpoint after step 4 is kept: 'elbo train --resume "
          + "\(program.path("full"))' goes on from there"
      ])
    #expect(try program.run("train", "--resume", "full", "--quiet").status == 0)
  }

  @Test("a time limit ends it with a checkpoint and success")
  func timeLimit() throws {
    var words = Executable.training
    words[words.count - 1] = "limited"
    words[words.firstIndex(of: "--epochs")! + 1] = "100000"
    let outcome = try program.run(words + ["--time-limit", "0.3s"])
    #expect(outcome.status == 0)
    #expect(outcome.messages.last?.hasPrefix("elbo: the time is up: checkpoint at ") == true)
  }
}
