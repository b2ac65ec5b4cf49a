import ClassicalModels
import Datasets
import LinearAlgebra

/// Latent values as points of a picture, coloured by class: along the two directions in which they vary most.
public struct Embedding: Sendable {
  public let picture: Picture
  /// float32, (data, 2): where the points are.
  public let points: DataArray

  private static let side = 900
  private static let margin = 24

  /// - Parameters:
  ///   - codes: float32, (data, latent).
  ///   - labels: classes by datum, or nil.
  ///   - classNames: what the classes are called, where they have names.
  /// - Throws: `LinearAlgebraError.libraryMissing` without the library that finds the directions; `DataError.malformed`
  ///   where a latent value is no finite number.
  public init(_ codes: DataArray, labels: [Int32]?, classNames: [String] = []) throws {
    let values = codes.numbers()
    guard values.allSatisfy(\.isFinite) else {
      throw DataError.malformed(path: "the latent values", found: "some are not finite", expected: "finite numbers")
    }
    let matrix = DataMatrix(Matrix(rows: codes.shape[0], columns: codes.shape[1], values))
    let directions = try PrincipalDirections(to: min(2, matrix.size), of: matrix)
    let found = try directions(matrix).values
    // One latent dimension makes a line.
    let places = (0..<found.rows).map { row in [found[row, 0], found.columns > 1 ? found[row, 1] : 0] }
    points = DataArray(places.flatMap { $0.map(Float.init) }, shape: [found.rows, 2])
    picture = Self.scatter(places, labels, classNames)
  }

  private static func scatter(_ places: [[Double]], _ labels: [Int32]?, _ names: [String]) -> Picture {
    var canvas = Canvas(height: side, width: side)
    // One scale for both directions, so that distances can be compared.
    let extent = max(places.flatMap { $0.map(abs) }.max() ?? 0, 1e-9)
    let scale = Double(side / 2 - margin) / extent
    for (number, place) in places.enumerated() {
      let color = Canvas.color(labels.map { Int($0[number]) } ?? 0)
      let (top, left) = (side / 2 - Int(place[1] * scale) - 1, side / 2 + Int(place[0] * scale) - 1)
      canvas.fill(top: top, left: left, height: 3, width: 3, color)
    }
    let classes = min(Int(labels?.max() ?? -1) + 1, 20)
    for label in 0..<max(classes, 0) {
      let top = margin / 2 + label * 24
      canvas.fill(top: top, left: margin / 2, height: 14, width: 14, Canvas.color(label))
      canvas.text(label < names.count ? names[label] : String(label), top: top, left: margin / 2 + 22)
    }
    return canvas.picture
  }
}
