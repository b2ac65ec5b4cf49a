import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.IDX
import enum Elbo.NPY
import struct Elbo.Picture
import struct Elbo.Safetensors

@Suite("Conditional models, as processes")
struct ConditionalCommandTests {
  let program: Executable

  init() throws {
    program = try Executable()
    try program.writeSmallFiles()
  }

  private func train(_ more: String...) throws -> Executable.Outcome {
    try program.run(
      Executable.training + ["--labels", "train-labels.idx", "--test-labels", "test-labels.idx", "--quiet"] + more)
  }

  private func object(_ words: String...) throws -> [String: Any] {
    let outcome = try program.run(words + ["--device", "cpu", "--json"])
    #expect(outcome.status == 0, "\(outcome.error)")
    return try #require(try Executable.objects(outcome.output).first)
  }

  @Test("a cvae trains on labels, classifies, draws by class and holds the latent value")
  func cvae() throws {
    #expect(try train("--model", "cvae", "--prior", "conditional").status == 0)
    let found = try object("classify", "run", "--samples", "3")
    #expect(
      Set(found.keys) == ["errorRate", "elboErrorRate", "logLikelihood", "count", "samples", "confusion"])
    let confusion = try #require(found["confusion"] as? [[Int]])
    #expect(confusion.flatMap { $0 }.reduce(0, +) == 20)
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    #expect(abs(try #require(found["errorRate"] as? Double) - (1 - Double(right) / 20)) < 1e-12)

