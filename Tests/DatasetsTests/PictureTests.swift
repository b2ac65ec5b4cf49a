import Datasets
import Testing

@Suite("Pictures and grids of them")
struct PictureTests {
  @Test("channels first becomes channels last, and back")
  func planar() {
    let picture = Picture(planar: [UInt8](1...12), shape: [3, 2, 2])
    #expect(picture.pixels == [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12])
    #expect(picture.planar == [UInt8](1...12))
    #expect(Picture(planar: [UInt8](1...4), shape: [2, 2]) == Picture(planar: [UInt8](1...4), shape: [1, 2, 2]))
  }

  @Test("numbers are scaled, rounded and cut off")
  func numbers() {
    let values: [Float] = [0, 0.5, 1, -3, 7, .nan, 0.001, 0.998]
    #expect(Picture(planar: values, shape: [2, 4]).pixels == [0, 128, 255, 0, 255, 0, 0, 254])
    #expect(Picture(planar: [Float(-1), 0, 1], shape: [1, 3], range: -1...1).pixels == [0, 128, 255])
  }

  @Test("a datum of a set is a picture")
  func datum() {
    let set = DataSet(name: "a", images: DataArray([UInt8](0..<12), shape: [2, 3, 1, 2]))
    #expect(set.picture(at: 1).pixels == [6, 8, 10, 7, 9, 11])
  }

  @Test("a pixel becomes a square")
  func magnified() {
    let picture = Picture(height: 1, width: 2, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    let row: [UInt8] = [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]
    #expect(picture.magnified(by: 2) == Picture(height: 2, width: 4, channels: 3, pixels: row + row))
    #expect(picture.magnified(by: 1) == picture)
  }

  @Test("a grid has gaps between and around, and leaves the rest of its last row empty")
  func grid() {
    let pictures = [1, 2, 3].map { Picture(height: 1, width: 1, channels: 1, pixels: [$0]) }
    let grid = PictureGrid(columns: 2, magnification: 2, gap: 1, background: 9).picture(of: pictures)
    let expected: [[UInt8]] = [
      [9, 9, 9, 9, 9, 9, 9],
      [9, 1, 1, 9, 2, 2, 9],
      [9, 1, 1, 9, 2, 2, 9],
      [9, 9, 9, 9, 9, 9, 9],
      [9, 3, 3, 9, 9, 9, 9],
      [9, 3, 3, 9, 9, 9, 9],
      [9, 9, 9, 9, 9, 9, 9],
    ]
    #expect(grid == Picture(height: 7, width: 7, channels: 1, pixels: expected.flatMap { $0 }))
  }

  @Test(
    "small pictures are magnified, large ones are not, and a grid is about square",
    arguments: [(28, 64, 8 * (84 + 2) + 2), (32, 10, 4 * 66 + 2), (64, 5, 3 * 66 + 2), (100, 1, 104), (2, 1, 20)])
  func sizes(side: Int, count: Int, width: Int) {
    let picture = Picture(
      height: side, width: side, channels: 1, pixels: [UInt8](repeating: 0, count: side * side))
    #expect(PictureGrid().picture(of: Array(repeating: picture, count: count)).width == width)
  }

  @Test("one picture in colour makes the grid colourful")
  func mixed() {
    let grey = Picture(height: 1, width: 1, channels: 1, pixels: [5])
    let colour = Picture(height: 1, width: 1, channels: 3, pixels: [1, 2, 3])
    let grid = PictureGrid(magnification: 1, gap: 0).picture(of: [grey, colour])
    #expect(grid == Picture(height: 1, width: 2, channels: 3, pixels: [5, 5, 5, 1, 2, 3]))
  }
}
