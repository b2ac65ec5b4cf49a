/// A picture of bytes as screens and PNG files take it: rows of pixels, the channels of a pixel side by side.
public struct Picture: Hashable, Sendable {
  public let height: Int
  public let width: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// height x width x channels, from 0 (dark) to 255 (light).
  public let pixels: [UInt8]

  /// Traps where the pixels do not fill the picture.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      height > 0 && width > 0 && (channels == 1 || channels == 3) && pixels.count == height * width * channels,
      "[Picture] \(pixels.count) bytes do not fill \(height) x \(width) x \(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// Takes one datum, channels first as data sets and convolutions hold it: (height, width) or
  /// (channels, height, width).
  public init(planar bytes: some RandomAccessCollection<UInt8>, shape: [Int]) {
    precondition(shape.count == 2 || shape.count == 3, "[Picture] shape \(shape) is no picture's")
    let channels = shape.count == 3 ? shape[0] : 1
    let area = shape.suffix(2).reduce(1, *)
    precondition(bytes.count == channels * area, "[Picture] \(bytes.count) bytes do not fill \(shape)")
    let planes = Array(bytes)
    var pixels = planes
    if channels > 1 {
      for pixel in 0..<area {
        for channel in 0..<channels { pixels[pixel * channels + channel] = planes[channel * area + pixel] }
      }
    }
    self.init(height: shape[shape.count - 2], width: shape[shape.count - 1], channels: channels, pixels: pixels)
  }

  /// Takes one datum of numbers, channels first; `range` goes from dark to light, and what lies outside is cut off.
  public init(planar values: some RandomAccessCollection<Float>, shape: [Int], range: ClosedRange<Double> = 0...1) {
    let scale = 255 / (range.upperBound - range.lowerBound)
    let bytes = values.map { value in
      let level = ((Double(value) - range.lowerBound) * scale).rounded()
      return level > 0 ? UInt8(min(255, level)) : 0  // A NaN is dark.
    }
    self.init(planar: bytes, shape: shape)
  }

  /// The channels one after the other (channels x height x width), as data sets hold them.
  public var planar: [UInt8] {
    (0..<channels).flatMap { channel in
      stride(from: channel, to: pixels.count, by: channels).map { pixels[$0] }
    }
  }

  /// Every pixel as a square of `factor` x `factor` pixels.
  public func magnified(by factor: Int) -> Picture {
    precondition(factor > 0, "[Picture] magnified by \(factor)")
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for y in 0..<height {
      let start = result.count
      for x in 0..<width {
        let pixel = pixels[(y * width + x) * channels..<(y * width + x + 1) * channels]
        for _ in 0..<factor { result += pixel }
      }
      let row = result[start...]
      for _ in 1..<factor { result += row }
    }
    return Picture(height: height * factor, width: width * factor, channels: channels, pixels: result)
  }

  /// The same picture with three channels.
  public var inColor: Picture {
    guard channels == 1 else { return self }
    return Picture(height: height, width: width, channels: 3, pixels: pixels.flatMap { [$0, $0, $0] })
  }
}

extension DataSet {
  /// One datum as a picture; traps where the data are no pictures of bytes.
  public func picture(at index: Int) -> Picture {
    precondition(images.type == .uint8, "[DataSet] \(images.type) is no picture's element type")
    precondition(0 <= index && index < count, "[DataSet] picture \(index) of \(count)")
    return Picture(
      planar: images.bytes[index * datumSize..<(index + 1) * datumSize], shape: datumShape)
  }
}
