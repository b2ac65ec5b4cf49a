import CPNG

/// PNG files (ISO/IEC 15948) of eight bits a channel, by libpng.
extension Picture {
  /// Reads a PNG file: grey stays grey, palettes and sixteen bits become eight bits in colour or grey, and transparent
  /// places lie on white.
  public init(png path: String) throws(DataError) {
    try self.init(pngBytes: InputFile.read(path, expected: "a PNG file"), path: path)
  }

  /// Writes a PNG file, whole or not at all.
  public func writePNG(to path: String) throws(DataError) { try AtomicFile.write([pngBytes], to: path) }

  private init(pngBytes bytes: [UInt8], path: String) throws(DataError) {
    guard Picture.isPNG(bytes) else {
      throw .malformed(path: path, found: "no PNG signature", expected: "a PNG file")
    }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    var pixels: [UInt8] = []
    let read = bytes.withUnsafeBytes { stored in
      guard png_image_begin_read_from_memory(&image, stored.baseAddress, stored.count) != 0 else { return false }
      // Sixteen bits are divided as they stand, not taken for linear light.
      image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
      let channels = image.format & Picture.colourFormat == 0 ? 1 : 3
      guard Int(image.width) * Int(image.height) <= Picture.largestArea else { return true }
      image.format = channels == 1 ? Picture.greyFormat : Picture.colourFormat
      pixels = [UInt8](repeating: 0, count: Int(image.width) * Int(image.height) * channels)
      var white = png_color(red: 255, green: 255, blue: 255)
      return pixels.withUnsafeMutableBytes {
        png_image_finish_read(&image, &white, $0.baseAddress, png_int_32(Int(image.width) * channels), nil) != 0
      }
    }
    guard read else {
      throw .malformed(path: path, found: "damaged PNG data (\(message(of: image)))", expected: "an intact PNG file")
    }
    let (height, width) = (Int(image.height), Int(image.width))
    guard !pixels.isEmpty else {
      throw .unsupported(
        path: path, found: "a picture of \(height) x \(width)", supported: "up to \(Picture.largestArea) pixels are")
    }
    self.init(height: height, width: width, channels: pixels.count / (height * width), pixels: pixels)
  }

  /// libpng's `PNG_FORMAT_GRAY` and `PNG_FORMAT_RGB`, whose definitions Swift does not take over.
  private static let greyFormat: png_uint_32 = 0
  private static let colourFormat = png_uint_32(PNG_FORMAT_FLAG_COLOR)

  /// More than any picture worth learning from: a small damaged file must not ask for all memory.
  static let largestArea = 1 << 26

  /// Whether bytes begin as a PNG file does.
  static func isPNG(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  /// The picture as the bytes of a PNG file.
  public var pngBytes: [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = channels == 1 ? Picture.greyFormat : Picture.colourFormat
    defer { png_image_free(&image) }
    // Room for pixels that do not compress; where it is not enough, libpng says how much is.
    var capacity = pixels.count + pixels.count / 64 + height + 1024
    while true {
      var size = capacity
      var output = [UInt8](repeating: 0, count: capacity)
      if png_image_write_to_memory(&image, &output, &size, 0, pixels, 0, nil) != 0 {
        output.removeSubrange(size...)
        return output
      }
      precondition(size > capacity, "[PNG] a picture is not encoded: \(message(of: image))")
      capacity = size
    }
  }
}

/// libpng's own words.
private func message(of image: png_image) -> String {
  withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
