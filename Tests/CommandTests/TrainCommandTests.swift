import Foundation
import Testing

@Suite("elbo train, as a process")
struct TrainCommandTests {
  let program: Executable

  init() throws {
    program = try Executable()
    try program.writeSmallFiles()
  }

  private func train(_ more: String..., environment: [String: String] = [:]) throws -> Executable.Outcome {
    try program.run(Executable.training + more, environment: environment)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: program.path(name), encoding: .utf8)
  }

  @Test("it leaves a run folder and says where; messages are on standard error")
  func run() throws {
    let outcome = try train()
    #expect(outcome.status == 0)
    #expect(outcome.lines.count == 4)
    #expect(outcome.lines[0].hasPrefix("epoch 1  train elbo -"))
    #expect(outcome.lines[1].contains("  test elbo -"))
    #expect(outcome.lines[2] == "run: \(program.path("run"))")
    #expect(outcome.messages.contains("elbo: data: train.idx, 60 of 8 x 8 to learn from, 20 to test with"))
    #expect(outcome.messages.contains { $0.hasPrefix("elbo: model: vae, mlp 64-16-3, ") })
    #expect(!outcome.error.contains("\u{1B}"))

    #expect(
      try program.names(in: "run") == [
        "checkpoints", "checkpoints/best", "checkpoints/latest", "checkpoints/step-00000004.safetensors",
        "checkpoints/step-00000008.safetensors", "config.json", "events", "images",
        "images/reconstructions-epoch-1.png", "images/reconstructions.png", "images/samples-epoch-1.png",
        "images/samples.png", "metrics.jsonl", "report.html",
      ])
    let configuration = try #require(try Executable.objects(text("run/config.json").replacing("\n", with: "")).first)
    #expect(configuration["data"] as? String == program.path("train.idx"))
    #expect((configuration["fingerprints"] as? [[String: Any]])?.count == 2)
  }

  @Test("--json streams the lines of metrics.jsonl, --quiet leaves standard error empty")
  func json() throws {
    let outcome = try train("--json", "--quiet")
    #expect(outcome.status == 0)
    #expect(outcome.error == "")
    #expect(try outcome.output == text("run/metrics.jsonl"))
    let lines = try Executable.objects(outcome.output)
    #expect(lines.map { $0["split"] as? String } == ["train", "test", "train", "test"])
    #expect(
      Set(lines[0].keys) == [
        "step", "epoch", "split", "elbo", "reconstruction", "kl", "objective", "beta", "learningRate", "gradientNorm",
        "imagesPerSecond", "stepsPerSecond", "seconds",
      ])
  }

  @Test("the same seed gives the same bytes, with any number of threads")
  func determinism() throws {
    var checkpoints: [Data] = []
    for threads in ["1", "2", "3"] {
      try? FileManager.default.removeItem(atPath: program.path("run"))
      #expect(try train("--quiet", environment: ["ELBO_THREADS": threads]).status == 0)
      let file = try Data(contentsOf: URL(filePath: program.path("run/checkpoints/latest")))
      // The header has the seconds; the data section is all that follows it.
      let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      checkpoints.append(file.dropFirst(8 + length))
    }
    #expect(checkpoints[0].count > 4 * 64 * 16)
    #expect(checkpoints[0] == checkpoints[1] && checkpoints[1] == checkpoints[2])
  }

  @Test("settings come from a configuration, then --set, then options")
  func settings() throws {
    _ = try train("--quiet", "--set", "beta=0.5", "--set", "latent=9", "--likelihood", "gaussian")
    let again = try program.run(
      ["train", "--config", "run/config.json", "--set", "latent=2", "--epochs", "1", "--output", "other", "--quiet"])
    #expect(again.status == 0, "\(again.error)")
    let configuration = try #require(try Executable.objects(text("other/config.json").replacing("\n", with: "")).first)
    #expect(configuration["latent"] as? Int == 2)
    #expect(configuration["beta"] as? Double == 0.5)
    #expect(configuration["likelihood"] as? String == "gaussian")
    #expect(configuration["hidden"] as? [Int] == [16])
    #expect(configuration["epochs"] as? Int == 1)
    #expect(configuration["data"] as? String == program.path("train.idx"))
  }

  @Test("without --output the run is named after the data and the time")
  func defaultOutput() throws {
    let outcome = try program.run(["train", "train.idx", "--device=cpu", "--steps=1", "--hidden=4", "--latent=2"])
    #expect(outcome.status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: program.path("runs"))
    #expect(names.count == 1)
    #expect(names[0].wholeMatch(of: /train-\d{4}-\d{2}-\d{2}-\d{6}/) != nil)
  }

  @Test("a signal stops it with a checkpoint, from which it goes on", arguments: [SIGINT, SIGTERM])
  func interruption(signal: Int32) throws {
    let status = 128 + signal
    var words = Executable.training
    words[words.firstIndex(of: "--epochs")! + 1] = "100000"
    var seen = 0
    let stopped = try program.run(words) { process, line in
      seen += 1
      if seen == 3 { kill(process.processIdentifier, signal) }
    }
    #expect(stopped.status == status)
    let message = try #require(stopped.messages.last)
    #expect(message.hasPrefix("elbo: interrupted: checkpoint at \(program.path("run/checkpoints/step-"))"))

    let lines = try text("run/metrics.jsonl").split(separator: "\n").count
    var goingOn = 0
    let again = try program.run(["train", "--resume", "run"]) { process, _ in
      goingOn += 1
      if goingOn == 2 { kill(process.processIdentifier, signal) }
    }
    #expect(again.status == status)
    #expect(again.error.contains("elbo: going on after step "))
    #expect(try text("run/metrics.jsonl").split(separator: "\n").count > lines)
  }

  @Test("resuming a finished run says so and succeeds")
  func finished() throws {
    _ = try train("--quiet")
    let before = try text("run/metrics.jsonl")
    let again = try program.run("train", "--resume", "run")
    #expect(again.status == 0)
    #expect(again.error == "elbo: \(program.path("run")) is finished: 8 steps of 8 are done\n")
    #expect(try text("run/metrics.jsonl") == before)
  }
}
