import Basics
import Testing

@Suite("Numbers with so many digits after the point")
struct FixedPointTests {
  @Test(
    "digits are rounded, with their carry, and a zero has no sign",
    arguments: [
      (0.0, 2, "0.00"), (0.999, 2, "1.00"), (1.005, 0, "1"), (128.204, 2, "128.20"), (0.07, 2, "0.07"),
      (9.9999, 3, "10.000"), (0.5, 0, "1"), (-0.001, 2, "0.00"), (-0.005, 2, "-0.01"), (-0.5, 1, "-0.5"),
      (-2.5, 2, "-2.50"), (-0.0, 1, "0.0"), (1130.26396, 5, "1130.26396"), (0.1, 15, "0.100000000000000"),
    ])
  func digits(value: Double, digits: Int, text: String) {
    #expect(fixed(value, digits: digits) == text)
  }

  @Test(
    "no number is too large, too small, or none at all",
    arguments: [
      (9.3e8, "930000000.0000000000"), (-1e12, "-1000000000000.0000000000"),
      (123_456_789_012_345, "123456789012345.0000000000"),
      (-999_999_999_999_999.5, "-999999999999999.5000000000"), (1e15, "1000000000000000.0000000000"), (1e16, "1e+16"),
      (-1e20, "-1e+20"),
      (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "0.0000000000"),
      (-.leastNonzeroMagnitude, "0.0000000000"), (4.9e-11, "0.0000000000"), (5.1e-11, "0.0000000001"),
      (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
    ])
  func extremes(value: Double, text: String) {
    #expect(fixed(value, digits: 10) == text)
  }
}
