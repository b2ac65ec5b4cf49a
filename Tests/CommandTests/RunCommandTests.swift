import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.IDX
import enum Elbo.NPY
import struct Elbo.Picture
import struct Elbo.Safetensors

@Suite("The verbs on a run, as processes")
struct RunCommandTests {
  let program: Executable

  init() throws {
    program = try .withRun()
    // Nothing like the sprites: every pixel by itself.
    let pixels = (0..<9 * 64).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    try IDX.write(DataArray(pixels, shape: [9, 8, 8]), to: program.path("noise.idx"))
  }

  private func lastTest() throws -> [String: Any] {
    let text = try String(contentsOfFile: program.path("run/metrics.jsonl"), encoding: .utf8)
    return try #require(try Executable.objects(text).last)
  }

  @Test("evaluate gives the figures that training ended with, and keeps them")
  func evaluate() throws {
    let outcome = try program.run("evaluate", "run", "--device", "cpu", "--json")
    #expect(outcome.status == 0)
    let result = try #require(try Executable.objects(outcome.output).first)
    #expect(
      Set(result.keys) == [
        "split", "count", "elbo", "reconstruction", "kl", "logLikelihood", "logLikelihoodStandardError",
        "bitsPerDimension", "samples", "activeUnits", "latentSize", "klPerDimension", "mutualInformation",
      ])
    #expect(result["split"] as? String == "test")
    #expect(result["count"] as? Int == 20)
    let (found, expected) = (try #require(result["elbo"] as? Double), try #require(lastTest()["elbo"] as? Double))
    #expect(abs(found - expected) < 1e-6 * abs(expected))
    let kept = try String(contentsOfFile: program.path("run/results.json"), encoding: .utf8).replacing("\n", with: "")
    #expect(try Executable.objects(kept).first?["elbo"] as? Double == found)

    let train = try program.run("evaluate", "run", "--device", "cpu", "--split", "train")
    #expect(train.lines.first?.hasSuffix("/train.idx, train split, 60 data, after step 8; nats per datum") == true)
  }

  @Test("the draws that were saved give the same figures")
  func noise() throws {
    let first = try program.run("evaluate", "run", "--device", "cpu", "--json", "--seed", "7", "--save-noise", "e.npy")
    #expect(try NPY.read(program.path("e.npy")).shape == [20, 1, 3])
    let again = try program.run("evaluate", "run", "--device", "cpu", "--json", "--noise", "e.npy")
    #expect(again.output == first.output)
    let other = try program.run("evaluate", "run", "--device", "cpu", "--json")
    #expect(other.output != first.output)
  }

  @Test("several runs are set side by side, and other data told apart by log p(x)")
  func comparison() throws {
    let words = ["evaluate", "run", "run/../run", "--device", "cpu", "--samples", "20"]
    let table = try program.run(words)
    #expect(table.status == 0, "\(table.error)")
    #expect(table.lines.count == 3)
    #expect(table.lines[0].split(separator: " ").first == "run" && table.lines[1].hasPrefix("run "))
    let lines = try Executable.objects(program.run(words + ["--json"]).output)
    #expect(lines.map { $0["run"] as? String } == ["run", "run/../run"])
    #expect(lines[0]["logLikelihood"] as? Double == lines[1]["logLikelihood"] as? Double)

    let apart = try program.run(
      "evaluate", "run", "--device", "cpu", "--samples", "20", "--against", "noise.idx", "--json")
    let against = try #require(try Executable.objects(apart.output).first?["against"] as? [String: Any])
    #expect(against["count"] as? Int == 9)
    #expect((0.5...1).contains(try #require(against["auroc"] as? Double)))
  }

