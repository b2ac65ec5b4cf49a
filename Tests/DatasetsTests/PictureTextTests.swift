import Testing

@testable import Datasets

@Suite("Text beside pictures")
struct PictureTextTests {
  @Test("every letter is drawn within its place, and no two are the same")
  func letters() {
    let letters = "abcdefghijklmnopqrstuvwxyz0123456789.,-+%:()/="
    var seen: Set<[Int]> = []
    for letter in letters {
      let pixels = PictureText.pixels(of: String(letter))
      #expect(!pixels.isEmpty && pixels.allSatisfy { (0..<5).contains($0.x) && (0..<7).contains($0.y) }, "\(letter)")
      #expect(seen.insert(pixels.map { $0.y * 5 + $0.x }).inserted, "\(letter)")
    }
    #expect(PictureText.pixels(of: "l 1").map(\.x).max() == 15)
    #expect(PictureText.width(of: "ab", magnification: 2) == 22)
  }

  @Test("the pictures stay as they are, with text above, to the left and beneath")
  func labels() {
    let cell = Picture(height: 8, width: 8, channels: 1, pixels: (0..<64).map { UInt8($0) })
    let grid = PictureGrid(columns: 2)
    let plain = grid.picture(of: [cell, cell, cell, cell])
    let labeled = grid.picture(
      of: [cell, cell, cell, cell], columnLabels: ["1", "2"], rowLabels: ["ab", "c"], caption: "down and across")
    let (top, left) = (22, 30)
    // Fifteen letters do not fit into the width of thirteen.
    #expect((labeled.height, labeled.width) == (top + plain.height + 2 * 22, left + plain.width))
    for y in 0..<plain.height {
      let start = (top + y) * labeled.width + left
      #expect(
        labeled.pixels[start..<start + plain.width].elementsEqual(plain.pixels[y * plain.width..<(y + 1) * plain.width])
      )
    }
    #expect(labeled.pixels[..<(top * labeled.width)].contains(235))
    #expect(grid.picture(of: [cell], columnLabels: []) == PictureGrid(columns: 1).picture(of: [cell]))
  }
}
