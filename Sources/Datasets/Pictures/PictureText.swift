import Basics

/// Small letters of five columns and seven rows, drawn pixel by pixel: what stands beside pictures.
enum PictureText {
  static let height = 7
  /// From one letter to the next.
  static let advance = 6

  /// Pixels that a text is wide, magnified so often.
  static func width(of text: String, magnification: Int = 1) -> Int {
    text.isEmpty ? 0 : (text.count * advance - 1) * magnification
  }

  /// Places (x, y) of the pixels of a text, from its upper left corner on; a letter that is not drawn is a gap.
  static func pixels(of text: String) -> [(x: Int, y: Int)] {
    text.enumerated().flatMap { number, letter -> [(x: Int, y: Int)] in
      (glyphs[letter] ?? []).map { (number * advance + $0.x, $0.y) }
    }
  }

  private static let glyphs: [Character: [(x: Int, y: Int)]] = {
    var glyphs: [Character: [(x: Int, y: Int)]] = [:]
    for (letters, sheet) in sheets {
      for (y, row) in sheet.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        for (x, mark) in row.enumerated() where mark == "#" {
          let letter = letters[letters.index(letters.startIndex, offsetBy: x / advance)]
          glyphs[letter, default: []].append((x % advance, y))
        }
      }
    }
    return glyphs
  }()

  private static let sheets = [
    (
      "0123456789",
      """
      .###....#....###...###.....#..#####..###..#####..###...###..
      #...#..##...#...#.#...#...##..#.....#.........#.#...#.#...#.
      #...#...#.......#.....#..#.#..####..####.....#..#...#.#...#.
      #...#...#......#....##..#..#......#.#...#...#....###...####.
      #...#...#.....#.......#.#####.....#.#...#...#...#...#.....#.
      #...#...#....#....#...#....#..#...#.#...#..#....#...#.....#.
      .###...###..#####..###.....#...###...###...#.....###...###..
      """
    ),
    (
      "abcdefghijklm",
      """
      ......#...............#.........##........#.......#......#..#......##.........
      ......#...............#........#..........#.................#.......#.........
      .###..####...###...####..###..####...####.####...##.....##..#..#....#...##.#..
      ....#.#...#.#...#.#...#.#...#..#....#...#.#...#...#......#..#.#.....#...#.#.#.
      .####.#...#.#.....#...#.#####..#.....####.#...#...#......#..##......#...#.#.#.
      #...#.#...#.#...#.#...#.#......#........#.#...#...#...#..#..#.#.....#...#.#.#.
      .####.####...###...####..####..#.....###..#...#..###...##...#..#...###..#.#.#.
      """
    ),
    (
      "nopqrstuvwxyz",
      """
      .....................................#........................................
      .....................................#........................................
      ####...###..####...####.#.##...####.####..#...#.#...#.#...#.#...#.#...#.#####.
      #...#.#...#.#...#.#...#.##....#......#....#...#.#...#.#...#..#.#..#...#....#..
      #...#.#...#.####...####.#......###...#....#...#.#...#.#.#.#...#....####...#...
      #...#.#...#.#.........#.#.........#..#..#.#...#..#.#..#.#.#..#.#......#..#....
      #...#..###..#.........#.#.....####....##...####...#....#.#..#...#..###..#####.
      """
    ),
    (
      ".,-+%:()/=",
      """
      ........................##............#.....#.......#.......
      ....................#...##..#..##....#.......#......#.......
      ....................#......#...##...#.........#....#..#####.
      ............#####.#####...#.........#.........#...#.........
      .......##...........#....#.....##...#.........#..#....#####.
      .##....##...........#...#..##..##....#.......#..#...........
      .##....#...................##.........#.....#...#...........
      """
    ),
  ]
}

extension Picture {
  /// The picture with text around it: above each column, to the left of each row, and beneath.
  ///
  /// - Parameters:
  ///   - columns: texts and the middles of the places above which they stand.
  ///   - rows: texts and the middles of the places beside which they stand.
  ///   - caption: lines beneath; words are broken where they do not fit.
  package func labeled(
    columns: [(text: String, center: Int)] = [], rows: [(text: String, center: Int)] = [], caption: String = ""
  ) -> Picture {
    let scale = 2
    let line = (PictureText.height + 4) * scale
    let widest = rows.map { PictureText.width(of: $0.text, magnification: scale) }.max() ?? 0
    let left = rows.isEmpty ? 0 : widest + 4 * scale
    let top = columns.isEmpty ? 0 : line
    let lines = caption.lines(ofWidth: (left + width - 4) / (PictureText.advance * scale))
    let (height, width) = (top + self.height + lines.count * line, left + self.width)
    let background: UInt8 = 56
    var pixels = [UInt8](repeating: background, count: height * width * channels)
    for y in 0..<self.height {
      let start = ((top + y) * width + left) * channels
      let row = self.width * channels
      pixels.replaceSubrange(start..<start + row, with: self.pixels[y * row..<(y + 1) * row])
    }
    var texts = columns.map { text, center in
      (text, left + center - PictureText.width(of: text, magnification: scale) / 2, 2 * scale)
    }
    texts += rows.map { text, center in
      let start = left - 2 * scale - PictureText.width(of: text, magnification: scale)
      return (text, start, top + center - PictureText.height * scale / 2)
    }
    texts += lines.enumerated().map { ($1, 2 * scale, top + self.height + $0 * line + 2 * scale) }
    return Picture(height: height, width: width, channels: channels, pixels: pixels)
      .inscribed(texts, level: 235, magnification: scale)
  }

  /// The picture with texts on it, each from its upper left corner on.
  package func inscribed(
    _ texts: [(text: String, x: Int, y: Int)], level: UInt8 = 40, magnification scale: Int = 2
  ) -> Picture {
    var pixels = self.pixels
    for (text, x, y) in texts {
      for place in PictureText.pixels(of: text) {
        for (dx, dy) in (0..<scale * scale).map({ ($0 % scale, $0 / scale) }) {
          let (px, py) = (x + place.x * scale + dx, y + place.y * scale + dy)
          guard (0..<width).contains(px), (0..<height).contains(py) else { continue }
          for channel in 0..<channels { pixels[(py * width + px) * channels + channel] = level }
        }
      }
    }
    return Picture(height: height, width: width, channels: channels, pixels: pixels)
  }
}

extension PictureGrid {
  /// Lays out pictures with a text above each column, one to the left of each row, and a line beneath.
  package func picture(
    of pictures: [Picture], columnLabels: [String] = [], rowLabels: [String] = [], caption: String = ""
  ) -> Picture {
    let grid = picture(of: pictures)
    let columns = min(self.columns ?? pictures.count, pictures.count)
    let cell = (grid.width - gap) / columns
    let rowCount = (pictures.count + columns - 1) / columns
    let height = (grid.height - gap) / rowCount
    func places(_ labels: [String], _ size: Int) -> [(text: String, center: Int)] {
      labels.enumerated().map { ($1, $0 * size + size / 2) }
    }
    return grid.labeled(columns: places(columnLabels, cell), rows: places(rowLabels, height), caption: caption)
  }
}
