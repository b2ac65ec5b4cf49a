import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.NPY
import struct Elbo.Picture
import struct Elbo.Safetensors

@Suite("explore and encode, as processes")
struct ExploreCommandTests {
  let program: Executable

  init() throws {
    program = try Executable()
    try program.writeSmallFiles()
    _ = try program.run(
      Executable.training + ["--labels", "train-labels.idx", "--test-labels", "test-labels.idx", "--quiet"])
  }

  private func explore(_ words: String...) throws -> (picture: Picture, arrays: [String: DataArray]) {
    let outcome = try program.run(
      ["explore", "run"] + words + ["--device", "cpu", "--output", "e.png", "--numbers", "e.safetensors"])
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.lines == ["e.png"])
    return (try Picture(png: program.path("e.png")), try Safetensors.read(program.path("e.safetensors")).tensors)
  }

  @Test("each kind gives a picture and the numbers behind it")
  func kinds() throws {
    // Eight pixels, eightfold, and gaps of two.
    let grid = try explore("traverse", "--count", "4", "--dimensions", "2,0")
    #expect((grid.picture.width, grid.picture.height) == (4 * 66 + 2 + 66, 4 * 66 + 2 + 3 * 22))
    #expect(grid.arrays["z"]?.shape == [16, 3])
    #expect(grid.arrays["dimensions"]?.elements(as: Int32.self) == [2, 0])
    let ways = try explore("interpolate", "--count", "3", "--along", "spherical")
    #expect((ways.picture.width, ways.picture.height) == (12 * 66 + 2, 3 * 66 + 2 + 2 * 22))
    #expect(ways.arrays["z"]?.shape == [30, 3])
    let sum = try explore("arithmetic", "--from", "0", "--to", "1", "--count", "2")
    #expect(sum.arrays["difference"]?.shape == [3])
    #expect(try explore("embedding").arrays["points"]?.shape == [20, 2])
  }

  @Test("analogies give the latent values of their rows")
  func analogies() throws {
    var words = Executable.training + ["--labels", "train-labels.idx", "--test-labels", "test-labels.idx", "--quiet"]
    words[words.firstIndex(of: "run")!] = "told"
    #expect(try program.run(words + ["--model", "cvae"]).status == 0)
    let outcome = try program.run(
      "explore", "told", "analogies", "--count", "4", "--device", "cpu", "--numbers", "a.safetensors")
    #expect(outcome.status == 0, "\(outcome.error)")
    let z = try #require(try Safetensors.read(program.path("a.safetensors")).tensors["z"])
    #expect(z.shape == [4, 3] && Set(z.elements(as: Float.self)).count == 12)
  }

  @Test("encode writes means, and log variances and labels beside them")
  func encode() throws {
    #expect(try program.run("encode", "run", "--device", "cpu").lines == ["codes.npy"])
    let means = try NPY.read(program.path("codes.npy"))
    #expect(means.shape == [20, 3])
    #expect(try program.run("encode", "run", "--device", "cpu", "--output", "c.safetensors").status == 0)
    let tensors = try Safetensors.read(program.path("c.safetensors")).tensors
    #expect(tensors["mean"] == means)
    #expect(tensors["logVariance"]?.shape == [20, 3])
    #expect(tensors["labels"]?.shape == [20])
  }
}
