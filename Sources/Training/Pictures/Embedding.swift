import Datasets

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
  public init(_ codes: DataArray, labels: [Int32]?, classNames: [String] = []) {
    let width = codes.shape[1]
    let values = codes.elements(as: Float.self).map(Double.init)
    var rows = stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    let center = (0..<width).map { column in rows.reduce(0) { $0 + $1[column] } / Double(max(rows.count, 1)) }
    rows = rows.map { row in zip(row, center).map { $0 - $1 } }
    let axes = Self.principalAxes(of: rows, width)
    let places = rows.map { row in axes.map { axis in zip(row, axis).reduce(0) { $0 + $1.0 * $1.1 } } }
    points = DataArray(places.flatMap { $0.map(Float.init) }, shape: [rows.count, 2])
    picture = Self.scatter(places, labels, classNames)
  }

  /// The two directions of largest variance, by power iteration; the second is 0 where there is one dimension alone.
  private static func principalAxes(of rows: [[Double]], _ width: Int) -> [[Double]] {
    var covariance = Array(repeating: Array(repeating: 0.0, count: width), count: width)
    for row in rows {
      for i in 0..<width { for j in 0..<width { covariance[i][j] += row[i] * row[j] } }
    }
    var axes: [[Double]] = []
    for _ in 0..<2 {
      // No direction that data single out is at right angles to it.
      var axis = (0..<width).map { 1 + 0.1 * Double($0 % 7) }
      for _ in 0..<200 {
        for known in axes {
          let along = zip(axis, known).reduce(0) { $0 + $1.0 * $1.1 }
          axis = zip(axis, known).map { $0 - along * $1 }
        }
        let next = covariance.map { row in zip(row, axis).reduce(0) { $0 + $1.0 * $1.1 } }
        let length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 1e-12 else { break }
        axis = next.map { $0 / length }
      }
      axes.append(axes.count < width ? axis : Array(repeating: 0, count: width))
    }
    return axes
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
