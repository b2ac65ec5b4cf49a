import Elbo
import Foundation
import Testing

@Suite("What the README and the articles say in Swift")
struct SnippetTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
  private static let checkout = tests.deletingLastPathComponent().deletingLastPathComponent()
  private static let articles = checkout.appending(path: "Sources/Elbo/Documentation.docc")

  /// A text without indentation, alignment, empty lines and imports.
  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
  }

  private static func pages() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: articles, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "md" } + [checkout.appending(path: "README.md")]
  }

  @Test("every block of it stands in Snippets.swift, which is compiled")
  func compiled() throws {
    let compiled = Self.lines(
      try String(contentsOf: Self.tests.appending(path: "Snippets.swift"), encoding: .utf8)
    ).joined(separator: "\n")
    var count = 0
    for page in try Self.pages() {
      let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```swift\n")
      for part in parts.dropFirst() {
        let block = Self.lines(part.components(separatedBy: "\n```")[0]).joined(separator: "\n")
        #expect(compiled.contains(block), "\(page.lastPathComponent): \(block.prefix(80))…")
        count += 1
      }
    }
    #expect(count > 8)
  }

  @Test("the smallest parts of a model take as many lines as is said")
  func counted() throws {
    let article = try String(contentsOf: Self.articles.appending(path: "Composition.md"), encoding: .utf8)
    let section = try #require(article.components(separatedBy: "### How much one more takes").last)
    let said = section.split(separator: "\n").filter { $0.contains(" line") && $0.hasPrefix("| ") }
      .compactMap { $0.split(separator: "|")[1].split(separator: " ").first.flatMap { Int($0) } }
    let blocks = section.components(separatedBy: "```swift\n").dropFirst()
    let counted = blocks.map { Self.lines($0.components(separatedBy: "\n```")[0]).count }
    #expect(said.count == 4 && said == counted)
  }

  @Test("the tutorial's logistic density has the integral 1, and its samples its mean and variance")
  func logistic() throws {
    let shape: Shape = [1]
    let logistic = Logistic(mean: Tensor([0.5] as [Float], shape: shape), scale: Tensor([0.7] as [Float], shape: shape))
    #expect(abs(try integral(of: logistic) - 1) < 1e-5)
    let many = logistic.mappingParameters { $0.broadcast(to: [20000]) }
    let values = try evaluate([many.sample(RandomKey(seed: 1))], on: .cpu)[0].scalars()
    let mean = values.reduce(0, +) / 20000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20000
    // The variance is s² π² / 3; the bounds are four standard errors.
    let expected = 0.7 * 0.7 * Double.pi * Double.pi / 3
    #expect(abs(mean - 0.5) < 4 * (expected / 20000).squareRoot())
    #expect(abs(variance - expected) < 4 * expected * (3.2 / 20000).squareRoot())
  }

  @Test("the logistic density by a change of variable is the one that is written out")
  func changeOfVariable() throws {
    let (mean, scale) = (Tensor([0.5, -1]), Tensor([0.7, 2]))
    let x = Tensor([0.1, -3, 2.5, 8], shape: [2, 2])
    let found = try evaluate(
      [
        Logistic(mean: mean, scale: scale).logProbability(of: x),
        ElboTests.logistic(mean: mean, scale: scale).logProbability(of: x),
      ], on: .cpu
    ).map { try $0.scalars() }
    for (a, b) in zip(found[0], found[1]) { #expect(abs(a - b) < 1e-12) }
  }

  @Test("the article's coins are told apart")
  func coins() throws {
    let start = Coins(weights: [0.5, 0.5], heads: [0.4, 0.6])
    let fit = try fitted(start, to: Matrix([[9, 1], [8, 2], [1, 9], [2, 8], [9, 1], [0, 10]]))
    #expect(abs(fit.heads[0] - 0.1) < 0.01 && abs(fit.heads[1] - 26.0 / 30) < 0.01)
    #expect(abs(fit.weights[0] - 0.5) < 0.01)
  }

  @Test("the tutorial's pictures are read and kept")
  func pictures() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "elbo-snippets-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let pictures = (0..<10).map { number in
      Picture(height: 2, width: 3, channels: 1, pixels: (0..<6).map { UInt8($0 * 10 + number) })
    }
    try keepPictures(pictures, at: folder + "/pictures.npy")
    let source = try readPictures(folder + "/pictures.npy")
    #expect(source.train.images.shape == [9, 2, 3] && source.train.images.bytes[6] == 1)
    #expect(source.measured?.count == 1)
  }
}
