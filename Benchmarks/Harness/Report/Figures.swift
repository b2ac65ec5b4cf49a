import Basics

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
  return fixed(value, digits: digits)
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
