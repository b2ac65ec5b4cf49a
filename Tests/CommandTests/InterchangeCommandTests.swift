import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.NPY
import struct Elbo.Safetensors

@Suite("Export and import, as processes")
struct InterchangeCommandTests {
  let program: Executable

  init() throws { program = try .withRun() }

  private func elbo(_ run: String) throws -> Double {
    let outcome = try program.run(
      "evaluate", run, "--device", "cpu", "--json", "--samples", "1", "--seed", "7")
    return try #require(try Executable.objects(outcome.output).first?["elbo"] as? Double)
  }

  @Test("what is exported is imported to the same figures, by either format", arguments: ["safetensors", "npz"])
  func roundTrip(format: String) throws {
    let written = try program.run("export", "run", "--format", format)
    #expect(written.status == 0)
    #expect(written.lines == ["model.\(format)", "load_elbo.py"])
    let made = try program.run(
      "import", "model.\(format)", "--data", "train.idx", "--test", "test.idx", "--device", "cpu", "--output", "again",
      "--json")
    #expect(made.status == 0, "\(made.error)")
    let result = try #require(try Executable.objects(made.output).first)
    #expect(result["parameters"] as? Int == 64 * 16 + 16 + 2 * (16 * 3 + 3) + 3 * 16 + 16 + 16 * 64 + 64)
    #expect(try elbo("again") == elbo("run"))
  }

  @Test("a name that nearly is a parameter's is hinted at")
  func hint() throws {
    _ = try program.run("export", "run")
    try Data(#"{"encoder.mean": "encoder.maen"}"#.utf8).write(to: program.folder.appending(path: "map.json"))
    let outcome = try program.run(
      "import", "model.safetensors", "--names", "map.json", "--data", "train.idx", "--device", "cpu")
    #expect(outcome.status == 1)
    #expect(outcome.messages.last?.hasSuffix("did you mean 'encoder.mean.bias'?") == true, "\(outcome.error)")
  }

  @Test("latent values from a file are decoded as they are")
  func latent() throws {
    let z = DataArray([0, 0, 0, 1, -1, 0.5] as [Float], shape: [2, 3])
    try NPY.write(z, to: program.path("z.npy"))
    func means() throws -> DataArray {
      let outcome = try program.run(
        "sample", "run", "--latent", "z.npy", "--mean", "--device", "cpu", "--output", "x.npy", "--json")
      #expect(try Executable.objects(outcome.output).first?["count"] as? Int == 2)
      return try NPY.read(program.path("x.npy"))
    }
    let first = try means()
    #expect(first.shape == [2, 8, 8])
    #expect(first[0..<1] != first[1..<2])
    #expect(try means() == first)
    try NPY.write(DataArray([0, 0, 0, 1, .nan, 0.5] as [Float], shape: [2, 3]), to: program.path("z.npy"))
    let outcome = try program.run("sample", "run", "--latent", "z.npy", "--device", "cpu")
    #expect(outcome.status == 1 && outcome.error.contains("no finite number in row 1"), "\(outcome.error)")
  }

  @Test("an ONNX model of each part is written")
  func onnx() throws {
    for part in ["encoder", "decoder", "all"] {
      let outcome = try program.run("export", "run", "--part", part, "--output", "\(part).onnx")
      #expect(outcome.status == 0)
      #expect(outcome.lines == ["\(part).onnx"])
    }
  }
}
