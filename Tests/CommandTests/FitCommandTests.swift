import Foundation
import Testing

import struct Elbo.FitResults
import struct Elbo.Picture
import struct Elbo.Safetensors

@Suite("fit and verify, as processes")
struct FitCommandTests {
  let program: Executable

  init() throws { program = try Executable() }

  private func results(_ folder: String) throws -> FitResults {
    try JSONDecoder().decode(
      FitResults.self, from: Data(contentsOf: URL(filePath: program.path(folder + "/results.json"))))
  }

  @Test("a mixture leaves a run folder with all that is promised")
  func mixture() throws {
    let outcome = try program.run(
      "fit", "gmm", "geyser", "--output", "run", "--tolerance", "1e-9", "--regularization", "0")
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.lines.contains { $0.hasPrefix("log p(X)") && $0.hasSuffix("-1130.26396") })
    let found = try results("run")
    #expect(abs(try #require(found.logLikelihood) + 1130.2640) < 1e-4 && found.converged && found.parameters == 11)
    let arrays = try Safetensors.read(program.path("run/model.safetensors")).tensors
    #expect(arrays["covariances"]?.shape == [2, 2, 2] && arrays["responsibilities"]?.shape == [272, 2])
    for name in ["mixture", "bound"] { #expect(try Picture(png: program.path("run/images/\(name).png")).channels == 3) }
    let lines = try String(contentsOfFile: program.path("run/metrics.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2 * found.iterations + 1 && lines[0].contains("\"step\":\"expectation\""))
    let page = try String(contentsOfFile: program.path("run/report.html"), encoding: .utf8)
    #expect(page.contains("data:image/png;base64,") && !page.contains("http://"))
    #expect(try String(contentsOfFile: program.path("run/config.json"), encoding: .utf8).contains("\"fit\" : \"gmm\""))
    // A folder that holds a run is not written over.
    #expect(try program.run("fit", "gmm", "--output", "run").status == 1)
  }

  @Test(
    "every model fits, and says so in JSON",
    arguments: [
      "ppca iris --noise diagonal --latent 1", "ppca iris --rotate 45", "bayesian-gmm iris --components 3 --restarts 2",
      "ppca-mixture iris --components 3 --latent 1", "ppca-mixture geyser --noise diagonal --latent 1",
      "gmm iris --components 3 --reduce 2", "hmm geyser --covariance diagonal",
      "gmm iris --components 3 --covariance tied --start random",
    ])
  func models(words: String) throws {
    let outcome = try program.run(
      ["fit"] + words.split(separator: " ").map(String.init) + ["--output", "run", "--json", "--iterations", "30"])
    #expect(outcome.status == 0, "\(outcome.error)")
    let last = try #require(outcome.lines.last)
    let found = try JSONDecoder().decode(FitResults.self, from: Data(last.utf8))
    #expect(try results("run") == found)
    if let logLikelihood = found.logLikelihood { #expect(found.elbo <= logLikelihood + 1e-7) }
    if words.contains("rotate") {
      #expect(abs(try #require(found.meanFieldElbo) - (-404.962_780_156_1 - 118.737)) < 1e-3)
      #expect(try Picture(png: program.path("run/images/gap.png")).channels == 3)
    }
  }

  @Test("a mixture of factors is fitted, and drawn, where numbers are missing", arguments: [2, 3])
  func missing(columns: Int) throws {
    let rows = ["1,2,3", "3,,1", "5,6,2", "7,8,5", "2,1,4", "4,4,", "6,5,3", "1,3,2"]
    let text = (["x,y,z"] + rows).map { $0.split(separator: ",", omittingEmptySubsequences: false).prefix(columns) }
    try Data(text.map { $0.joined(separator: ",") + "\n" }.joined().utf8)
      .write(to: URL(filePath: program.path("gaps.csv")))
    let outcome = try program.run(
      "fit", "ppca-mixture", "gaps.csv", "--latent", "1", "--components", "1", "--output", "run")
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(try Picture(png: program.path("run/images/mixture.png")).channels == 3)
  }

  @Test("of several starts by coordinate ascent, the results are those of the best")
  func restarts() throws {
    struct Line: Decodable {
      let restart, iteration: Int
      let elbo: Double
    }
    let words = ["fit", "bayesian-gmm", "iris", "--components", "3", "--restarts", "4", "--seed", "5"]
    #expect(try program.run(words + ["--output", "run"]).status == 0)
    let lines = try String(contentsOfFile: program.path("run/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    let ends = (1...4).compactMap { restart in lines.last { $0.restart == restart } }
    let best = try #require(ends.max { $0.elbo < $1.elbo })
    #expect(best.iteration != ends[3].iteration, "starts that cannot be told apart by their rounds prove nothing")
    let found = try results("run")
    #expect(found.iterations == best.iteration && found.converged)
    #expect(try !String(contentsOfFile: program.path("run/results.json"), encoding: .utf8).contains("parameters"))
    // As many as the first start takes, and one fewer.
    for missing in [0, 1] {
      let limited = words.map { $0 == "4" ? "1" : $0 } + ["--iterations", "\(ends[0].iteration - missing)"]
      #expect(try program.run(limited + ["--output", "run-\(missing)"]).status == 0)
      #expect(try results("run-\(missing)").converged == (missing == 0))
    }
  }

  @Test(
    "what cannot be fitted is said in one line",
    arguments: [
      ("fit gm", 2, "did you mean 'gmm'?"), ("fit gmm geyser --covariance ful", 2, "did you mean 'full'?"),
      ("fit gmm geyser --rotate 5", 2, "--rotate turns"), ("fit gmm geyser --components 273", 1, "too few"),
      ("fit ppca iris --reduce 2", 2, "--reduce is of"), ("fit gmm iris --reduce 5", 1, "--reduce takes at most"),
      ("fit hmm --restarts 5", 2, "fit hmm has no --restarts; it is of gmm, ppca-mixture and bayesian-gmm"),
      ("fit ppca iris --components 4 --covariance tied", 2, "fit ppca has no --components"),
      ("fit gmm --noise diagonal", 2, "fit gmm has no --noise; it is of ppca and ppca-mixture"),
      ("fit gmm --latent 1", 2, "fit gmm has no --latent"), ("fit gmm --mean-variance 4", 2, "it is of bayesian-gmm"),
      ("fit bayesian-gmm --start random", 2, "fit bayesian-gmm has no --start"),
      ("fit ppca --regularization 1", 2, "fit ppca has no --regularization"),
      ("fit hmm --rotate 0", 2, "fit hmm has no --rotate; it is of ppca"),
      ("fit ppca-mixture geyser", 1, "--latent takes fewer"), ("fit ppca geyser", 1, "--latent takes fewer"),
      ("fit gmm nothing.csv", 1, "nothing.csv: not found"),
      ("fit gmm geyser --components 100 --regularization 0", 1, "not positive definite"),
    ])
  func failures(words: String, status: Int32, message: String) throws {
    let outcome = try program.run(words.split(separator: " ").map(String.init))
    #expect(outcome.status == status && outcome.output.isEmpty)
    #expect(outcome.messages.last.map { $0.hasPrefix("elbo: error: ") && $0.contains(message) } == true)
  }

  @Test("verify finds every number")
  func verify() throws {
    let outcome = try program.run("verify", "--json")
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.lines.count == 1 && outcome.output.contains("\"holds\":true"))
  }
}
