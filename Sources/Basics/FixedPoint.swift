/// A number with so many digits after the point: `fixed(-2.5, digits: 2)` is `-2.50`.
///
/// What has no such text is written as Swift does: numbers of 1e16 and more, which have no digit after the point, with
/// their power of ten, and `inf` and `nan`. A number that rounds to 0 has no sign.
///
/// - Parameter digits: from 0 to 15.
public func fixed(_ value: Double, digits: Int) -> String {
  precondition((0...15).contains(digits), "[fixed] \(digits) digits after the point")
  guard abs(value) < 1e16 else { return "\(value)" }
  let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
  // Apart, so that neither the product nor the whole leaves an Int's range.
  let magnitude = abs(value)
  var whole = Int(magnitude)
  var units = Int(((magnitude - Double(whole)) * Double(scale)).rounded())
  if units == scale { (whole, units) = (whole + 1, 0) }
  let sign = value < 0 && (whole > 0 || units > 0) ? "-" : ""
  guard digits > 0 else { return "\(sign)\(whole)" }
  let fraction = String(units)
  return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
}
