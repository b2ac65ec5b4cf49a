import CVectorLoops
import Graphs
import Plans

/// How places of a convolution's result see its source along one axis of the pictures.
///
/// Place y = unit * i + phase sees, through each tap of its phase, place i * step + shift of the source.
struct PictureAxis {
  /// A row or a column of the filters, and where it looks.
  struct Tap {
    var number: Int
    var shift: Int
  }

  var unit: Int
  var step: Int
  var phases: [[Tap]]

  /// - Parameter axis: 0 for rows, 1 for columns.
  init(_ convolution: Convolution, _ axis: Int) {
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
  var first: Int { shifts.min() ?? 0 }

  /// Places that the taps of one place span.
  var span: Int { shifts.isEmpty ? 1 : shifts.max()! - first + 1 }

  /// Places of the source that `count` places of the result see.
  func extent(_ count: Int) -> Int { (max((count + unit - 1) / unit, 1) - 1) * step + span }

  var table: elbo_picture_axis {
    elbo_picture_axis(unit: Int64(unit), step: Int64(step), shift: Int64(first), span: Int64(span))
  }
}

/// Filters as a matrix of one group: rows of the result by (channel of the source, tap), which is cut into tiles.
struct FilterMatrix {
  var groups: Int
  var rows: Int
  var channels: Int
  /// Distances in the filters' memory, in elements.
  var rowStride: Int
  var channelStride: Int
  var tileRows: Int
  var tileCount: Int

  /// - Parameter mostRows: Rows that a tile has at most.
  init(_ convolution: Convolution, mostRows: Int) {
    let filter = convolution.filter
    groups = convolution.window.groups
    let taps = filter[2] * filter[3]
    let (outputs, inputs) = (filter[0] / groups, filter[1])
    switch convolution.role {
    case .forward, .filterGradient:
      (rows, channels, rowStride, channelStride) = (outputs, inputs, inputs * taps, taps)
    case .inputGradient:
      (rows, channels, rowStride, channelStride) = (inputs, outputs, taps, inputs * taps)
    }
    // Even tiles, so that none has few rows.
    let tiles = max((rows + mostRows - 1) / mostRows, 1)
    tileRows = max((rows + tiles - 1) / tiles, 1)
    tileCount = (rows + tileRows - 1) / tileRows
  }
}
