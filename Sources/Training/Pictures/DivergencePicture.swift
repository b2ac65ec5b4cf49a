import Datasets

/// KL by latent dimension of some evaluations side by side, largest first, on one scale: what a collapsed posterior looks
/// like beside one that is not.
///
/// Grey lines are whole nats, with their numbers on the left; above each panel stands how many units are active.
public struct DivergencePicture: Sendable {
  public let picture: Picture

  private static let (panelHeight, bar, gap, margin) = (240, 12, 4, 40)

  /// - Parameter evaluations: at least one, of posteriors whose divergence is known by dimension.
  public init(_ evaluations: [Evaluation]) {
    precondition(
      !evaluations.isEmpty && evaluations.allSatisfy { !$0.klPerDimension.isEmpty },
      "[divergence picture] no divergence by dimension")
    let largest = max(evaluations.flatMap(\.klPerDimension).max() ?? 0, 0.5)
    func height(_ value: Double) -> Int { Int((value / largest * Double(Self.panelHeight)).rounded()) }
    let titles = evaluations.map { "\($0.activeUnits) active" }
    let widths = zip(evaluations, titles).map { evaluation, title in
      max(evaluation.klPerDimension.count * (Self.bar + Self.gap) + Self.gap, Canvas.textWidth(title))
    }
    let bottom = Self.margin + Self.panelHeight
    var canvas = Canvas(
      height: bottom + Self.margin / 2, width: widths.reduce(Self.margin) { $0 + $1 + Self.margin / 2 })

    let nat = max(1, Int((largest / 6).rounded()))
    var left = Self.margin
    for (number, evaluation) in evaluations.enumerated() {
      for line in stride(from: 0, through: Int(largest), by: nat) {
        canvas.fill(
          top: bottom - height(Double(line)), left: left, height: 1, width: widths[number],
          line == 0 ? Canvas.ink : Canvas.soft)
        if number == 0 {
          let label = String(line)
          canvas.text(label, top: bottom - height(Double(line)) - 7, left: left - 6 - Canvas.textWidth(label))
        }
      }
      for (place, value) in evaluation.klPerDimension.sorted(by: >).enumerated() {
        let height = height(max(value, 0))
        canvas.fill(
          top: bottom - height, left: left + Self.gap + place * (Self.bar + Self.gap), height: height, width: Self.bar,
          Canvas.color(number))
      }
      canvas.text(titles[number], top: 12, left: left + (widths[number] - Canvas.textWidth(titles[number])) / 2)
      left += widths[number] + Self.margin / 2
    }
    picture = canvas.picture
  }
}
