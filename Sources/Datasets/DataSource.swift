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
  ///     looked for; or a path: IDX (raw or gz), npy, npz, safetensors, CSV, or a folder of pictures. A path that is
  ///     also a name is written `./mnist`.
  ///   - labels: a file of the data's labels, in place of those that they bring along.
  ///   - test: data of the same shape to test with, in place of those that they bring along.
  ///   - testLabels: a file of their labels.
  ///   - conditions: a file of what a conditional model is told of each datum: a row of numbers, or a picture.
  ///   - testConditions: the same of the data to test with.
  ///   - labelColumn: the column of a CSV file that holds the classes.
  ///   - dataFolder: the only folder in which `mnist` is looked for; otherwise `$ELBO_DATA`, `./data` and
  ///     `cacheFolder` are, in this order.
  ///   - residence: whether the data of a file are held in memory.
  ///   - environment: the variables that say where to look.
  /// - Throws: `DataError` where data are missing, cannot be read, do not belong together, or are of a format that is
  ///   not supported.
  public static func resolve(
    _ data: String, labels: String? = nil, test: String? = nil, testLabels: String? = nil, conditions: String? = nil,
    testConditions: String? = nil, labelColumn: String? = nil, dataFolder: String? = nil, residence: Residence = .auto,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> DataSource {
    guard names.contains(data) else {
      return try files(
        data, labels: labels, test: test, testLabels: testLabels, conditions: conditions,
        testConditions: testConditions, labelColumn: labelColumn, residence)
    }
    if let companion = labels ?? test ?? testLabels ?? conditions ?? testConditions {
      throw .unsupported(
        path: companion, found: "a companion of \(data)",
        supported: "\(data) has its own labels and test data; companions belong to files")
    }
    if let labelColumn {
      throw .unsupported(
        path: data, found: "the label column \(labelColumn)", supported: "a column of a CSV file is")
    }
    try residence.requireMemory(data, "what is no file")
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
        name: data, train: mnist.train, test: mnist.test, files: mnist.files.map(Paths.withoutLinks))
    }
  }

  /// What is measured while training: data kept apart for it, else those to test with.
  public var measured: DataSet? { validation ?? test }

  /// Reads conditions alone, in the way of those that a model learned with.
  ///
  /// - Parameter other: the file of those.
  /// - Returns: float32, (n, size).
  /// - Throws: `DataError` where they cannot be read or are of another size.
  public static func readConditions(_ path: String, like other: String) throws(DataError) -> DataArray {
    try ConditionFile(path, like: ConditionFile(other)).values()
  }

  /// Whether a path is of a table in text.
  public static func isTable(_ path: String) -> Bool { (try? DataFormat(of: path)) == .csv }

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
    guard files.isEmpty else {
      return try files.map { path throws(DataError) in try Fingerprint(of: path) }
    }
    return [Fingerprint(drawn: train, .train)] + (test.map { [Fingerprint(drawn: $0, .test)] } ?? [])
  }

  /// Where fetched data are kept: `$XDG_CACHE_HOME/elbo` or `$HOME/.cache/elbo`; nil where neither is an
  /// absolute path.
  public static func cacheFolder(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/elbo" }
    return environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 + "/.cache/elbo" : nil }
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
        path: "mnist",
        expected:
          "train-images-idx3-ubyte, raw or gz, in \(roots.joined(separator: " or ")), or below; 'elbo fetch mnist' brings it"
      )
    }
    return folder
  }

  private static func files(
    _ path: String, labels: String?, test: String?, testLabels: String?, conditions: String?, testConditions: String?,
    labelColumn: String?, _ residence: Residence
  ) throws(DataError) -> DataSource {
    var file = try DataFile(path, labelColumn: labelColumn, residence)
    if let labels { file.labels = try Labels(reading: labels, column: labelColumn) }
    var testing = file.test
    var testNames: [String] = []
    if let test {
      let other = try DataFile(test, like: file, residence)
      testing = (other.images, other.labels, other.valueRange)
      testNames = other.pictureNames
    }
    if let testLabels {
      guard testing != nil else {
        throw .missing(path: "data to test with", expected: "them beside the labels \(testLabels)")
      }
      testing?.labels = try Labels(
        reading: testLabels, column: labelColumn, isTest: true, classNames: file.labels?.names ?? [])
    }
    try file.labels?.validate(count: file.images.count, of: path, classCount: nil)
    let told = try conditions.map { path throws(DataError) in try ConditionFile(path) }
    let train = file.dataSet(
      name: path, file.images, file.labels, file.valueRange, classCount: nil,
      conditions: try told?.values(count: file.images.count, of: path, named: file.pictureNames))
    if let testConditions, told == nil || testing == nil {
      throw .missing(
        path: told == nil ? "conditions to learn with" : "data to test with",
        expected: "them beside the conditions \(testConditions)")
    }
    var tested: DataSet?
    if let testing {
      let name = test ?? path
      // A class that no datum to learn from has cannot be told from the others.
      let classCount = train.labels == nil ? nil : train.classCount
      try testing.labels?.validate(count: testing.images.count, of: name, classCount: classCount)
      let testTold = try told.map { told throws(DataError) in
        guard let testConditions else {
          throw .missing(path: "conditions of the data to test with", expected: "them beside those to learn from")
        }
        return try ConditionFile(testConditions, like: told)
          .values(count: testing.images.count, of: name, named: testNames)
      }
      let set = file.dataSet(
        name: name, testing.images, testing.labels, testing.valueRange, classCount: classCount, conditions: testTold)
      guard set.datumShape == train.datumShape else {
        throw .mismatched(
          path: name, found: "data of shape \(set.datumShape)", other: path, expected: "\(train.datumShape)")
      }
      tested = set
    }
    let paths = [path, labels, conditions, test, testLabels, testConditions].compactMap { $0 }
    return DataSource(name: path, train: train, test: tested, files: paths.map(Paths.withoutLinks))
  }
}
