import Glibc

/// Curves over the steps of training, as one SVG that scales with the page and takes its colours from it.
struct Chart {
  struct Series {
    let name: String
    /// (step, value); what is no number is left out.
    let points: [(x: Double, y: Double)]
  }

  let title: String
  /// What the vertical axis counts.
  let unit: String
  let series: [Series]

  private static let (width, height) = (640.0, 280.0)
  private static let (left, right, top, bottom) = (64.0, 14.0, 14.0, 30.0)

  /// The figure, or nothing where there is no point.
  var html: String {
    let drawn = series.map { one in
      Series(name: one.name, points: one.points.filter { $0.y.isFinite && $0.x.isFinite })
    }
    .filter { !$0.points.isEmpty }
    let points = drawn.flatMap(\.points)
    guard let firstX = points.map(\.x).min(), let lastX = points.map(\.x).max(), let low = points.map(\.y).min(),
      let high = points.map(\.y).max()
    else { return "" }
    // A curve that stays where it is lies in the middle of round numbers around it.
    let isFlat = high - low <= abs(high) * 1e-5
    let slack = isFlat ? max(abs(high) * 0.3, 1e-9) : (high - low) * 0.06
    let x = Scale(from: firstX, to: max(lastX, firstX + 1), onto: Self.left, Self.width - Self.right)
    let y = Scale(from: low - slack, to: high + slack, onto: Self.height - Self.bottom, Self.top)
    var marks: [String] = []
    for tick in y.ticks(5) {
      let place = Self.text(y(tick))
      marks.append(
        #"<line class="grid" x1="\#(Self.left)" x2="\#(Self.width - Self.right)" y1="\#(place)" y2="\#(place)"/>"#)
      marks.append(
        #"<text x="\#(Self.left - 8)" y="\#(Self.text(y(tick) + 4))" text-anchor="end">\#(Self.label(tick))</text>"#)
    }
    for tick in x.ticks(6) {
      marks.append(
        #"<text x="\#(Self.text(x(tick)))" y="\#(Self.height - 8)" text-anchor="middle">\#(Self.label(tick))</text>"#)
    }
    for (number, one) in drawn.enumerated() {
      let path = one.points.map { "\(Self.text(x($0.x))),\(Self.text(y($0.y)))" }.joined(separator: " ")
      marks.append(#"<polyline class="s\#(number)" points="\#(path)"/>"#)
      for point in one.points where one.points.count <= 60 {
        marks.append(
          #"<circle class="s\#(number)" cx="\#(Self.text(x(point.x)))" cy="\#(Self.text(y(point.y)))" r="2.5"/>"#)
      }
    }
    let legend = drawn.enumerated().map { number, one in
      #"<span class="key s\#(number)">\#(Page.escaped(one.name)) \#(Self.label(one.points.last?.y ?? 0))</span>"#
    }
    return """
      <figure><figcaption><b>\(title)</b> <small>\(unit)</small> \(legend.joined(separator: " "))</figcaption>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(title) over steps">
      \(marks.joined(separator: "\n"))
      </svg></figure>
      """
  }

  private static func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  /// As few digits as tell neighbouring figures apart.
  static func label(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    if value == 0 { return "0" }
    let magnitude = abs(value)
    if magnitude >= 1000 { return "\(Int(value.rounded()))" }
    // Three figures of what is small.
    let small = pow(10, 2 - log10(magnitude).rounded(.down))
    let digits = magnitude >= 100 ? 10.0 : magnitude >= 1 ? 100.0 : magnitude >= 0.01 ? 10000.0 : small
    let rounded = (value * digits).rounded() / digits
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  /// A mean with its standard error, which may not be known.
  static func label(_ mean: Double, standardError: Double) -> String {
    "\(label(mean)) ± \(standardError.isFinite ? label(standardError) : "unknown")"
  }

  /// A line between numbers and places.
  struct Scale {
    let from, to, start, end: Double

    init(from: Double, to: Double, onto start: Double, _ end: Double) {
      (self.from, self.to, self.start, self.end) = (from, to, start, end)
    }

    func callAsFunction(_ value: Double) -> Double { start + (value - from) / (to - from) * (end - start) }

    /// About so many round numbers in between.
    func ticks(_ count: Int) -> [Double] {
      let rough = (to - from) / Double(count)
      let power = pow(10, log10(rough).rounded(.down))
      let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
      let first = (from / step).rounded(.up)
      return (0..<20).map { (first + Double($0)) * step }.filter { $0 <= to }
    }
  }
}
