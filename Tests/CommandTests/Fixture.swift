import Synchronization

@testable import elbo_cli

/// A console that keeps what is written to it.
final class Recorder: Sendable {
  private let texts = Mutex((output: "", error: ""))

  var output: String { texts.withLock { $0.output } }
  var error: String { texts.withLock { $0.error } }

  func console(_ surface: Console.Surface = .plain, json: Bool = false, quiet: Bool = false) -> Console {
    Console(
      surface: surface, json: json, quiet: quiet, output: { text in self.texts.withLock { $0.output += text } },
      error: { text in self.texts.withLock { $0.error += text } })
  }
}

extension Console.Surface {
  static func terminal(width: Int, color: Bool = false) -> Self {
    Self(isTerminal: true, usesColor: color, width: { width })
  }
}

/// A verb with something of every kind.
enum Fixture {
  enum Roast: String, CaseIterable { case light, medium, dark }
  struct Flood: Error, CustomStringConvertible { let description = "the kitchen\nis under water" }

  static let beans = Argument("BEANS", .path, "what to grind")
  static let cup = Argument("CUP", .text("CUP"), default: "mug", "what to pour into")

  static let shots = Option("shots", .positiveInteger, default: 2, "how many")
  static let strength = Option("strength", .probability, default: 0.5, "share of the beans")
  static let roast = Option("roast", .choice, default: Roast.medium, "how dark")
  static let seed = Option("seed", .seed, absent: "by the clock", "of the grinder")
  static let sizes = Option("sizes", .list(of: .positiveInteger), default: [400, 200], "grain sizes, finest last")
  static let device = Option("device", .device, default: .auto, "which machine brews")
  static let set = Option(repeating: "set", .text("KEY=VALUE"), "changes one value of the recipe, as often as needed")
  static let iced = Option(flag: "iced", "over ice")

  static let brew = Verb(
    "brew", "makes coffee and leaves the cup on the table",
    discussion: "The water is heated first. A cup that is already full is left alone, and what would have gone in "
      + "goes back.\nNothing is spilled.",
    arguments: [beans, cup],
    options: [
      OptionGroup("recipe", [shots, strength, roast, sizes, set, seed]), OptionGroup("machine", [device, iced]),
    ]
  ) { call in
    if call[beans] == "flood" { throw Flood() }
    if call[beans] == "stopped" { throw Interrupted(signal: 15, description: "half a cup is on the table") }
    call.console.note("grinding \(call[beans])")
    call.console.result("\(call[shots]) in \(call[cup])")
    try call.console.json(["shots": call[shots]])
  }

  static let verbs = [brew, Verb("clean", "washes up") { _ in }, Verb.help]
}
