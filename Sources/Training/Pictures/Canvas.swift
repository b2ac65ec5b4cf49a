import Datasets

/// White paper on which squares and numbers are drawn.
struct Canvas {
  let height, width: Int
  private var pixels: [UInt8]

  /// Colours that are told apart on white, ten and then again.
  static let palette: [[UInt8]] = [
    [31, 119, 180], [255, 127, 14], [44, 160, 44], [214, 39, 40], [148, 103, 189], [140, 86, 75], [227, 119, 194],
    [110, 110, 110], [170, 170, 20], [23, 190, 207],
  ]
  static let ink: [UInt8] = [40, 40, 40]

  init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    pixels = [UInt8](repeating: 255, count: height * width * 3)
  }

  var picture: Picture { Picture(height: height, width: width, channels: 3, pixels: pixels) }

  /// Fills a rectangle, or what of it is on the paper.
  mutating func fill(top: Int, left: Int, height: Int, width: Int, _ color: [UInt8]) {
    for y in max(0, top)..<max(0, min(self.height, top + height)) {
      for x in max(0, left)..<max(0, min(self.width, left + width)) {
        for channel in 0..<3 { pixels[(y * self.width + x) * 3 + channel] = color[channel] }
      }
    }
  }

  /// Writes a number, its figures 15 pixels high and 12 apart.
  mutating func write(_ number: Int, top: Int, left: Int) {
    for (position, digit) in String(number).compactMap(\.wholeNumberValue).enumerated() {
      for (row, bits) in Self.digits[digit].enumerated() {
        for column in 0..<3 where bits >> (2 - column) & 1 == 1 {
          fill(top: top + row * 3, left: left + position * 12 + column * 3, height: 3, width: 3, Self.ink)
        }
      }
    }
  }

  /// Figures of three columns and five rows, a row for each number, the left column in its highest bit.
  private static let digits: [[UInt8]] = [
    [7, 5, 5, 5, 7], [2, 6, 2, 2, 7], [7, 1, 7, 4, 7], [7, 1, 3, 1, 7], [5, 5, 7, 1, 1], [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7], [7, 1, 1, 2, 2], [7, 5, 7, 5, 7], [7, 5, 7, 1, 7],
  ]
}
