import Datasets
import FoundationEssentials

/// What the arrays of others become: by whole names, or by modules, whose arrays keep what follows the module's name.
struct WeightNames {
  /// Parameters, or modules of them, by the names that others give them; nil for what is left out.
  private let paths: [String: String?]
  /// The file of the map, for messages; nil for one that is built in.
  private let source: String?

  /// The names of pytorch/examples' variational autoencoder, whose last layer is the likelihood's logits or mean.
  static func example(readout: String) -> WeightNames {
    WeightNames(
      paths: [
        "fc1": "encoder.layers.0", "fc21": "encoder.mean", "fc22": "encoder.logVariance", "fc3": "decoder.layers.0",
        "fc4": "decoder.\(readout)",
      ], source: nil)
  }

  /// Whether names are those of that example.
  static func isExample(_ names: some Collection<String>) -> Bool {
    Set(names).isSuperset(of: ["fc1.weight", "fc21.weight", "fc22.weight", "fc3.weight", "fc4.weight"])
  }

  private init(paths: [String: String?], source: String?) {
    self.paths = paths
    self.source = source
  }

  /// Reads a map: an object of JSON whose keys are names or modules of the file, and whose values ours, or null.
  init(_ path: String) throws {
    guard !Paths.isFolder(path) else {
      throw DataError.unreadable(path: path, reason: "it is a folder; expected a map of names")
    }
    let json = try Data(contentsOf: URL(filePath: path))
    guard let paths = try? JSONDecoder().decode([String: String?].self, from: json) else {
      throw DataError.malformed(
        path: path, found: "no map of names", expected: "an object of JSON such as {\"fc1\": \"encoder.layers.0\"}")
    }
    self.init(paths: paths, source: path)
  }

  /// The arrays by our paths; those that the map does not name keep their names.
  func applied(to arrays: [String: DataArray], from path: String) throws(ImportError) -> [String: DataArray] {
    var used: Set<String> = []
    var renamed: [String: DataArray] = [:]
    for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
      var target: String? = name
      if let key = key(for: name) {
        used.insert(key)
        target = paths[key]!.map { $0 + name.dropFirst(key.count) }
      }
      guard let target else { continue }
      guard renamed.updateValue(array, forKey: target) == nil else {
        throw .repeated(path: path, parameter: target)
      }
    }
    if let source, let unused = paths.keys.filter({ !used.contains($0) }).min() {
      throw .unusedName(map: source, name: unused, names: Self.modules(of: arrays.keys) + arrays.keys.sorted())
    }
    return renamed
  }

  /// What stands before the dots of names.
  private static func modules(of names: some Sequence<String>) -> [String] {
    Set(
      names.flatMap { name in
        name.indices.filter { name[$0] == "." }.map { String(name[..<$0]) }
      }
    ).sorted()
  }

  /// The longest key that is the name or a module in which it lies.
  private func key(for name: String) -> String? {
    paths.keys.filter { name == $0 || name.hasPrefix($0 + ".") }.max { $0.count < $1.count }
  }
}