  @Test("evaluate anneals on some of the data, and says so")
  func annealing() throws {
    let words = ["evaluate", "run", "--device", "cpu", "--samples", "500"]
    let annealing = ["--ais", "6", "--ais-temperatures", "40", "--ais-count", "5"]
    let outcome = try program.run(words + annealing + ["--json"])
    #expect(outcome.status == 0, "\(outcome.error)")
    let found = try #require(try Executable.objects(outcome.output).first?["annealed"] as? [String: Any])
    #expect(found["count"] as? Int == 5 && found["chains"] as? Int == 6 && found["temperatures"] as? Int == 40)
    let pair = try ["logLikelihood", "importanceSampled"].map { try #require(found[$0] as? Double) }
    #expect(abs(pair[0] - pair[1]) < 4 * (try #require(found["chainError"] as? Double)) + 0.1, "\(pair)")
    let lines = try program.run(words + annealing).lines
    #expect(lines.contains { $0.hasPrefix("log p(x), annealed") } && lines.contains { $0.hasPrefix("annealing") })
    for wrong in [["--ais", "1"], ["--ais", "65537"], ["--ais", "2", "--ais-temperatures", "1000001"]] {
      #expect(try program.run(words + wrong).status == 2)
    }
    let one = try program.run(words + ["--ais", "6", "--ais-temperatures", "10", "--ais-count", "1"]).lines
    #expect(one.contains { $0.contains("± unknown on 1 data") }, "\(one)")
    let lost = try program.run(words + ["--ais-count", "5"])
    #expect(lost.status == 2 && lost.error.contains("--ais-count is of --ais"))
  }

  @Test("evaluate draws the divergence by dimension of runs side by side")
  func divergencePicture() throws {
    let words = ["evaluate", "run", "run/../run", "--device", "cpu", "--picture"]
    #expect(try program.run(words + ["kl.png"]).status == 0)
    let picture = try Picture(png: program.path("kl.png"))
    #expect(picture.channels == 3)
    // A panel of each run, in a colour of its own.
    let colors = Set(stride(from: 0, to: picture.pixels.count, by: 3).map { Array(picture.pixels[$0..<$0 + 3]) })
    #expect(colors.isSuperset(of: [[31, 119, 180], [255, 127, 14]]))
    #expect(try program.run(words + ["kl.jpg"]).status == 2)
  }

  @Test("sample writes a grid or numbers, by the name of the file")
  func sample() throws {
    let words = ["sample", "run", "--device", "cpu", "--count", "5"]
    #expect(try program.run(words).lines == ["samples.png"])
    #expect(try Picture(png: program.path("samples.png")).channels == 1)
    #expect(try program.run(words + ["--mean", "--output", "s.npy"]).status == 0)
    let means = try NPY.read(program.path("s.npy"))
    #expect(means.shape == [5, 8, 8])
    #expect(means.elements(as: Float.self).contains { $0 > 0 && $0 < 1 })
    let drawn = try program.run(words + ["--output", "s.safetensors", "--json"])
    #expect(drawn.output == "{\"count\":5,\"output\":\"s.safetensors\"}\n")
    let bits = try #require(try Safetensors.read(program.path("s.safetensors")).tensors["samples"])
    #expect(bits.elements(as: Float.self).allSatisfy { $0 == 0 || $0 == 1 })
  }

  @Test("reconstruct writes originals above reconstructions")
  func reconstruct() throws {
    #expect(try program.run("reconstruct", "run", "--device", "cpu", "--count", "3", "--output", "r.png").status == 0)
    let picture = try Picture(png: program.path("r.png"))
    // Eight pixels, eightfold, and gaps of two.
    #expect((picture.width, picture.height) == (3 * 66 + 2, 2 * 66 + 2))
  }

  @Test("devices lists what the others take")
  func devices() throws {
    let result = try #require(try Executable.objects(program.run("devices", "--json").output).first)
    let devices = try #require(result["devices"] as? [[String: Any]])
    #expect(devices.first?["id"] as? String == "cpu")
    for device in devices {
      #expect(
        Set(device.keys) == ["id", "name", "kind", "vendor", "driver", "memory", "computeUnits", "float64"])
    }
    #expect(result["missing"] is [[String: Any]])
    #expect(try program.run("devices").output.hasPrefix("cpu "))
  }

  @Test("auto says in one line that it fell back, where it did")
  func fallback() throws {
    let outcome = try program.run("evaluate", "run")
    #expect(outcome.status == 0)
    #expect(outcome.error == "" || outcome.messages.count == 1 && outcome.error.hasSuffix("so this runs on cpu\n"))
  }
}
