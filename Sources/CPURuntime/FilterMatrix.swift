import CVectorLoops
import Plans

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

extension PictureAxis {
  var table: elbo_picture_axis {
    elbo_picture_axis(unit: Int64(unit), step: Int64(step), shift: Int64(first), span: Int64(span))
  }
}
