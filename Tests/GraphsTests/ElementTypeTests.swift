import Graphs
import Testing

@Suite("Constants are rounded to their element type")
struct ScalarTests {
  @Test("a float32 constant is the nearest float32")
  func float32IsRounded() {
    #expect(Scalar(0.1, .float32).value == 0.100000001490116119384765625)
    #expect(Scalar(0.1, .float64).value == 0.1)
  }

  @Test(
    "integers are truncated toward zero and clamped to their range",
    arguments: [
      (-1.9, ElementType.int32, -1.0), (-1.9, .uint32, 0), (1e20, .int32, 2_147_483_647),
      (-1e20, .int32, -2_147_483_648), (1e20, .uint32, 4_294_967_295), (300, .uint8, 255), (2.7, .uint8, 2),
      (.nan, .int32, 0),
    ])
  func integersAreClamped(value: Double, type: ElementType, expected: Double) {
    #expect(Scalar(value, type).value == expected)
  }

  @Test("0 and -0 are two constants, and a NaN equals itself")
  func comparedByBits() {
    #expect(Scalar(0, .float32) != Scalar(-0.0, .float32))
    #expect(Scalar(.nan, .float64) == Scalar(.nan, .float64))
    #expect(Scalar(1, .float32) != Scalar(1, .float64))
  }
}