    #expect(try object("evaluate", "run")["count"] as? Int == 20)
    let text = try program.run("evaluate", "run", "--device", "cpu").output
    #expect(text.contains("log p(x|y)") && !text.contains("log p(x) "))
    // Each chain begins at the prior of its datum's class.
    let annealed = try object("evaluate", "run", "--samples", "500", "--ais", "5", "--ais-temperatures", "60")
    let figures = try #require(annealed["annealed"] as? [String: Any])
    let pair = try ["logLikelihood", "importanceSampled"].map { try #require(figures[$0] as? Double) }
    #expect(abs(pair[0] - pair[1]) < 4 * (try #require(figures["chainError"] as? Double)) + 0.1, "\(figures)")
    #expect(try object("sample", "run", "--count", "4", "--label", "1", "--output", "s.npy")["count"] as? Int == 4)
    #expect(try NPY.read(program.path("s.npy")).shape == [4, 8, 8])
    let refused = try program.run(["sample", "run", "--device", "cpu", "--label", "99"])
    #expect(refused.status == 2 && refused.error.contains("--label takes an integer from 0 to "))
    _ = try object("explore", "run", "analogies", "--count", "2", "--output", "a.png")
    // One column for each class, one row for each latent value; eight pixels, eightfold, and gaps of two.
    let picture = try Picture(png: program.path("a.png"))
    #expect(
      (picture.width - 2) / 66 == confusion.count && picture.height > 2 * 66 + 2
        && (picture.height - 2 * 66 - 2) % 22 == 0)
  }

  @Test("an m2 trains on few labels and classifies by what it learned")
  func m2() throws {
    #expect(try train("--model", "m2", "--labeled", "9").status == 0)
    let found = try object("classify", "run")
    #expect(found["samples"] as? Int == 0 && found["count"] as? Int == 20 && found["elboErrorRate"] == nil)
    let configuration = try String(contentsOfFile: program.path("run/config.json"), encoding: .utf8)
    let settings = try #require(try Executable.objects(configuration.replacing("\n", with: "")).first)
    #expect(abs(try #require(settings["classifierWeight"] as? Double) - 0.1 * 60 / 9) < 1e-12)
    let text = try program.run("evaluate", "run", "--device", "cpu").output
    #expect(text.contains("of log p(x|y); that of training is of log p(x, y)"))
    #expect(text.contains("log p(x|y)   "))

    let few = try train("--model", "m2", "--labeled", "2", "--output", "few")
    #expect(few.status == 2 && few.messages.count == 1)
    #expect(few.error.hasPrefix("elbo: error: --labeled 2 leaves some of the 3 classes of train.idx without a label"))
  }

  @Test("labels that are missing in the data are those that are hidden in others")
  func missingLabels() throws {
    let hidden = try train("--model", "m2", "--labeled", "9")
    #expect(hidden.status == 0, "\(hidden.error)")
    let labels = try IDX.read(program.path("train-labels.idx")).bytes
    var left = [3, 3, 3]
    let few = labels.map { label -> Int32 in
      left[Int(label)] -= 1
      return left[Int(label)] >= 0 ? Int32(label) : -1
    }
    try IDX.write(DataArray(few), to: program.path("few.idx"))
    let tested = try IDX.read(program.path("test-labels.idx")).bytes
    try IDX.write(DataArray(tested.enumerated().map { $0 < 5 ? -1 : Int32($1) }), to: program.path("some.idx"))
    let files = ["--labels", "few.idx", "--test-labels", "test-labels.idx"]
    let missing = try program.run(Executable.training + files + ["--model", "m2", "--output", "missing"])
    #expect(missing.status == 0, "\(missing.error)")
    #expect(missing.error.contains("labels: 3 classes, of 9 of 60 data; the others have none"))
    // The last figures, but for those of the clock.
    func figures(_ run: String) throws -> [Double] {
      let text = try String(contentsOfFile: program.path("\(run)/metrics.jsonl"), encoding: .utf8)
      return try Executable.objects(text).flatMap { line in
        try ["elbo", "kl", "objective"].map { try #require(line[$0] as? Double) }
      }
    }
    #expect(try figures("missing") == figures("run"))
    // More than are there, of any class, changes nothing.
    let more = try program.run(
      Executable.training + files + ["--model", "m2", "--labeled", "50", "--output", "more"])
    #expect(try more.status == 0 && figures("more") == figures("run"))
    func refusal(_ words: String...) throws -> String {
      let outcome = try program.run(Executable.training + ["--model", "m2", "--output", "none"] + words)
      #expect(outcome.status == 2 && outcome.messages.count == 1, "\(outcome.error)")
      return outcome.error
    }
    #expect(
      try refusal("--labels", "train-labels.idx", "--test-labels", "test-labels.idx", "--labeled-share", "0.5")
        .contains("--labeled-share is of data that lack labels, and all of train.idx have one; give --labeled"))
    try IDX.write(DataArray(few.map { $0 == 1 ? -1 : $0 }), to: program.path("gap.idx"))
    #expect(
      try refusal("--labels", "gap.idx", "--test-labels", "test-labels.idx")
        .contains("m2 learns each class from labels, and none of class 1 is left to learn from in train.idx"))

    let some = try program.run(
      Executable.training + ["--labels", "few.idx", "--test-labels", "some.idx", "--model", "m2", "--output", "some"])
    #expect(some.status == 0, "\(some.error)")
    let found = try program.run("classify", "some", "--device", "cpu")
    #expect(found.output.contains(" of 15\n") && found.error.contains("5 of 20 data have no label"))
    let imputed = try object("impute", "some", "--output", "filled.npy")
    #expect(imputed["unlabeled"] as? Int == 5 && imputed["count"] as? Int == 15)
    #expect(try program.run("reconstruct", "some", "--device", "cpu").status == 0)
    let refused = try program.run(Executable.training + files + ["--model", "cvae", "--output", "other"])
    #expect(refused.status == 2 && refused.error.contains("51 of 60 are missing in train.idx; --model m2 learns"))
  }

  @Test("a posterior that is refined is refined in each round by itself", .timeLimit(.minutes(2)))
  func imputeByTable() throws {
    #expect(try train("--amortization", "table").status == 0)
    #expect(try object("impute", "run", "--count", "3")["hidden"] as? Int == 3 * 16)
  }

  @Test("impute hides by quadrant, fraction or mask, and leaves the rest alone")
  func impute() throws {
    #expect(try train().status == 0)
    func hidden(_ words: String...) throws -> Int {
      let outcome = try program.run(["impute", "run", "--device", "cpu", "--json", "--count", "5"] + words)
      #expect(outcome.status == 0, "\(outcome.error)")
      return try #require(try Executable.objects(outcome.output).first?["hidden"] as? Int)
    }
    #expect(try hidden() == 5 * 16)
    #expect(try hidden("--quadrant", "lower-left") == 5 * 16)
    let share = try hidden("--fraction", "0.5", "--output", "i.png")
    #expect(share > 120 && share < 200)
    let mask = (0..<64).map { UInt8($0 < 3 ? 0 : 1) }
    try NPY.write(DataArray(mask, shape: [8, 8]), to: program.path("mask.npy"))
    #expect(try hidden("--mask", "mask.npy") == 15)
    func refusal(_ status: Int32, _ words: String...) throws -> String {
      let outcome = try program.run(["impute", "run", "--device", "cpu"] + words)
      #expect(outcome.status == status && outcome.messages.count == 1, "\(outcome.error)")
      return outcome.error
    }
    // What is read is not replaced, by whatever name.
    try NPY.write(IDX.read(program.path("test.idx")), to: program.path("more.npy"))
    let bytes = try Data(contentsOf: URL(filePath: program.path("more.npy")))
    try FileManager.default.createSymbolicLink(
      atPath: program.path("link.npy"), withDestinationPath: program.path("more.npy"))
    let replaced = " would replace a file that is read; name another"
    #expect(
      try refusal(2, "--data", "more.npy", "--output", "link.npy") == "elbo: error: --output link.npy\(replaced)\n")
    #expect(try refusal(2, "--mask", "mask.npy", "--output", "mask.npy").contains(replaced))
    #expect(try Data(contentsOf: URL(filePath: program.path("more.npy"))) == bytes)
    #expect(try refusal(1, "--output", "all.csv").contains("all.csv: a CSV file of data without columns"))
    // Originals, what is left of them, and what was made of it.
    let picture = try Picture(png: program.path("i.png"))
    #expect((picture.width, picture.height) == (5 * 66 + 2 + 114, 3 * 66 + 2))
  }

  @Test("impute writes data with what is missing filled in, of tables too")
  func imputeTables() throws {
    let rows = (0..<20).map { row in
      "\(row),\(row % 3 == 0 ? "" : "\(40 - 2 * row)"),\(row % 5 == 0 ? "" : ["red", "blue"][row % 2])"
    }
    try Data("x,y,kind\n\(rows.joined(separator: "\n"))\n".utf8).write(to: URL(filePath: program.path("t.csv")))
    let words = ["train", "t.csv", "--label-column", "kind", "--epochs", "2", "--hidden", "4", "--latent", "1"]
    #expect(try program.run(words + ["--device", "cpu", "--quiet", "--output", "run"]).status == 0)
    let found = try object("impute", "run", "--output", "filled.csv")
    #expect(found["missing"] as? Int == 7 && found["hidden"] as? Int == 0 && found["count"] as? Int == 20)
    let lines = try String(contentsOfFile: program.path("filled.csv"), encoding: .utf8).split(separator: "\n")
    #expect(lines[0] == "x,y,kind" && lines.count == 21)
    for (row, line) in lines.dropFirst().enumerated() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(cells[0] == "\(row)" && cells[2] == (row % 5 == 0 ? "" : ["red", "blue"][row % 2]))
      #expect(row % 3 == 0 ? Double(cells[1])?.isFinite == true : cells[1] == "\(40 - 2 * row)")
    }
    // Other data, some more of which are hidden, as an array.
    try Data("x,y,kind\n3,,red\n4,32,blue\n".utf8).write(to: URL(filePath: program.path("u.csv")))
    let other = try object("impute", "run", "--data", "u.csv", "--fraction", "0.5", "--output", "filled.npy")
    #expect(other["missing"] as? Int == 1 && other["count"] as? Int == 2)
    #expect(try NPY.read(program.path("filled.npy")).shape == [2, 2])
    func refusal(_ words: String...) throws -> Executable.Outcome {
      try program.run(["impute", "run", "--device", "cpu"] + words)
    }
    #expect(try refusal("--output", "a.png").error.contains("a picture of a table is not supported; --output NAME.csv"))
    #expect(try refusal("--output", "a.csv", "--quadrant", "upper-left").status == 2)
    #expect(try refusal("--output", "a.txt").status == 2)
  }

  @Test("other data have the classes of the run's, by their names or numbers")
  func otherClasses() throws {
    let (pictures, labels) = try (IDX.read(program.path("train.idx")), IDX.read(program.path("train-labels.idx")).bytes)
    for folder in ["own", "other"] {
      for (name, label) in [("a", 0), ("b", 1), ("c", 2)] where folder == "own" || name != "a" {
        let path = program.path("\(folder)/\(name)")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for row in labels.indices.filter({ labels[$0] == label }).prefix(4) {
          try Picture(height: 8, width: 8, channels: 1, pixels: pictures[row..<row + 1].bytes)
            .writePNG(to: "\(path)/\(row).png")
        }
      }
    }
    let words = ["--device", "cpu", "--hidden", "4", "--latent", "2", "--epochs", "1", "--quiet", "--output", "run"]
    #expect(try program.run(["train", "own", "--model", "cvae"] + words).status == 0)
    let data = ["impute", "run", "--device", "cpu", "--output", "filled.safetensors", "--data"]
    let other = try program.run(data + ["other"])
    #expect(other.status == 0, "\(other.error)")
    let written = try #require(try Safetensors.read(program.path("filled.safetensors")).tensors["labels"])
    #expect(written.elements(as: Int32.self) == [1, 2, 1, 2, 1, 2, 1, 2])
    try FileManager.default.moveItem(atPath: program.path("other/b"), toPath: program.path("other/d"))
    let unknown = try program.run(data + ["other"])
    #expect(unknown.status == 1 && unknown.error.contains("a class that the data to learn from lack; expected one of"))
    // Of drawn sprites, which are no files beside which others could lie.
    let large = try program.run(data + ["sprites"])
    #expect(large.status == 1 && large.messages.count == 1, "\(large.error)")
  }

  @Test("an inpainting model is shown part of the picture")
  func inpainting() throws {
    #expect(try train("--model", "cvae", "--condition", "2-quadrants").status == 0)
    #expect(try object("evaluate", "run")["elbo"] is Double)
    #expect(try program.run(["reconstruct", "run", "--device", "cpu", "--count", "3"]).status == 0)
    let refused = try program.run(["sample", "run", "--device", "cpu"])
    #expect(refused.status == 1 && refused.error.contains("shown part of a picture"))
    #expect(try program.run("evaluate", "run", "--device", "cpu").output.contains("log p(hidden|shown)"))
    // The left half is shown, and stays so.
    #expect(try object("impute", "run", "--count", "5")["hidden"] as? Int == 5 * 16)
    let share = try #require(try object("impute", "run", "--count", "5", "--fraction", "0.5")["hidden"] as? Int)
    #expect(share > 40 && share < 120)
    let shown = try program.run(["impute", "run", "--device", "cpu", "--quadrant", "lower-left"])
    #expect(shown.status == 1 && shown.error.contains("hiding no pixel but those that the model is shown"))
    let file = try program.run(
      ["impute", "run", "--device", "cpu", "--quadrant", "lower-left", "--output", "filled.npy"])
    #expect(file.status == 1 && file.error == shown.error)
    try NPY.write(
      DataArray([.nan] + [Float](repeating: 0.5, count: 127), shape: [2, 8, 8]), to: program.path("gaps.npy"))
    let gaps = try program.run(["impute", "run", "--device", "cpu", "--data", "gaps.npy", "--output", "filled.npy"])
    #expect(gaps.status == 1 && gaps.error.contains("numbers are missing in gaps.npy, and a model that is shown part"))
    let table = try program.run(["train", "iris", "--model", "cvae", "--condition", "1-quadrant", "--output", "iris"])
    #expect(table.status == 2 && table.messages.count == 1)
    #expect(table.error.contains("--condition 1-quadrant shows a part of pictures, and the data are a table"))
  }

  @Test("--list tells each word in a line")
  func list() throws {
    let outcome = try program.run(["train", "--list"])
    #expect(outcome.status == 0 && outcome.error == "")
    #expect(outcome.lines.contains { $0.hasPrefix("--likelihood student-t ") })
    #expect(outcome.lines.allSatisfy { $0.hasPrefix("--") && $0.count <= 120 })
    let json = try program.run(["train", "--list", "--json"])
    #expect(json.output.hasPrefix("[{"))
  }
}
