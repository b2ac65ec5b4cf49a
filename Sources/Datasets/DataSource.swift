import FoundationEssentials

/// The data that a name or a path stands for: what `elbo train DATA` learns from.
public struct DataSource: Sendable {
  /// `sprites`, `rooms`, `geyser`, `iris`, `mnist`, or the path as it was given.
  public let name: String
  public let train: DataSet
  /// What is kept apart from `train` to measure with while training, where anything is.
  public private(set) var validation: DataSet?
  /// What to test with, where there is such a part.
  public let test: DataSet?
  /// The files that were read, as absolute paths; none for drawn data.
  public let files: [String]

  /// Names of data that need no path.
  public static let names = ["sprites", "rooms", "geyser", "iris", "mnist"]

  /// Finds and reads data.
  ///
  /// - Parameters:
  ///   - data: `sprites` or `rooms`, which are drawn; `geyser` or `iris`, which are built in; `mnist`, which is
  ///     looked for; or the path of an IDX file of pictures, raw or gz. A path that is also a name is written `./mnist`.
  ///   - labels: the IDX file of the pictures' labels.
  ///   - test: an IDX file of pictures of the same shape to test with.
  ///   - testLabels: the IDX file of their labels.
  ///   - dataFolder: the only folder in which `mnist` is looked for; otherwise `$ELBO_DATA`, `./data` and
  ///     `cacheFolder` are, in this order.
  ///   - environment: the variables that say where to look.
  /// - Throws: `DataError` where data are missing, cannot be read, do not belong together, or are of a format that is
  ///   not supported.
  public static func resolve(
    _ data: String, labels: String? = nil, test: String? = nil, testLabels: String? = nil, dataFolder: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> DataSource {
    guard names.contains(data) else {
      return try files(data, labels: labels, test: test, testLabels: testLabels)
    }
    if let companion = labels ?? test ?? testLabels {
      throw .unsupported(
        path: companion, found: "a companion of \(data)",
        supported: "\(data) has its own labels and test data; companions belong to files")
    }
    if let table = Table.all.first(where: { $0.name == data }) {
      return DataSource(name: data, train: table.dataSet, test: nil, files: [])
    }
    switch data {
    case "sprites":
      return DataSource(
        name: data, train: Sprites.draw(count: Sprites.trainCount),
        test: Sprites.draw(count: Sprites.testCount, split: .test), files: [])
    case "rooms":
      return DataSource(
        name: data, train: Rooms.draw(count: Rooms.trainCount), test: Rooms.draw(count: Rooms.testCount, split: .test),
        files: [])
    default:
      let mnist = try MNIST(in: mnistFolder(dataFolder: dataFolder, environment: environment))
      return DataSource(
        name: data, train: mnist.train, test: mnist.test, files: mnist.files.map(InputFile.absolutePath))
    }
  }

  /// What is measured while training: data kept apart for it, else those to test with.
  public var measured: DataSet? { validation ?? test }

  /// The same with the last so many of the data to learn from kept apart to validate with.
  ///
  /// - Throws: `DataError` where none would be left to learn from.
  public func holdingOut(_ count: Int) throws(DataError) -> DataSource {
    let rest = train.count - count
    guard count > 0, rest > 0 else {
      throw .unsupported(
        path: name, found: "\(count) data for validation",
        supported: "of its \(train.count), at most "
          + "\(train.count - 1) are")
    }
    var source = DataSource(name: name, train: train[0..<rest], test: test, files: files)
    source.validation = train[rest..<train.count]
    return source
  }

  /// The hashes of all that was read or drawn, in the order train, test; pictures before labels.
  public func fingerprints() throws(DataError) -> [Fingerprint] {
    guard files.isEmpty else { return try files.map { path throws(DataError) in try Fingerprint(file: path) } }
    return [Fingerprint(drawn: train, .train)] + (test.map { [Fingerprint(drawn: $0, .test)] } ?? [])
  }

  /// Where fetched data are kept: `$XDG_CACHE_HOME/elbo` or `$HOME/.cache/elbo`; nil where neither is set.
  public static func cacheFolder(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty { return cache + "/elbo" }
    return environment["HOME"].flatMap { $0.isEmpty ? nil : $0 + "/.cache/elbo" }
  }

  /// The folder that holds MNIST's files: one of those to look in, its `mnist`, or the place where torchvision puts it.
  private static func mnistFolder(
    dataFolder: String?, environment: [String: String]
  ) throws(DataError) -> String {
    let variable = environment["ELBO_DATA"].flatMap { $0.isEmpty ? nil : $0 }
    let roots = dataFolder.map { [$0] } ?? [variable, "data", cacheFolder(environment: environment)].compactMap { $0 }
    let candidates = roots.flatMap { [$0, $0 + "/mnist", $0 + "/MNIST/raw"] }
    guard let folder = candidates.first(where: MNIST.isIn) else {
      throw .missing(
        path: "mnist", expected: "train-images-idx3-ubyte, raw or gz, in \(roots.joined(separator: " or ")), or below")
    }
    return folder
  }

  private static func files(
    _ images: String, labels: String?, test: String?, testLabels: String?
  ) throws(DataError) -> DataSource {
    guard test != nil || testLabels == nil else {
      throw .missing(path: "pictures to test with", expected: "them beside the labels \(testLabels ?? "")")
    }
    for path in [images, test].compactMap({ $0 }) { try requireIDX(path) }
    let train = try DataSet(name: images, idxImages: images, labels: labels)
    var testing: DataSet?
    if let test {
      // A class that no datum to learn from has cannot be told from the others.
      let classCount = train.labels == nil ? nil : train.classCount
      let set = try DataSet(name: test, idxImages: test, labels: testLabels, classCount: classCount)
      guard set.datumShape == train.datumShape else {
        throw .mismatched(
          path: test, found: "pictures of shape \(set.datumShape)", other: images, expected: "\(train.datumShape)")
      }
      testing = set
    }
    let paths = [images, labels, test, testLabels].compactMap { $0 }
    return DataSource(name: images, train: train, test: testing, files: paths.map(InputFile.absolutePath))
  }

  /// Refuses what is there and is no IDX file, by its first bytes.
  private static func requireIDX(_ path: String) throws(DataError) {
    let expected = "an IDX file, raw or gz, or one of the names \(names.joined(separator: ", "))"
    let supported = "IDX files, raw or gz, and the names \(names.joined(separator: ", ")) are"
    guard !InputFile.isFolder(path) else {
      throw .unsupported(path: path, found: "a folder as data", supported: supported)
    }
    let file = try InputFile(path, expected: expected)
    guard file.byteCount > 0 else { throw .empty(path: path, expected: expected) }
    let start = try file.read(count: min(file.byteCount, 512))
    guard !IDX.isIDX(start) && !Gzip.isCompressed(start) else { return }
    throw .unsupported(path: path, found: formatName(start) + " as data", supported: supported)
  }

  /// What bytes seem to be the start of.
  private static func formatName(_ start: [UInt8]) -> String {
    if NPY.isNPY(start) { return "an npy file" }
    if Picture.isPNG(start) { return "a PNG file" }
    if start.starts(with: [0x50, 0x4B]) { return "a zip or npz file" }
    if start.count > 8 && start[8] == UInt8(ascii: "{") && start[4..<8].allSatisfy({ $0 == 0 }) {
      return "a safetensors file"
    }
    return start.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) } ? "a text file" : "an unknown format"
  }
}
