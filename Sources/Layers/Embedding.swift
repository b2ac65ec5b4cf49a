import Tensors

/// A vector for each of so many things, by its number: rows of a table.
///
/// ```
/// y = weight[x]        int32 (...) -> (..., size)
/// ```
///
/// A number outside of 0 ..< count is taken for the nearest one in it, and has no gradient. Parameter: `weight` (count,
/// size), which begins standard normal.
public struct Embedding: Layer {
  /// (count, size).
  public let weight: Parameter

  public init(_ count: Int, _ size: Int, initializer: Initializer = .normal()) {
    guard count > 0, size > 0 else { fatalError("[embedding] \(count) vectors of \(size)") }
    weight = Parameter([count, size], initializer: initializer)
  }

  /// - Parameter x: numbers, int32.
  public func callAsFunction(_ x: Tensor) -> Tensor { weight.tensor.gathered(rows: x) }

  public var parameters: ParameterList { ["weight": weight] }
}
