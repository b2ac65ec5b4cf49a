import Foundation
import Testing

@testable import elbo_cli

@Suite("Help")
struct HelpTests {
  @Test("the help of a verb is written from its declaration")
  func verb() {
    #expect(
      Help.text(of: Fixture.brew) == """
        usage: elbo brew BEANS [CUP] [--options]

        Makes coffee and leaves the cup on the table.

        The water is heated first. A cup that is already full is left alone, and what
        would have gone in goes back.

        Nothing is spilled.

        arguments:
          BEANS  what to grind
          CUP    what to pour into [mug]

        recipe:
          --shots N                  how many [2]
          --strength X               share of the beans [0.5]
          --roast light|medium|dark  how dark [medium]
          --sizes N,…                grain sizes, finest last [400,200]
          --set KEY=VALUE            changes one value of the recipe, as often as needed
          --seed N                   of the grinder [by the clock]

        machine:
          --device auto|cpu|opencl|opencl:N
                  which machine brews [auto]
          --iced  over ice

        output:
          --json   results on standard output as JSON, and nothing else there
          --quiet  no progress and no messages but errors

        """)
  }

  @Test("the overview lists the verbs in their order")
  func overview() {
    #expect(
      Help.overview(of: Fixture.verbs) == """
        Elbo trains variational autoencoders on OpenCL devices and on the CPU.

        usage: elbo VERB [ARGUMENTS] [--options]

        verbs:
          brew   makes coffee and leaves the cup on the table
          clean  washes up
          help   says what a verb does and takes

        'elbo help VERB' says what a verb takes; 'elbo help topics' lists what else is explained.

        """)
  }

  @Test("every verb's help fits a terminal of 80 columns", arguments: Verb.all.map(\.name))
  func fits(name: String) throws {
    let verb = try Program.verb(named: name, among: Verb.all)
    for line in Help.text(of: verb).split(separator: "\n") { #expect(line.count <= Help.width, "\(line)") }
  }

  @Test("no verb declares a name twice, and summaries fit the list", arguments: Verb.all.map(\.name))
  func namesAreUnique(name: String) throws {
    let verb = try Program.verb(named: name, among: Verb.all)
    let names = verb.allOptions.map(\.name) + verb.arguments.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(!verb.summary.hasSuffix("."))
  }

  /// How a line begins that says nothing without the one above it.
  private static let leaning = [
    "of", "and", "or", "its", "that", "those", "such", "at most", "after", "between", "how it", "how its",
    "what they", "how such",
  ]

  @Test("every line of an option stands alone, as completions show it", arguments: Verb.all.map(\.name))
  func linesStandAlone(name: String) throws {
    let verb = try Program.verb(named: name, among: Verb.all)
    for option in verb.allOptions {
      let leans = Self.leaning.contains { (option.help + " ").hasPrefix($0 + " ") }
      #expect(!leans && !option.help.isEmpty, "\(name) --\(option.name): \(option.help)")
    }
  }

  /// What the files beside this one hold. After a change that is meant, `ELBO_SNAPSHOTS=write swift test --filter
  /// HelpTests` writes them anew, and the difference is looked at.
  @Test("the help of every verb is what its file has", arguments: Verb.all.map(\.name) + ["overview", "topics"])
  func snapshot(name: String) throws {
    let text =
      switch name {
      case "overview": Help.overview(of: Verb.all)
      case "topics": Topic.list + Topic.all.map { "\n" + $0.text }.joined()
      default: Help.text(of: try Program.verb(named: name, among: Verb.all))
      }
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Help/\(name).txt")
    if getenv("ELBO_SNAPSHOTS").map({ String(cString: $0) }) == "write" {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }
}
