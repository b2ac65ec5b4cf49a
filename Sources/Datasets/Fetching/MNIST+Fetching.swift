import FoundationEssentials
import Glibc

extension MNIST {
  /// Public copies of the four files, tried in this order.
  public static let mirrors = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
  ]

  static let downloads = [
    Download(
      name: "train-images-idx3-ubyte.gz", sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    Download(
      name: "train-labels-idx1-ubyte.gz", sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    Download(
      name: "t10k-images-idx3-ubyte.gz", sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    Download(
      name: "t10k-labels-idx1-ubyte.gz", sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
  ]

  /// Brings the four files into a folder, by the program curl, and checks their SHA-256. Those that are there and right
  /// stay; what was brought in part goes on where it ended.
  ///
  /// - Parameters:
  ///   - folder: where they are put; made where it is missing.
  ///   - mirrors: addresses to which the files' names are added.
  ///   - report: told what happens, a line each.
  /// - Returns: the names of the files that were brought; none where all were there.
  /// - Throws: `DataError` where there is no curl, where no mirror has a file, and where it cannot be written.
  @discardableResult
  public static func fetch(
    into folder: String, from mirrors: [String] = mirrors,
    environment: [String: String] = ProcessInfo.processInfo.environment, report: (String) -> Void = { _ in }
  ) throws(DataError) -> [String] {
    try fetch(downloads, into: folder, from: mirrors, environment: environment, report: report)
  }

  static func fetch(
    _ downloads: [Download], into folder: String, from mirrors: [String], environment: [String: String],
    report: (String) -> Void
  ) throws(DataError) -> [String] {
    let missing = downloads.filter { !$0.isWhole("\(folder)/\($0.name)") }
    guard !missing.isEmpty else { return [] }
    try Folder.make(folder)
    for download in missing {
      try download.bring(from: mirrors, into: folder, environment: environment, report: report)
    }
    return missing.map(\.name)
  }
}
