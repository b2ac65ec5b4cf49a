import Basics
import FoundationEssentials

/// Images a second over the batch size, a panel for each workload and a line for each device, as SVG.
///
/// Both axes are logarithmic: a straight line that rises by the diagonal is a device that waits for work, a level one a
/// device that is at its limit.
public struct SweepPicture: Sendable {
  private let sweeps: [BatchSweep]
  private let caption: String

  private static let panel = (width: 380.0, height: 300.0)
  private static let margin = (left: 64.0, right: 24.0, top: 44.0, bottom: 48.0)
  /// Told apart by eyes that do not see red or green (Okabe and Ito, 2008).
  private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]

  /// - Parameter caption: what is written beneath, such as the machine.
  public init(_ sweeps: [BatchSweep], caption: String) {
    self.sweeps = sweeps
    self.caption = caption
  }

  public var svg: String {
    let width = Self.panel.width * Double(max(sweeps.count, 1))
    let height = Self.panel.height + 28
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(whole(width))\" height=\"\(whole(height))\" "
        + "viewBox=\"0 0 \(whole(width)) \(whole(height))\" font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    ]
    for (number, sweep) in sweeps.enumerated() {
      lines.append("<g transform=\"translate(\(whole(Self.panel.width * Double(number))) 0)\">")
      lines += draw(sweep)
      lines.append("</g>")
    }
    lines.append(text(caption, 12, height - 10, color: "#666", size: 11))
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes the picture.
  ///
  /// - Throws: the file system's error.
  public func write(to path: String) throws {
    try Data(svg.utf8).write(to: URL(filePath: path), options: .atomic)
  }

  private func draw(_ sweep: BatchSweep) -> [String] {
    let curves = sweep.devices.map { ($0, sweep.curve(of: $0)) }
    let speeds = curves.flatMap { $0.1.map(\.speed) }
    let x = Axis(
      sweep.batches.map(Double.init), from: Self.margin.left, to: Self.panel.width - Self.margin.right, wide: false)
    let y = Axis(speeds, from: Self.panel.height - Self.margin.bottom, to: Self.margin.top, wide: true)
    var lines = [text("\(sweep.workload): images a second by batch size", Self.margin.left, 22, weight: "bold")]
    for tick in y.decades {
      lines.append(line(Self.margin.left, y(tick), Self.panel.width - Self.margin.right, y(tick)))
      lines.append(text(Self.power(tick), Self.margin.left - 6, y(tick) + 4, anchor: "end", color: "#444"))
    }
    for batch in sweep.batches {
      let place = x(Double(batch))
      lines.append(line(place, Self.margin.top, place, Self.panel.height - Self.margin.bottom))
      lines.append(
        text("\(batch)", place, Self.panel.height - Self.margin.bottom + 18, anchor: "middle", color: "#444"))
    }
    for (number, (device, curve)) in curves.enumerated() {
      let color = Self.colors[number % Self.colors.count]
      let points = curve.map { "\(tenths(x(Double($0.batch)))),\(tenths(y($0.speed)))" }
      lines.append(
        "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\"/>")
      for point in points {
        let parts = point.split(separator: ",")
        lines.append("<circle cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"3\" fill=\"\(color)\"/>")
      }
      // The legend stands where curves that rise do not come.
      let row = Self.panel.height - Self.margin.bottom - 12 - 16 * Double(curves.count - 1 - number)
      lines.append(
        text(device, Self.panel.width - Self.margin.right - 8, row, anchor: "end", color: color, weight: "bold"))
    }
    return lines
  }

  /// 10, 100, 1k, 10k, 1M.
  private static func power(_ value: Double) -> String {
    switch value {
    case 1e9...: "\(whole(value / 1e9))G"
    case 1e6...: "\(whole(value / 1e6))M"
    case 1e3...: "\(whole(value / 1e3))k"
    default: whole(value)
    }
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    "<line x1=\"\(tenths(x1))\" y1=\"\(tenths(y1))\" x2=\"\(tenths(x2))\" y2=\"\(tenths(y2))\" stroke=\"#ddd\"/>"
  }

  private func text(
    _ words: String, _ x: Double, _ y: Double, anchor: String = "start", color: String = "#000",
    weight: String = "normal", size: Int = 12
  ) -> String {
    let safe = words.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return "<text x=\"\(tenths(x))\" y=\"\(tenths(y))\" text-anchor=\"\(anchor)\" fill=\"\(color)\" "
      + "font-weight=\"\(weight)\" font-size=\"\(size)\">\(safe)</text>"
  }
}

/// Places in a picture.
private func tenths(_ value: Double) -> String { fixed(value, digits: 1) }

private func whole(_ value: Double) -> String { fixed(value, digits: 0) }
