import Foundation
import Testing

@testable import elbo_cli

@Suite("Output and exit status")
struct ProgramTests {
  private func run(_ words: String...) -> (status: Int32, output: String, error: String) {
    let recorder = Recorder()
    let status = Program.run(words, on: recorder.console(), verbs: Fixture.verbs)
    return (status, recorder.output, recorder.error)
  }

  @Test("a verb that succeeds: results and messages on their own streams")
  func success() {
    #expect(run("brew", "arabica") == (0, "2 in mug\n", "elbo: grinding arabica\n"))
  }

  @Test("--json leaves one object on standard output, --quiet nothing on standard error")
  func options() {
    #expect(run("brew", "arabica", "--json") == (0, "{\"shots\":2}\n", "elbo: grinding arabica\n"))
    #expect(run("brew", "arabica", "--quiet") == (0, "2 in mug\n", ""))
  }

  @Test("wrong words: one line, status 2")
  func usage() {
    #expect(run("brwe") == (2, "", "elbo: error: there is no verb 'brwe'; did you mean 'brew'?\n"))
    #expect(run("--verbose") == (2, "", "elbo: error: there is no verb '--verbose'; 'elbo help' lists them\n"))
    #expect(run("brew", "a", "--shots=x") == (2, "", "elbo: error: --shots takes a positive integer, not 'x'\n"))
    #expect(
      run("help", "heplp") == (2, "", "elbo: error: there is no verb and no topic 'heplp'; did you mean 'help'?\n"))
  }

  @Test("a failing world: one line, status 1")
  func failure() {
    #expect(run("brew", "flood") == (1, "", "elbo: error: the kitchen is under water\n"))
  }

  @Test("where nothing computes, no empty list is shown")
  func noDevice() {
    #expect(NoDevice(missing: []).description == "there is no device to compute on")
  }

  @Test("an interruption says where things stand and has the signal's status")
  func interruption() {
    #expect(run("brew", "stopped") == (143, "", "elbo: interrupted: half a cup is on the table\n"))
  }

  @Test("help and version, wherever they are asked for")
  func help() {
    let overview = Help.overview(of: Fixture.verbs)
    let brew = Help.text(of: Fixture.brew)
    for words in [[], ["--help"], ["-h"]] {
      let recorder = Recorder()
      #expect(Program.run(words, on: recorder.console(), verbs: Fixture.verbs) == 0)
      #expect(recorder.output == overview)
    }
    #expect(run("brew", "--help") == (0, brew, ""))
    #expect(run("brew", "--shots", "x", "-h") == (0, brew, ""))
    #expect(run("brew", "--", "--help").output == "2 in mug\n")
    #expect(run("--version") == (0, "elbo \(Program.version)\n", ""))
    #expect(run("help", "help") == (0, Help.text(of: .help), ""))
    #expect(run("help") == (0, Help.overview(of: Verb.all), ""))
  }

  @Test("the file system's errors name the path and the reason")
  func fileErrors() {
    let error = #expect(throws: CocoaError.self) { try Data(contentsOf: URL(filePath: "/no/such/place")) }
    #expect(error.map(failureMessage(of:)) == "/no/such/place: no such file or folder")
  }
}
