import Datasets

/// A picture with two axes, on which data are drawn in their own numbers.
struct PlotFrame {
  var canvas: Canvas
  private let x, y: Chart.Scale

  private static let (left, right, top, bottom) = (92.0, 24.0, 52.0, 56.0)

  /// - Parameters:
  ///   - title: what stands above.
  ///   - xs, ys: numbers that must lie inside.
  init(
    _ title: String, xs: some Sequence<Double>, ys: some Sequence<Double>, xName: String = "", yName: String = "",
    height: Int = 560, width: Int = 760
  ) {
    func range(_ values: some Sequence<Double>) -> (Double, Double) {
      let (low, high) = values.lazy.filter(\.isFinite).reduce((Double.infinity, -Double.infinity)) {
        (min($0.0, $1), max($0.1, $1))
      }
      guard low <= high else { return (0, 1) }
      let slack = max((high - low) * 0.06, abs(high) * 1e-9, 1e-12)
      return (low - slack, high + slack)
    }
    canvas = Canvas(height: height, width: width)
    let ((x0, x1), (y0, y1)) = (range(xs), range(ys))
    x = Chart.Scale(from: x0, to: x1, onto: Self.left, Double(width) - Self.right)
    y = Chart.Scale(from: y0, to: y1, onto: Double(height) - Self.bottom, Self.top)
    for tick in y.ticks(6) {
      canvas.line((Self.left, y(tick)), (Double(width) - Self.right, y(tick)), Canvas.soft)
      let label = Chart.label(tick)
      canvas.text(label, top: Int(y(tick)) - 7, left: Int(Self.left) - 10 - Canvas.textWidth(label))
    }
    for tick in x.ticks(7) {
      canvas.line((x(tick), Self.top), (x(tick), Double(height) - Self.bottom), Canvas.soft)
      let label = Chart.label(tick)
      canvas.text(label, top: height - Int(Self.bottom) + 8, left: Int(x(tick)) - Canvas.textWidth(label) / 2)
    }
    canvas.text(title, top: 6, left: Int(Self.left))
    canvas.text(yName, top: 28, left: 8, [110, 110, 110])
    canvas.text(
      xName, top: height - 22, left: width - Int(Self.right) - Canvas.textWidth(xName), [110, 110, 110])
  }

  /// Where a point of the data lies on the canvas.
  func place(_ point: (Double, Double)) -> (x: Double, y: Double) { (x(point.0), y(point.1)) }

  mutating func point(_ point: (Double, Double), radius: Double = 2.6, _ color: Canvas.Color, opacity: Double = 0.7) {
    let place = place(point)
    canvas.disc(x: place.x, y: place.y, radius: radius, color, opacity: opacity)
  }

  mutating func path(_ points: [(Double, Double)], width: Double = 2, _ color: Canvas.Color) {
    canvas.path(points.map(place), width: width, color)
  }

  /// Words in their colours beside the title, right of it.
  mutating func legend(_ entries: [(String, Canvas.Color)]) {
    var left = canvas.width - Int(Self.right)
    for (word, color) in entries.reversed() {
      left -= Canvas.textWidth(word)
      canvas.text(word, top: 6, left: left, color)
      left -= 24
    }
  }
}
