/// White shapes on black, 32 x 32: the data set that needs no file and trains in seconds.
///
/// In the manner of dSprites (L. Matthey, I. Higgins, D. Hassabis, A. Lerchner, 2017): five independent factors, of
/// which three shapes are the labels. Every pixel is 0 or 255, without soft edges. The same seed gives the same bytes on
/// every machine: nothing but exactly rounded arithmetic is used.
public enum Sprites {
  /// Pictures that are drawn where no count is given.
  public static let trainCount = 40_000
  public static let testCount = 4_000

  /// Pixels a side.
  public static let side = 32

  /// The names of the classes, in the order of the labels.
  public static let shapeNames = ["square", "ellipse", "heart"]

  /// Shape, size from a half to the whole in tenths, orientation in steps of 9 degrees clockwise, and the place in
  /// pixels from left and from the top.
  static let space = FactorSpace(
    names: ["shape", "scale", "orientation", "x", "y"],
    classCounts: [3, scaleCount, orientationCount, side - 2 * reach, side - 2 * reach],
    representative: { classes in
      // A square looks the same after a quarter of a turn, and a small one after less.
      let first = stamps[stampIndex(classes)].first
      return [
        first / (scaleCount * orientationCount), first / orientationCount % scaleCount, first % orientationCount,
        classes[3], classes[4],
      ]
    })

  /// Draws `count` pictures (count, 32, 32) with their factors, the shape as label.
  public static func draw(count: Int, seed: UInt64 = 0, split: DataSplit = .train) -> DataSet {
    space.dataSet(name: "sprites", count: count, seed: seed, split: split, shape: [side, side]) { draw($0, into: $1) }
  }

  /// Draws the one picture of a combination of factors: shape, scale, orientation, x, y.
  public static func picture(_ classes: [Int]) -> Picture {
    precondition(
      classes.count == space.names.count && zip(classes, space.classCounts).allSatisfy { 0 <= $0 && $0 < $1 },
      "[Sprites] factors \(classes) of \(space.classCounts)")
    var pixels = [UInt8](repeating: 0, count: side * side)
    pixels.withUnsafeMutableBufferPointer { draw(classes, into: $0) }
    return Picture(height: side, width: side, channels: 1, pixels: pixels)
  }

  private static let scaleCount = 6
  private static let orientationCount = 40

  /// How far the largest shape reaches from its middle pixel, in pixels; so far is that pixel from every border.
  private static let reach = 10
  private static let stampSide = 2 * reach + 1

  /// A shape in one size and orientation, wherever it is put.
  private struct Stamp {
    /// 21 x 21 pixels.
    let pixels: [UInt8]
    /// The index of the first stamp with the same pixels.
    let first: Int
  }

  private static func stampIndex(_ classes: [Int]) -> Int {
    (classes[0] * scaleCount + classes[1]) * orientationCount + classes[2]
  }

  /// Every shape in every size and orientation, the orientation running fastest.
  private static let stamps: [Stamp] = {
    var firsts: [[UInt8]: Int] = [:]
    return (0..<shapeNames.count * scaleCount * orientationCount).map { index in
      let pixels = stamp(
        shape: index / (scaleCount * orientationCount), scale: index / orientationCount % scaleCount,
        orientation: index % orientationCount)
      let first = firsts[pixels] ?? index
      firsts[pixels] = first
      return Stamp(pixels: pixels, first: first)
    }
  }()

  /// Cosine and sine of every orientation, in steps of 9 degrees.
  private static let orientations = rotations(
    count: orientationCount, from: (1, 0), step: (0.987_688_340_595_137_7, 0.156_434_465_040_230_87))

  private static func stamp(shape: Int, scale: Int, orientation: Int) -> [UInt8] {
    let size = 0.5 + 0.1 * Double(scale)
    let (cosine, sine) = orientations[orientation]
    return (0..<stampSide * stampSide).map { pixel in
      let (dx, dy) = (Double(pixel % stampSide - reach), Double(pixel / stampSide - reach))
      let u = (dx * cosine + dy * sine) / size
      let v = (dy * cosine - dx * sine) / size
      return contains(u, v, shape: shape) ? 255 : 0
    }
  }

  private static func draw(_ classes: [Int], into pixels: UnsafeMutableBufferPointer<UInt8>) {
    pixels.update(repeating: 0)
    let stamp = stamps[stampIndex(classes)].pixels
    for row in 0..<stampSide {
      let start = (classes[4] + row) * side + classes[3]
      for column in 0..<stampSide { pixels[start + column] = stamp[row * stampSide + column] }
    }
  }

  /// Whether a point, in pixels right of and below the centre, is in the shape of full size.
  private static func contains(_ u: Double, _ v: Double, shape: Int) -> Bool {
    switch shape {
    case 0: return abs(u) <= 7.2 && abs(v) <= 7.2
    case 1: return u * u / (10.2 * 10.2) + v * v / (5.4 * 5.4) <= 1
    default:
      // Two discs side by side above a bulging triangle with its point down; y runs upward.
      let (x, y) = (abs(u) / 9.2, -v / 9.2)
      let inDisc = (x - 0.44) * (x - 0.44) + (y - 0.42) * (y - 0.42) <= 0.25
      let rise = (y + 0.95) / 1.37
      return inDisc || rise >= 0 && rise <= 1 && x <= 0.94 * rise * (1.4 - 0.4 * rise)
    }
  }
}
