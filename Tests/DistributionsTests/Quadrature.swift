/// The integral of a function by Simpson's rule.
///
/// For functions that are smooth and vanish with their derivatives at both ends the error falls faster than any power
/// of the step.
func integral(from low: Double, to high: Double, intervals: Int = 4000, _ function: (Double) -> Double) -> Double {
  let step = (high - low) / Double(intervals)
  var sum = function(low) + function(high)
  for i in 1..<intervals { sum += (i % 2 == 1 ? 4 : 2) * function(low + Double(i) * step) }
  return sum * step / 3
}
