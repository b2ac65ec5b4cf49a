/// The handwritten digits of MNIST, or a set in its form: 28 x 28 grey pictures in ten classes.
///
/// Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*: 60,000 to train on, 10,000 to test with.
public struct MNIST: Sendable {
  /// (60000, 28, 28) bytes from 0 (paper) to 255 (ink), with labels 0 to 9.
  public let train: DataSet
  /// (10000, 28, 28), by other writers.
  public let test: DataSet
  /// The four files: pictures and labels to train on, pictures and labels to test with.
  public let files: [String]

  /// Reads the four files of a folder, under their usual names: `train-images-idx3-ubyte` or
  /// `train-images.idx3-ubyte`, with or without `.gz`, and so on.
  public init(in folder: String) throws(DataError) {
    var files: [String] = []
    for (part, rank) in MNIST.parts { files.append(try MNIST.file(part, rank: rank, in: folder)) }
    self.files = files
    train = try DataSet(name: "mnist", idxImages: files[0], labels: files[1], classCount: 10)
    test = try DataSet(name: "mnist", idxImages: files[2], labels: files[3], classCount: 10)
    guard train.datumShape == test.datumShape else {
      throw .mismatched(
        path: files[2], found: "pictures of shape \(test.datumShape)", other: files[0],
        expected: "\(train.datumShape)")
    }
  }

  /// Whether a folder holds the file that the others are found beside.
  static func isIn(_ folder: String) -> Bool {
    names("train-images", rank: 3).contains { Paths.exists(folder + "/" + $0) }
  }

  private static let parts = [("train-images", 3), ("train-labels", 1), ("t10k-images", 3), ("t10k-labels", 1)]

  private static func names(_ part: String, rank: Int) -> [String] {
    ["\(part)-idx\(rank)-ubyte", "\(part).idx\(rank)-ubyte"].flatMap { [$0, $0 + ".gz"] }
  }

  private static func file(_ part: String, rank: Int, in folder: String) throws(DataError) -> String {
    guard Paths.exists(folder) else { throw .missing(path: folder, expected: "a folder with MNIST's four files") }
    let candidates = names(part, rank: rank).map { folder + "/" + $0 }
    guard let found = candidates.first(where: Paths.exists) else {
      let others = names(part, rank: rank).dropFirst().joined(separator: ", ")
      throw .missing(path: candidates[0], expected: "it or one of \(others)")
    }
    return found
  }
}
