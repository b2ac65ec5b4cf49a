/// A number with three digits that mean something: `0.0123`, `1.23`, `12.3`, `1230`.
func short(_ value: Double) -> String {
  guard value.isFinite else { return "-" }
  var digits = 2
  var bound = 10.0
  while digits > 0, abs(value) >= bound {
    digits -= 1
    bound *= 10
  }
  var small = 1.0
  while digits < 6, value != 0, abs(value) < small {
    digits += 1
    small /= 10
  }
  return fixed(value, digits)
}

/// A number with so many digits after the point.
func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "-" }
  let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
  let units = (abs(value) * scale).rounded()
  let whole = (units / scale).rounded(.down)
  let sign = value < 0 && units > 0 ? "-" : ""
  guard digits > 0 else { return sign + "\(Int(whole))" }
  let fraction = "\(Int(units - whole * scale))"
  return sign + "\(Int(whole))." + String(repeating: "0", count: digits - fraction.count) + fraction
}

/// Bytes in a unit of their size: `1.23 MiB`.
func bytes(_ count: Int) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB"]
  var value = Double(count)
  var unit = 0
  while value >= 1024, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  return "\(unit == 0 ? "\(count)" : short(value)) \(units[unit])"
}
