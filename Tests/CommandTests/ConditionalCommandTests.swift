import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.NPY
import struct Elbo.Picture

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
    // Originals, what is left of them, and what was made of it.
    let picture = try Picture(png: program.path("i.png"))
    #expect((picture.width, picture.height) == (5 * 66 + 2 + 114, 3 * 66 + 2))
  }

  @Test("an inpainting model is shown part of the picture")
  func inpainting() throws {
    #expect(try train("--model", "cvae", "--condition", "2-quadrants").status == 0)
    #expect(try object("evaluate", "run")["elbo"] is Double)
    #expect(try program.run(["reconstruct", "run", "--device", "cpu", "--count", "3"]).status == 0)
    let refused = try program.run(["sample", "run", "--device", "cpu"])
    #expect(refused.status == 1 && refused.error.contains("shown part of a picture"))
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
