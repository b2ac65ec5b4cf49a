/// Cosine and sine of `count` angles, one `step` apart, by repeated rotation: the system's functions differ in their
/// last bits from one version to the next, and drawn data must not.
func rotations(
  count: Int, from start: (cosine: Double, sine: Double), step: (cosine: Double, sine: Double)
) -> [(cosine: Double, sine: Double)] {
  var (cosine, sine) = start
  return (0..<count).map { _ in
    defer {
      (cosine, sine) = (cosine * step.cosine - sine * step.sine, sine * step.cosine + cosine * step.sine)
    }
    return (cosine, sine)
  }
}
