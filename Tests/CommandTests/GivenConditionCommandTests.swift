import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.IDX
import enum Elbo.NPY

@Suite("Models that are told given numbers, as processes")
struct GivenConditionCommandTests {
  let program: Executable

  init() throws {
    program = try Executable()
    try program.writeSmallFiles()
    // Classes, as rows of 0 and 1.
    for name in ["train", "test"] {
      let labels = try IDX.read(program.path("\(name)-labels.idx")).bytes
      let rows = labels.flatMap { label in (0..<3).map { Float($0 == Int(label) ? 1 : 0) } }
      try NPY.write(DataArray(rows, shape: [labels.count, 3]), to: program.path("\(name)-rows.npy"))
    }
  }

  private static let files = ["--conditions", "train-rows.npy", "--test-conditions", "test-rows.npy"]

  private func train(_ more: [String]) throws -> Executable.Outcome {
    try program.run(Executable.training + ["--model", "cvae", "--quiet"] + more)
  }

  private func figures(_ run: String) throws -> [Double] {
    let text = try String(contentsOfFile: program.path("\(run)/metrics.jsonl"), encoding: .utf8)
    return try Executable.objects(text).flatMap { line in
      try ["elbo", "kl", "objective"].map { try #require(line[$0] as? Double) }
    }
  }

  @Test("rows of 0 and 1 for each class train as the classes do, and every verb takes the model")
  func training() throws {
    let labels = try train(["--labels", "train-labels.idx", "--test-labels", "test-labels.idx", "--output", "labels"])
    #expect(labels.status == 0, "\(labels.error)")
    let trained = try train(["--condition", "vector"] + Self.files)
    #expect(trained.status == 0, "\(trained.error)")
    #expect(try figures("run") == figures("labels"))

    func run(_ words: String...) throws -> [String: Any] { try run(words) }
    func run(_ words: [String]) throws -> [String: Any] {
      let outcome = try program.run(words + ["--device", "cpu", "--json"])
      #expect(outcome.status == 0, "\(outcome.error)")
      return try #require(try Executable.objects(outcome.output).first)
    }
    let evaluations = try [run("evaluate", "run"), run("evaluate", "labels")].map {
      try #require($0["logLikelihood"] as? Double)
    }
    #expect(evaluations[0] == evaluations[1])
    #expect(try run("encode", "run")["count"] as? Int == 20)
    #expect(try run("reconstruct", "run", "--count", "3")["count"] as? Int == 3)
    #expect(try run("impute", "run", "--count", "3")["hidden"] as? Int == 48)

    // The run's test data give the conditions, or a file does, of which the first class is the one of all.
    #expect(try run("sample", "run", "--count", "3", "--output", "own.npy")["count"] as? Int == 3)
    try NPY.write(DataArray([1, 0, 0] as [Float], shape: [1, 3]), to: program.path("first.npy"))
    let words = ["--mean", "--count", "4", "--output"]
    #expect(
      try program.run(["sample", "run", "--device", "cpu", "--conditions", "first.npy"] + words + ["told.npy"]).status
        == 0)
    #expect(
      try program.run(["sample", "labels", "--device", "cpu", "--label", "0"] + words + ["class.npy"]).status == 0)
    #expect(try NPY.read(program.path("told.npy")) == NPY.read(program.path("class.npy")))
    #expect(try run("sample", "run", "--conditions", "test-rows.npy", "--output", "all.npy")["count"] as? Int == 20)

    let refused = try program.run("sample", "labels", "--device", "cpu", "--conditions", "first.npy")
    #expect(refused.status == 2 && refused.error.contains("--conditions is of models that were trained by"))
    for words in [["impute", "run", "--data"], ["evaluate", "run", "--against"]] {
      let other = try program.run(words + ["test.idx", "--device", "cpu"])
      #expect(other.status == 1 && other.messages.count == 1, "\(other.error)")
      #expect(other.error.contains("test.idx: telling a model of given conditions other data is not supported"))
    }
    // Exported and imported with its conditions, it is the same model.
    #expect(try program.run("export", "run").status == 0)
    _ = try run(
      ["import", "model.safetensors", "--data", "train.idx", "--test", "test.idx", "--output", "again"] + Self.files)
    #expect(try run("evaluate", "again")["logLikelihood"] as? Double == evaluations[1])
    let finished = try program.run("train", "--resume", "run")
    #expect(finished.status == 0 && finished.error.contains("is finished"))

    try NPY.write(DataArray([Float](repeating: 0, count: 60), shape: [20, 3]), to: program.path("test-rows.npy"))
    let changed = try program.run("evaluate", "run", "--device", "cpu")
    #expect(changed.status == 1 && changed.error.contains("test-rows.npy is not what the run was made with"))
    try NPY.write(DataArray([Float](repeating: 0, count: 180), shape: [60, 3]), to: program.path("train-rows.npy"))
    let drawn = try program.run("sample", "run", "--device", "cpu", "--conditions", "first.npy")
    #expect(drawn.status == 1 && drawn.error.contains("train-rows.npy is not what the run was made with"))
  }

  @Test("what does not fit is refused in one line")
  func refusals() throws {
    func refusal(_ status: Int32, _ words: [String]) throws -> String {
      let outcome = try train(words)
      #expect(outcome.status == status && outcome.messages.count == 1, "\(outcome.error)")
      return outcome.error
    }
    #expect(
      try refusal(2, ["--condition", "vector"])
        == "elbo: error: --condition vector is read from the file that --conditions names\n")
    #expect(
      try refusal(2, Self.files) == "elbo: error: --conditions is of --model cvae --condition vector\n")
    let vector = ["--condition", "vector", "--conditions"]
    #expect(
      try refusal(1, vector + ["train-rows.npy"]).contains("conditions of the data to test with: not found; expected"))
    #expect(
      try refusal(1, vector + ["test-rows.npy", "--test-conditions", "test-rows.npy"])
        .contains("test-rows.npy: 20 conditions; train.idx has 60 data"))
    try NPY.write(DataArray([Float](repeating: 0, count: 40), shape: [20, 2]), to: program.path("narrow.npy"))
    #expect(
      try refusal(1, vector + ["train-rows.npy", "--test-conditions", "narrow.npy"])
        .contains("narrow.npy: conditions of shape [2]; train-rows.npy has [3]"))
    try NPY.write(DataArray([Float](repeating: .nan, count: 60), shape: [60, 1]), to: program.path("gaps.npy"))
    #expect(
      try refusal(1, vector + ["gaps.npy", "--test-conditions", "gaps.npy"])
        .contains("gaps.npy: a missing number in row 0; expected all numbers of a condition"))
  }
}
