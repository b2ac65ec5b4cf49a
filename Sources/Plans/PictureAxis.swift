import Graphs

/// How places of a convolution's result see its source along one axis of the pictures.
///
/// Place y = unit * i + phase sees, through each tap of its phase, place i * step + shift of the source.
public struct PictureAxis: Hashable, Sendable {
  /// A row or a column of the filters, and where it looks.
  public struct Tap: Hashable, Sendable {
    public var number: Int
    public var shift: Int
  }

  public private(set) var unit: Int
  public private(set) var step: Int
  public private(set) var phases: [[Tap]]

  /// - Parameter axis: 0 for rows, 1 for columns.
  public init(_ convolution: Convolution, _ axis: Int) {
    let window = convolution.window
    let (stride, padding, dilation) = (window.stride[axis], window.padding[axis], window.dilation[axis])
    let taps = 0..<convolution.filter[2 + axis]
    switch convolution.role {
    case .forward, .filterGradient:
      unit = 1
      step = stride
      phases = [taps.map { Tap(number: $0, shift: $0 * dilation - padding) }]
    case .inputGradient:
      // Output place o reached input place o * stride - padding + tap * dilation.
      unit = stride
      step = 1
      phases = (0..<min(stride, max(convolution.input[2 + axis], 1))).map { phase in
        taps.filter { (phase + padding - $0 * dilation) % stride == 0 }
          .map { Tap(number: $0, shift: (phase + padding - $0 * dilation) / stride) }
      }
    }
  }

  private var shifts: [Int] { phases.flatMap { $0.map(\.shift) } }

  /// The least shift: where a piece of the source begins.
  public var first: Int { shifts.min() ?? 0 }

  /// Places that the taps of one place span.
  public var span: Int { shifts.isEmpty ? 1 : shifts.max()! - first + 1 }

  /// Places of the source that `count` places of the result see.
  public func extent(_ count: Int) -> Int { (max((count + unit - 1) / unit, 1) - 1) * step + span }
}
