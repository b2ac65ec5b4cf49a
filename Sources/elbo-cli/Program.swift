import Elbo
import FoundationEssentials
import Glibc

@main
enum Program {
  static let version = RunConfiguration.Versions.current.elbo

  static func main() {
    Glibc.exit(run(Array(CommandLine.arguments.dropFirst()), on: .standard()))
  }

  /// Runs what the words ask for and returns the exit status.
  ///
  /// 0 where it was done, 1 where the world failed, 2 where the words were wrong, 128 and the signal's number where it
  /// was interrupted.
  static func run(_ words: [String], on console: Console, verbs: [Verb] = Verb.all) -> Int32 {
    do {
      try dispatch(words, on: console, verbs: verbs)
      return 0
    } catch let error as UsageError {
      console.fail(error.description)
      return 2
    } catch let error as SettingsError {
      console.fail(UsageError(error).description)
      return 2
    } catch let interruption as Interrupted {
      console.note("interrupted: \(interruption)")
      return interruption.status
    } catch {
      console.fail(failureMessage(of: error))
      return 1
    }
  }

  private static func dispatch(_ words: [String], on console: Console, verbs: [Verb]) throws {
    guard let word = words.first, !["--help", "-h"].contains(word) else {
      console.print(Help.overview(of: verbs))
      return
    }
    if word == "--version" {
      console.print("elbo \(version)\n")
      return
    }
    let verb = try self.verb(named: word, among: verbs)
    let rest = words.dropFirst()
    if rest.prefix(while: { $0 != "--" }).contains(where: { ["--help", "-h"].contains($0) }) {
      console.print(Help.text(of: verb))
      return
    }
    let values = try verb.parse(rest)
    func isSet(_ option: Option<Bool>) -> Bool { values.isGiven(option) && values[option] }
    try verb.run(
      Call(
        values: values, console: console.with(json: isSet(CommonOptions.json), quiet: isSet(CommonOptions.quiet))))
  }

  /// The verb of a name, or the error that names the nearest.
  static func verb(named name: String, among verbs: [Verb]) throws(UsageError) -> Verb {
    if let verb = verbs.first(where: { $0.name == name }) { return verb }
    throw UsageError(
      "there is no verb '\(name)'", nearest: name, among: verbs.map(\.name), otherwise: "'elbo help' lists them")
  }
}

/// What a failure of the world says to the person who asked: the file system's errors are told by path and reason,
/// others by their own description.
func failureMessage(of error: any Error) -> String {
  guard let error = error as? CocoaError else { return "\(error)" }
  let reason =
    switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: "no such file or folder"
    case .fileReadNoPermission, .fileWriteNoPermission: "no permission"
    case .fileWriteOutOfSpace: "no space is left"
    case .fileWriteVolumeReadOnly: "the volume is read-only"
    case .fileWriteFileExists: "it exists already"
    default: "the file system's error \(error.code.rawValue)"
    }
  return error.filePath.map { "\($0): \(reason)" } ?? reason
}
