import Foundation
import Testing

import enum Elbo.DeviceName

@testable import elbo_cli

@Suite("Parsing a verb's words")
struct ParserTests {
  private func parse(_ words: String...) throws -> Values { try Fixture.brew.parse(words) }

  private func message(_ words: String...) -> String? {
    do {
      _ = try Fixture.brew.parse(words)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("what is not given has its default")
  func defaults() throws {
    let values = try parse("arabica")
    #expect(values[Fixture.beans] == "arabica")
    #expect(values[Fixture.cup] == "mug")
    #expect(values[Fixture.shots] == 2)
    #expect(values[Fixture.roast] == .medium)
    #expect(values[Fixture.seed] == nil)
    #expect(values[Fixture.sizes] == [400, 200])
    #expect(values[Fixture.set] == [])
    #expect(values[Fixture.iced] == false)
    #expect(!values.isGiven(Fixture.shots))
    #expect(!values.isGiven(Fixture.cup))
  }

  @Test("values stand behind a space or an equals sign, in any order with arguments")
  func bothForms() throws {
    let values = try parse(
      "--shots", "3", "arabica", "--strength=1e-2", "--roast=dark", "glass", "--seed", "18446744073709551615",
      "--sizes", "7,5", "--device=opencl:1", "--iced")
    #expect(values[Fixture.beans] == "arabica")
    #expect(values[Fixture.cup] == "glass")
    #expect(values[Fixture.shots] == 3)
    #expect(values[Fixture.strength] == 0.01)
    #expect(values[Fixture.roast] == .dark)
    #expect(values[Fixture.seed] == .max)
    #expect(values[Fixture.sizes] == [7, 5])
    #expect(values[Fixture.device] == .openCL(1))
    #expect(values[Fixture.iced])
    #expect(values.isGiven(Fixture.shots))
  }

  @Test("the last of an option stands, and a repeating one keeps all")
  func repetition() throws {
    let values = try parse("arabica", "--shots=1", "--set", "a=1", "--shots=4", "--set=b=2=3")
    #expect(values[Fixture.shots] == 4)
    #expect(values[Fixture.set] == ["a=1", "b=2=3"])
  }

  @Test("a negative number is a value and an argument; after two dashes all words are arguments")
  func dashes() throws {
    #expect(message("a", "--strength", "-1") == "--strength takes a number from 0 to 1, not '-1'")
    #expect(try parse("-1")[Fixture.beans] == "-1")
    #expect(try parse("-")[Fixture.beans] == "-")
    #expect(try parse("--", "--shots", "--")[Fixture.cup] == "--")
    #expect(message("-s") == "brew has no option -s; options begin with two dashes")
  }

  @Test("a wrong option names the nearest")
  func unknownOption() {
    #expect(message("a", "--shot", "3") == "brew has no option --shot; did you mean '--shots'?")
    #expect(message("a", "--raost=dark") == "brew has no option --raost; did you mean '--roast'?")
    #expect(message("a", "--milk") == "brew has no option --milk; 'elbo help brew' lists its options")
  }

  @Test(
    "a wrong value says what is taken",
    arguments: [
      ("--shots=0", "--shots takes a positive integer, not '0'"),
      ("--shots=2.5", "--shots takes a positive integer, not '2.5'"),
      ("--shots=", "--shots takes a positive integer, not ''"),
      ("--shots", "--shots needs a value: a positive integer"),
      ("--strength=nan", "--strength takes a number from 0 to 1, not 'nan'"),
      ("--roast=drak", "--roast takes one of light, medium, dark, not 'drak'; did you mean 'dark'?"),
      ("--sizes=4,,2", "--sizes takes a comma list, each a positive integer, not '4,,2'"),
      (
        "--device=opencl:x",
        "--device takes auto, cpu, opencl or opencl:N, not 'opencl:x'; did you mean 'opencl'?"
      ),
      ("--device=gpu", "--device takes auto, cpu, opencl or opencl:N, not 'gpu'; did you mean 'cpu'?"),
      ("--seed=-1", "--seed takes an integer from 0 to 2^64 - 1, not '-1'"),
      ("--iced=yes", "--iced takes no value, not 'yes'"),
    ])
  func wrongValue(word: String, expected: String) {
    #expect(message("a", word) == expected)
  }

  @Test("an option is no other option's value")
  func valueMissing() {
    #expect(message("a", "--shots", "--iced") == "--shots needs a value: a positive integer")
  }

  @Test("too few and too many arguments")
  func argumentCount() {
    #expect(message() == "brew needs BEANS: what to grind; see 'elbo help brew'")
    #expect(message("a", "b", "c") == "brew takes only BEANS CUP, not 'c'; see 'elbo help brew'")
  }

  @Test(
    "a device's name is well formed or not",
    arguments: [
      ("auto", DeviceName.auto), ("cpu", .cpu), ("opencl", .openCL(nil)), ("opencl:0", .openCL(0)),
      ("opencl:12", .openCL(12)),
    ])
  func deviceNames(text: String, name: DeviceName) {
    #expect(DeviceName(text) == name)
    #expect(name.description == text)
  }

  @Test(
    "no device",
    arguments: ["", "CPU", "cpu:0", "opencl:", "opencl:-1", "opencl:+1", "opencl:99999999999999999999"])
  func noDevice(text: String) {
    #expect(DeviceName(text) == nil)
  }
}

@Suite("The nearest word")
struct NearestWordTests {
  @Test(
    "edit distances",
    arguments: [
      ("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("trian", "train", 1), ("ca", "abc", 3), ("a", "b", 1),
    ])
  func distances(a: String, b: String, distance: Int) {
    #expect(editDistance(a, b) == distance)
    #expect(editDistance(b, a) == distance)
  }

  @Test("a slip in three letters, or a beginning")
  func nearest() {
    let verbs = ["train", "evaluate", "sample", "fit"]
    #expect(nearestWord(to: "trian", among: verbs) == "train")
    #expect(nearestWord(to: "eval", among: verbs) == "evaluate")
    #expect(nearestWord(to: "simple", among: verbs) == "sample")
    #expect(nearestWord(to: "foo", among: verbs) == nil)
    #expect(nearestWord(to: "", among: verbs) == nil)
  }

  @Test("every command line of the README and of the articles is understood")
  func documentation() throws {
    let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let articles = try FileManager.default.contentsOfDirectory(
      at: checkout.appending(path: "Sources/Elbo/Documentation.docc"), includingPropertiesForKeys: nil)
    var count = 0
    for page in articles.filter({ $0.pathExtension == "md" }) + [checkout.appending(path: "README.md")] {
      // A line that ends with a backslash goes on in the next.
      let lines = try String(contentsOf: page, encoding: .utf8).replacing(/\\\n +/, with: "").split(separator: "\n")
      for line in lines where line.hasPrefix("    ") {
        let command = line.trimmingCharacters(in: .whitespaces).components(separatedBy: "  ")[0]
        let words = command.split(separator: " ").map(String.init)
        guard words.first == "./elbo", words.count > 1, words[1] != "test", !words[1].hasPrefix("--") else { continue }
        #expect(throws: Never.self, "\(page.lastPathComponent): \(command)") {
          _ = try Program.verb(named: words[1], among: Verb.all).parse(words.dropFirst(2))
        }
        count += 1
      }
    }
    #expect(count > 20)
  }
}
