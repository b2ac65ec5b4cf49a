/// The mean of independent values, and how far it may be from that of all there could be.
struct SampleMean {
  let value: Double
  /// Its standard error, the root of s²/n; infinite where it is not known, as of one value.
  let standardError: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / (count - 1) / count).squareRoot()
    value = mean
    standardError = error.isNaN ? .infinity : error
  }
}
