/// Ten hues, evenly round the circle, as even in lightness as eyes see it.
enum RoomPalette {
  static let hueCount = 10

  /// Colours of linear light for the floor, the walls and the object, by hue.
  static let floor = colours(lightness: 0.72, chroma: 0.10)
  static let wall = colours(lightness: 0.84, chroma: 0.085)
  static let object = colours(lightness: 0.70, chroma: 0.17)

  private static func colours(lightness: Double, chroma: Double) -> [Vector] {
    // From 25 degrees, a red, in steps of 36.
    rotations(
      count: hueCount, from: (0.906_307_787_036_649_9, 0.422_618_261_740_699_4),
      step: (0.809_016_994_374_947_5, 0.587_785_252_292_473_1)
    ).map { linear(lightness: lightness, a: chroma * $0.cosine, b: chroma * $0.sine) }
  }

  /// From Oklab to linear sRGB; what no screen can show is cut off.
  ///
  /// B. Ottosson, *A perceptual color space for image processing* (2020).
  private static func linear(lightness: Double, a: Double, b: Double) -> Vector {
    let l = lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b
    let m = lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b
    let s = lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b
    let (l3, m3, s3) = (l * l * l, m * m * m, s * s * s)
    return Vector(
      Float(max(0, 4.076_741_662_1 * l3 - 3.307_711_591_3 * m3 + 0.230_969_929_2 * s3)),
      Float(max(0, -1.268_438_004_6 * l3 + 2.609_757_401_1 * m3 - 0.341_319_396_5 * s3)),
      Float(max(0, -0.004_196_086_3 * l3 - 0.703_418_614_7 * m3 + 1.707_614_701_0 * s3)))
  }
}
