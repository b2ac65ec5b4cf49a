import Glibc

/// A white picture in colour to draw on: points, lines, discs and words, smooth at their edges.
///
/// Places are in pixels from the upper left corner.
public struct Canvas: Sendable {
  public let height, width: Int
  private var pixels: [UInt8]

  /// Red, green, blue.
  public typealias Color = [UInt8]

  /// Colours that are told apart on white, for ten classes and then again.
  private static let palette: [Color] = [
    [31, 119, 180], [255, 127, 14], [44, 160, 44], [214, 39, 40], [148, 103, 189], [140, 86, 75], [227, 119, 194],
    [110, 110, 110], [170, 170, 20], [23, 190, 207],
  ]

  public static let ink: Color = [40, 40, 40]
  public static let soft: Color = [226, 228, 232]

  /// The colour of a class; of -1, where none is known, a grey.
  public static func color(_ number: Int) -> Color { number < 0 ? [200, 200, 200] : palette[number % palette.count] }

  public init(height: Int, width: Int) {
    precondition(height > 0 && width > 0, "[Canvas] \(height) x \(width)")
    (self.height, self.width) = (height, width)
    pixels = [UInt8](repeating: 255, count: height * width * 3)
  }

  public var picture: Picture { Picture(height: height, width: width, channels: 3, pixels: pixels) }

  private mutating func blend(_ y: Int, _ x: Int, _ color: Color, _ share: Double) {
    guard share > 0, 0 <= y, y < height, 0 <= x, x < width else { return }
    for channel in 0..<3 {
      let place = (y * width + x) * 3 + channel
      let mixed = Double(pixels[place]) + (Double(color[channel]) - Double(pixels[place])) * min(share, 1)
      pixels[place] = UInt8(mixed.rounded())
    }
  }

  /// A rectangle.
  public mutating func fill(top: Int, left: Int, height: Int, width: Int, _ color: Color) {
    for y in top..<top + height { for x in left..<left + width { blend(y, x, color, 1) } }
  }

  /// A disc around a place.
  public mutating func disc(x: Double, y: Double, radius: Double, _ color: Color, opacity: Double = 1) {
    guard x.isFinite, y.isFinite, abs(x) < 1e6, abs(y) < 1e6 else { return }
    for row in Int(y - radius) - 1...Int(y + radius) + 1 {
      for column in Int(x - radius) - 1...Int(x + radius) + 1 {
        let distance = hypot(Double(column) - x, Double(row) - y)
        blend(row, column, color, opacity * min(1, radius + 0.5 - distance))
      }
    }
  }

  /// A straight line between two places.
  public mutating func line(
    _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), width thickness: Double = 1, _ color: Color
  ) {
    guard [from.x, from.y, to.x, to.y].allSatisfy({ $0.isFinite && abs($0) < 1e5 }) else { return }
    let (dx, dy) = (to.x - from.x, to.y - from.y)
    let squaredLength = max(dx * dx + dy * dy, 1e-12)
    let reach = thickness / 2 + 1
    let rows = max(0, Int(min(from.y, to.y) - reach))...max(0, min(height - 1, Int(max(from.y, to.y) + reach)))
    for row in rows {
      // Of a row the part that the line comes near.
      let (low, high) = span(of: (from, to), row: Double(row), reach: reach)
      guard low <= high, high >= 0, low < Double(width) else { continue }
      for column in max(0, Int(low))...max(0, min(width - 1, Int(high) + 1)) {
        let along = ((Double(column) - from.x) * dx + (Double(row) - from.y) * dy) / squaredLength
        let t = min(1, max(0, along))
        let distance = hypot(Double(column) - from.x - t * dx, Double(row) - from.y - t * dy)
        blend(row, column, color, thickness / 2 + 0.5 - distance)
      }
    }
  }

  private func span(
    of line: (from: (x: Double, y: Double), to: (x: Double, y: Double)), row: Double, reach: Double
  ) -> (Double, Double) {
    let (from, to) = line
    let (left, right) = (min(from.x, to.x) - reach, max(from.x, to.x) + reach)
    guard abs(to.y - from.y) > 1e-9 else { return (left, right) }
    func x(_ y: Double) -> Double { from.x + (to.x - from.x) * (y - from.y) / (to.y - from.y) }
    let (a, b) = (x(row - reach * 2), x(row + reach * 2))
    return (max(left, min(a, b) - reach), min(right, max(a, b) + reach))
  }

  /// Lines from place to place.
  public mutating func path(_ places: [(x: Double, y: Double)], width: Double = 1.5, _ color: Color) {
    for (from, to) in zip(places, places.dropFirst()) { line(from, to, width: width, color) }
  }

  private static let magnification = 2

  /// How many pixels a text is wide.
  public static func textWidth(_ text: String) -> Int { PictureText.width(of: text, magnification: magnification) }

  /// Words in small letters, 14 pixels high.
  public mutating func text(_ text: String, top: Int, left: Int, _ color: Color = ink) {
    let size = Self.magnification
    for place in PictureText.pixels(of: text.lowercased()) {
      fill(top: top + place.y * size, left: left + place.x * size, height: size, width: size, color)
    }
  }
}
