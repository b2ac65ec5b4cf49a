import Datasets

extension Settings {
  /// Finds and reads the data that the settings name.
  ///
  /// - Throws: `DataError` where they are missing, cannot be read, or do not fit together.
  public func openData() throws(DataError) -> DataSource {
    let source = try DataSource.resolve(
      data, labels: labels, test: test, testLabels: testLabels, conditions: conditions, testConditions: testConditions,
      labelColumn: labelColumn, dataFolder: dataFolder, residence: resident)
    return try validation.map { count throws(DataError) in try source.holdingOut(count) } ?? source
  }

  /// The same settings with paths that hold wherever they are read.
  public var withAbsolutePaths: Settings {
    var settings = self
    if !DataSource.names.contains(data) { settings.data = Paths.absolute(data) }
    settings.dataFolder = dataFolder.map(Paths.absolute)
    settings.labels = labels.map(Paths.absolute)
    settings.test = test.map(Paths.absolute)
    settings.testLabels = testLabels.map(Paths.absolute)
    settings.conditions = conditions.map(Paths.absolute)
    settings.testConditions = testConditions.map(Paths.absolute)
    return settings
  }

  /// The same settings with the data in another folder, under the names that they had.
  func relocated(to folder: String) -> Settings {
    func moved(_ path: String) -> String { folder + "/" + Paths.name(path) }
    var settings = self
    settings.dataFolder = folder
    if !DataSource.names.contains(data) { settings.data = moved(data) }
    settings.labels = labels.map(moved)
    settings.test = test.map(moved)
    settings.testLabels = testLabels.map(moved)
    settings.conditions = conditions.map(moved)
    settings.testConditions = testConditions.map(moved)
    return settings
  }
}

extension RunConfiguration {
  /// Opens the data of the run again.
  ///
  /// - Parameter folder: the only folder to look in, instead of where they were.
  /// - Throws: `RunError.dataChanged` where they are not what the run knew, and what reading them throws.
  public func reopenData(in folder: String? = nil) throws -> DataSource {
    let found = try (folder.map(settings.relocated) ?? settings).openData()
    let now = try found.fingerprints()
    guard now.count == data.count else {
      throw RunError.dataChanged(name: settings.data, found: "\(now.count) files", expected: "\(data.count)")
    }
    for (now, then) in zip(now, data) { try Self.compare(now, then) }
    return found
  }

  /// Holds one file of the run's data against what it was.
  ///
  /// - Parameter place: its place in `DataSource.files`: the data, their labels, their conditions.
  /// - Throws: `RunError.dataChanged` where it is another, and what reading it throws.
  func validate(_ path: String, at place: Int) throws {
    try Self.compare(Fingerprint(of: path), data[place])
  }

  private static func compare(_ now: Fingerprint, _ then: Fingerprint) throws(RunError) {
    guard now.matches(then) else {
      throw .dataChanged(name: now.name, found: now.summary, expected: then.summary)
    }
  }
}
