import Testing

@testable import elbo_cli

@Suite("elbo bench")
struct BenchVerbTests {
  private func run(_ words: String...) -> (status: Int32, output: String, error: String) {
    let recorder = Recorder()
    let status = Program.run(["bench"] + words, on: recorder.console())
    return (status, recorder.output, recorder.error)
  }

  @Test("wrong words: one line, status 2")
  func usage() {
    #expect(
      run("--workloads", "mlp,mnist") == (
        2, "",
        "elbo: error: --workloads takes a comma list without repeats, each one of mlp, iwae, iwae1, large, conv, "
          + "not 'mlp,mnist'\n"
      ))
    #expect(run("--steps", "0").status == 2)
    #expect(run("--batch-size=-1").status == 2)
    #expect(run("--devices", "gpu").status == 2)
    #expect(run("--sweep", "8,x").status == 2)
    #expect(
      run("--first-step", "--devices", "cpu") == (
        2, "", "elbo: error: --first-step takes one of --workloads and one of --devices\n"
      ))
  }

  @Test(
    "what a mode does not take is refused, and so is a second mode",
    arguments: [
      ("--plans --workloads mlp,mlp", "--workloads takes a comma list without repeats"),
      ("--devices cpu,cpu", "--devices takes a comma list without repeats"),
      ("--sweep 8,8", "--sweep takes a comma list without repeats"),
      ("--profile --plans", "--profile and --plans are two things to do; give one of them"),
      ("--profile --baseline b.json", "--profile takes no --baseline"),
      ("--profile --sweep 8,16", "--profile takes no --sweep"), ("--profile --peers", "--profile takes no --peers"),
      ("--plans --peers", "--plans takes no --peers"), ("--plans --devices cpu", "--plans takes no --devices"),
      ("--kernels --workloads mlp", "--kernels takes no --workloads"),
      ("--first-step --baseline b.json", "--first-step takes no --baseline"),
      ("--sweep 8,16 --batch-size 4", "--sweep says the batch sizes and takes no --batch-size"),
      ("--picture p.svg", "--picture is of --sweep SIZES, which is not given"),
    ])
  func modes(words: String, message: String) {
    let recorder = Recorder()
    let status = Program.run(["bench"] + words.split(separator: " ").map(String.init), on: recorder.console())
    #expect(status == 2 && recorder.output.isEmpty)
    #expect(recorder.error.hasPrefix("elbo: error: " + message), "\(recorder.error)")
  }

  @Test("what is not there is said before anything is measured, status 1")
  func missing() {
    #expect(
      run("--devices", "cpu", "--baseline", "/no/such.json") == (
        1, "", "elbo: error: /no/such.json: no such file or folder\n"
      ))
    #expect(run("--devices", "opencl:99").status == 1)
  }

  @Test("a step's plan needs no device")
  func plans() {
    let result = run("--plans", "--workloads", "iwae1", "--json")
    #expect(result.status == 0 && result.output.hasPrefix("{\"iwae1\":{\"bytesMoved\":"))
    let table = run("--plans", "--batch-size", "5").output.split(separator: "\n")
    #expect(table.count == 4 && table[1].hasPrefix("mlp           5"))
  }
}
