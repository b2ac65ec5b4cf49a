/// Pictures of one size laid out in rows and columns, small ones magnified, with thin gaps between them.
public struct PictureGrid: Hashable, Sendable {
  /// Pictures a row; where nil, as many as make the grid about square.
  public var columns: Int?
  /// How many pixels a side one pixel becomes; where nil, what brings a picture to about 64 pixels.
  public var magnification: Int?
  /// Pixels between pictures and around them, not magnified.
  public var gap: Int
  /// The grey of the gaps and of the places left over in the last row.
  public var background: UInt8

  public init(columns: Int? = nil, magnification: Int? = nil, gap: Int = 2, background: UInt8 = 56) {
    precondition((columns ?? 1) > 0 && (magnification ?? 1) > 0 && gap >= 0, "[PictureGrid] a size below its least")
    self.columns = columns
    self.magnification = magnification
    self.gap = gap
    self.background = background
  }

  /// Lays out pictures row by row; in colour where any of them is. Traps for none, and for pictures of unequal sizes.
  public func picture(of pictures: [Picture]) -> Picture {
    guard let first = pictures.first else { preconditionFailure("[PictureGrid] no pictures") }
    precondition(
      pictures.allSatisfy { $0.height == first.height && $0.width == first.width },
      "[PictureGrid] pictures of unequal sizes")
    let channels = pictures.map(\.channels).max() ?? 1
    let factor = magnification ?? Self.magnification(for: max(first.height, first.width))
    let columns = min(self.columns ?? Self.columns(for: pictures.count), pictures.count)
    let rows = (pictures.count + columns - 1) / columns
    let (cellHeight, cellWidth) = (first.height * factor + gap, first.width * factor + gap)
    let (height, width) = (rows * cellHeight + gap, columns * cellWidth + gap)

    var pixels = [UInt8](repeating: background, count: height * width * channels)
    for (index, picture) in pictures.enumerated() {
      let cell = (channels == 3 ? picture.inColor : picture).magnified(by: factor)
      let (top, left) = (index / columns * cellHeight + gap, index % columns * cellWidth + gap)
      let rowLength = cell.width * channels
      for y in 0..<cell.height {
        let start = ((top + y) * width + left) * channels
        pixels.replaceSubrange(start..<start + rowLength, with: cell.pixels[y * rowLength..<(y + 1) * rowLength])
      }
    }
    return Picture(height: height, width: width, channels: channels, pixels: pixels)
  }

  /// The nearest whole factor that makes `side` at least 64 pixels, and not more than eightfold.
  private static func magnification(for side: Int) -> Int { min(8, max(1, (64 + side - 1) / side)) }

  /// The smallest number of columns that makes no more rows than columns.
  private static func columns(for count: Int) -> Int {
    var columns = 1
    while columns * columns < count { columns += 1 }
    return columns
  }
}
