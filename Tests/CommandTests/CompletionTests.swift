import Foundation
import Testing

@testable import elbo_cli

@Suite("Completions and topics")
struct CompletionTests {
  /// What bash offers for words, of which the last is under way.
  private func offered(_ words: [String]) throws -> [String] {
    let script = Completions.script(for: .bash, Fixture.verbs)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    let list = (["elbo"] + words).map { "'\($0)'" }.joined(separator: " ")
    process.arguments = [
      "--norc", "-c",
      script + "cd /var/empty 2>/dev/null || cd /; COMP_WORDS=(\(list)); COMP_CWORD=\(words.count); _elbo\n"
        + "printf '%s\\n' \"${COMPREPLY[@]}\"",
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test("bash completes verbs, options, and the words of options")
  func bash() throws {
    #expect(try offered(["b"]) == ["brew"])
    #expect(try offered(["brew", "--s"]) == ["--shots", "--strength", "--sizes", "--set", "--seed"])
    #expect(try offered(["brew", "--roast", ""]) == ["light", "medium", "dark"])
    #expect(try offered(["brew", "--roast", "m"]) == ["medium"])
  }

  @Test("every shell's script has every verb and option", arguments: Completions.Shell.allCases)
  func complete(shell: Completions.Shell) {
    let script = Completions.script(for: shell, Verb.all)
    for verb in Verb.all {
      #expect(script.contains(verb.name))
      for option in verb.allOptions { #expect(script.contains(option.name), "\(verb.name) --\(option.name)") }
    }
  }

  @Test("topics fit a terminal, and none hides a verb")
  func topics() {
    #expect(Topic.all.map(\.name) == Topic.all.map(\.name).sorted())
    for topic in Topic.all {
      #expect(!Verb.all.contains { $0.name == topic.name }, "\(topic.name)")
      for line in topic.text.split(separator: "\n") { #expect(line.count <= Help.width, "\(line)") }
      #expect(Topic.list.contains("  \(topic.name) "))
    }
  }

  /// Variables of the system and of other libraries, and the one by which tests make files fail.
  private static let foreign: Set = [
    "HOME", "PATH", "TERM", "TMPDIR", "OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "ELBO_FAULT",
  ]

  @Test("the topic of variables has all that the sources read, and no other")
  func environment() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardized
    var read: Set<String> = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    where path.hasSuffix(".swift") || path.hasSuffix(".c") {
      let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
      for match in text.matches(of: /(?:environment\[|getenv\()"([A-Z_]+)"/) { read.insert(String(match.1)) }
    }
    let topic = try #require(Topic.all.first { $0.name == "environment" }).paragraphs.joined(separator: " ")
    #expect(Set(topic.matches(of: /[A-Z]+(?:_[A-Z]+)+/).map { String($0.0) }) == read.subtracting(Self.foreign))
  }

  @Test("the place of a key is that of the outermost object")
  func places() {
    let json = Array("{\n  \"a\": {\"b\": 1, \"x\\\"b\": 2},\n  \"t\": \"b\", \"b\" : 3}".utf8)
    #expect(KeyPlace(of: "a", in: json)?.description == "2:3")
    #expect(KeyPlace(of: "b", in: json)?.description == "3:13")
    #expect(KeyPlace(of: "x", in: json) == nil)
    #expect(KeyPlace(of: nil, in: json) == nil)
  }
}
