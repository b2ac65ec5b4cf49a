import Elbo

extension Verb {
  /// `elbo fetch DATA`.
  static let fetch: Verb = {
    let data = Argument("DATA", ValueKind.choice(["mnist"]), "what to fetch")
    let mirror = Option<String?>(
      "mirror", .text("URL"), absent: "public copies", "the address of the folder that has the files")
    let folder = Option<String?>(
      "data-folder", .path, absent: "the user's cache", "where to put the data, in a folder of their name")
    return Verb(
      "fetch", "brings data from the network, by the program curl",
      discussion:
        "What is brought is held against its known SHA-256 and written whole or not at all. A download that was "
        + "cut short goes on where it ended. 'elbo train mnist' finds the cache by itself.",
      arguments: [data], options: [OptionGroup("source", [mirror]), OptionGroup("place", [folder])]
    ) { call in
      guard let root = call[folder] ?? DataSource.cacheFolder() else {
        throw UsageError("there is no cache, as neither HOME nor XDG_CACHE_HOME is set", hint: "give --data-folder")
      }
      let place = "\(root)/\(call[data])"
      let brought = try MNIST.fetch(into: place, from: call[mirror].map { [$0] } ?? MNIST.mirrors) {
        call.console.note($0)
      }
      try call.console.json(Fetched(folder: place, files: brought))
      call.console.result(brought.isEmpty ? "\(call[data]) is already in \(place)" : place)
    }
  }()
}

/// What `elbo fetch --json` says.
private struct Fetched: Encodable {
  let folder: String
  /// Those that were not there before.
  let files: [String]
}
